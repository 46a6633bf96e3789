"""Settings of the API's web ACL."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from infra.environment.group import Group

if TYPE_CHECKING:
    from infra.environment import Environment


@dataclass(frozen=True, kw_only=True)
class WafSettings(Group):
    """The requests of one IP address that the web ACL admits.

    Callers behind one NAT gateway or proxy share an address.

    Args:
        requests_per_address: in five minutes, 10 to 2,000,000,000; others get 403.
    """

    requests_per_address: int

    def check(self, environment: Environment, setting: str) -> None:
        # https://docs.aws.amazon.com/waf/latest/APIReference/API_RateBasedStatement.html
        if not 10 <= self.requests_per_address <= 2_000_000_000:
            raise ValueError(
                f"{setting}.requests_per_address {self.requests_per_address!r} of"
                f" {environment.name!r} is not between 10 and 2,000,000,000; try 2000"
            )
