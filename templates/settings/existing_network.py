"""Settings of the VPC, which exists already."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from infra.environment.group import Group

if TYPE_CHECKING:
    from infra.environment import Environment

# Such as vpc-0123456789abcdef0; ids of 2015 and before have eight digits.
ID = re.compile(r"(vpc|subnet|sg)-([0-9a-f]{8}|[0-9a-f]{17})")


@dataclass(frozen=True, kw_only=True)
class NetworkSettings(Group):
    """The VPC of the functions by its ids, and what its owners provide.

    The ids are not looked up, so that synth needs no AWS credentials. `make doctor` compares them,
    the zones, the services and the security group with the account. Ids of zeros are placeholders.

    Args:
        vpc_id: the VPC, with DNS resolution.
        subnet_ids: private subnets in two zones or more.
        availability_zones: the zone of each subnet, in the same order, such as `us-east-1b`.
        services: the AWS services that the VPC's endpoints lead to, such as `sqs`: the names of the
            endpoints without their beginning, `com.amazonaws.<region>`.
        internet: whether the subnets have a route to the internet, and so to every service.
        security_group_id: the functions' security group, which allows outbound HTTPS; None: the
            stack creates one.
    """

    vpc_id: str
    subnet_ids: tuple[str, ...]
    availability_zones: tuple[str, ...]
    services: tuple[str, ...] = ("dynamodb", "s3")
    internet: bool = False
    security_group_id: str | None = None

    def check(self, environment: Environment, setting: str) -> None:
        self._check_ids(environment, setting, "vpc_id", "vpc", [self.vpc_id])
        self._check_ids(environment, setting, "subnet_ids", "subnet", [*self.subnet_ids])
        group = [] if self.security_group_id is None else [self.security_group_id]
        self._check_ids(environment, setting, "security_group_id", "sg", group)
        zones, region = self.availability_zones, environment.region
        if len(zones) != len(self.subnet_ids) or len(set(self.subnet_ids)) != len(zones):
            raise ValueError(
                f"{setting}.availability_zones {zones!r} of {environment.name!r} are not one zone"
                f" for each of the different subnet_ids {self.subnet_ids!r}"
            )
        if len(set(zones)) < 2 or not all(zone.startswith(region) for zone in zones):
            raise ValueError(
                f"{setting}.availability_zones {zones!r} of {environment.name!r} are not two zones"
                f" of {region}; try ('{region}a', '{region}b')"
            )
        for service in self.services:
            if not re.fullmatch(r"[a-z0-9]+([.-][a-z0-9]+)*", service):
                raise ValueError(
                    f"{setting}.services {service!r} of {environment.name!r} is not the name of a"
                    " service; try 'sqs'"
                )

    def _check_ids(
        self, environment: Environment, setting: str, name: str, kind: str, ids: list[str]
    ) -> None:
        for each in ids:
            found = ID.fullmatch(each)
            if found is None or found.group(1) != kind:
                raise ValueError(
                    f"{setting}.{name} {each!r} of {environment.name!r} is not an id; try"
                    f" '{kind}-0123456789abcdef0'"
                )
