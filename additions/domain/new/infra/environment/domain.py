"""Settings of the API's domain name."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from infra.environment.group import Group

if TYPE_CHECKING:
    from infra.environment import Environment

_NAME = re.compile(r"(?=.{4,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}")
_CERTIFICATE = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


@dataclass(frozen=True, kw_only=True)
class DomainSettings(Group):
    """A domain name of the API.

    Args:
        name: such as `api.example.com`.
        certificate_id: id of an ACM certificate for the name, in the account and Region of the
            environment: the end of its ARN.
        hosted_zone_id: the Route 53 zone that gets the alias record, in this account; None: another
            DNS server has the domain, and its owner adds the record (docs/operations.md, Domain).
    """

    name: str
    certificate_id: str
    hosted_zone_id: str | None = None

    def check(self, environment: Environment, setting: str) -> None:
        where = f"of {environment.name!r}"
        if not _NAME.fullmatch(self.name):
            raise ValueError(
                f"{setting}.name {self.name!r} {where} is not a domain name in lower case;"
                " try 'api.example.com'"
            )
        if not _CERTIFICATE.fullmatch(self.certificate_id):
            raise ValueError(
                f"{setting}.certificate_id {self.certificate_id!r} {where} is not the end of an ARN of"
                " ACM; try: aws acm list-certificates"
            )
        zone = self.hosted_zone_id
        if zone is not None and not re.fullmatch(r"Z[A-Z0-9]{1,31}", zone):
            raise ValueError(
                f"{setting}.hosted_zone_id {zone!r} {where} is not the id of a zone;"
                " try: aws route53 list-hosted-zones, without /hostedzone/"
            )
