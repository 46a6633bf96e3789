"""VPCs that an app does not create, as the app declares them in the metadata of its templates.

A template names such a VPC by its ids only. For each, `tap::network::<vpc id>` in the template's
metadata declares its subnets with their zones, and the services that they lead to:

    stack.add_metadata(
        "tap::network::vpc-0123456789abcdef0",
        {
            "subnets": {"subnet-0123456789abcdef0": "us-east-1a"},
            "services": ["dynamodb", "s3"],
            "internet": False,
        },
    )
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from tap_guardrails.values import NotJudged

PREFIX = "tap::network::"


@dataclass(frozen=True, kw_only=True)
class Network:
    """A VPC that the app does not create.

    Args:
        vpc: its id.
        subnets: the subnets for functions: zones by subnet id.
        services: the services that its endpoints lead to, by the end of the endpoint's name.
        internet: whether the subnets have a route to the internet.
    """

    vpc: str
    subnets: Mapping[str, str]
    services: frozenset[str]
    internet: bool

    def leads_to(self, service: str) -> bool:
        """Return whether calls of a service arrive."""
        return self.internet or service in self.services

    @property
    def destinations(self) -> str:
        """The services in one text."""
        *others, last = sorted(self.services) or ["no service"]
        return f"{', '.join(others)} and {last}" if others else last


def declared(template: Mapping[str, Any]) -> Iterator[Network]:
    """Yield the networks that a template declares.

    Raises:
        NotJudged: a declaration has another form.
    """
    metadata = template.get("Metadata")
    for key, value in metadata.items() if isinstance(metadata, dict) else ():
        if not key.startswith(PREFIX):
            continue
        match value:
            case {"subnets": dict(subnets), "services": [*services], "internet": bool(internet)}:
                yield Network(
                    vpc=key.removeprefix(PREFIX),
                    subnets={str(name): str(zone) for name, zone in subnets.items()},
                    services=frozenset(map(str, services)),
                    internet=internet,
                )
            case _:
                raise NotJudged(
                    f"metadata {key} is not an object of subnets (zones by id), services (a list)"
                    " and internet (true or false)"
                )
