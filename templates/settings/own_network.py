"""Settings of the VPC."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from infra.environment.group import Group

if TYPE_CHECKING:
    from infra.environment import Environment


@dataclass(frozen=True, kw_only=True)
class NetworkSettings(Group):
    """Address range and zones of the VPC.

    Args:
        cidr: the VPC's range, /16 to /26; choose ranges that don't overlap to peer them later.
        availability_zones: two zones by name, such as `us-east-1b`; empty: the region's first two.
            `make doctor` names the zones to choose if Lambda does not support one of those.
    """

    cidr: str
    availability_zones: tuple[str, ...] = ()

    def check(self, environment: Environment, setting: str) -> None:
        if not 16 <= ipaddress.IPv4Network(self.cidr).prefixlen <= 26:
            raise ValueError(
                f"{setting}.cidr {self.cidr!r} of {environment.name!r} is not a /16 to /26;"
                " try '10.0.0.0/16'"
            )
        zones, region = self.availability_zones, environment.region
        if zones and (len(set(zones)) != 2 or not all(zone.startswith(region) for zone in zones)):
            raise ValueError(
                f"{setting}.availability_zones {zones!r} of {environment.name!r} are not two zones of"
                f" {region}; try ('{region}a', '{region}b'), or ()"
            )
