"""Settings of the API's domain name."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from infra.environment.group import Group

if TYPE_CHECKING:
    from infra.environment import Environment

_NAME = re.compile(r"(?=.{4,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}")
_CERTIFICATE = re.compile(r"arn:aws[a-z-]*:acm:(?P<region>[a-z0-9-]+):(?P<account>\d{12}):certificate/\S+")


@dataclass(frozen=True, kw_only=True)
class DomainSettings(Group):
    """A domain name of the API.

    Args:
        name: such as `api.example.com`.
        certificate_arn: an issued ACM certificate for the name, in the Region of the environment.
        hosted_zone_id: the Route 53 zone that gets the alias record, in this account; None: another
            DNS server has the domain, and its owner adds the record (docs/operations.md, Domain).
    """

    name: str
    certificate_arn: str
    hosted_zone_id: str | None = None

    def check(self, environment: Environment, setting: str) -> None:
        where = f"of {environment.name!r}"
        if not _NAME.fullmatch(self.name):
            raise ValueError(
                f"{setting}.name {self.name!r} {where} is not a domain name in lower case;"
                " try 'api.example.com'"
            )
        match = _CERTIFICATE.fullmatch(self.certificate_arn)
        if match is None:
            raise ValueError(
                f"{setting}.certificate_arn {self.certificate_arn!r} {where} is not the ARN of an ACM"
                " certificate; try: aws acm list-certificates"
            )
        if match["region"] != environment.region:
            raise ValueError(
                f"{setting}.certificate_arn {where} is a certificate in {match['region']}; try one in"
                f" {environment.region}, the Region of the API"
            )
        if environment.account not in {None, match["account"]}:
            raise ValueError(
                f"{setting}.certificate_arn {where} is a certificate of account {match['account']};"
                f" try one of account {environment.account}"
            )
        if self.hosted_zone_id is not None and not re.fullmatch(r"Z[A-Z0-9]{1,31}", self.hosted_zone_id):
            raise ValueError(
                f"{setting}.hosted_zone_id {self.hosted_zone_id!r} {where} is not the id of a zone;"
                " try: aws route53 list-hosted-zones, without /hostedzone/"
            )
