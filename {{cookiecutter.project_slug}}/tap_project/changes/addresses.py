"""Addresses that clients know and that a change replaces, such as the URL of an API."""

from __future__ import annotations

from collections.abc import Iterator

from tap_project.changes.data import replacements
from tap_project.changes.pairs import Item, Pair, Unit
from tap_project.changes.report import Finding, Section
from tap_project.changes.specification import Specification

# Resources whose address AWS generates, unless a domain of the owner's is in front.
ADDRESSED = {
    "AWS::ApiGateway::RestApi",
    "AWS::ApiGatewayV2::Api",
    "AWS::AppSync::GraphQLApi",
    "AWS::CloudFront::Distribution",
    "AWS::Cognito::UserPoolDomain",
    "AWS::ElasticLoadBalancingV2::LoadBalancer",
    "AWS::Lambda::Url",
}


def address_findings(pair: Pair, spec: Specification) -> Iterator[Finding]:
    """Yield the outputs with an address of a resource that is replaced or gone."""
    if pair.before is None or pair.after is None:
        return
    impacts = replacements(pair, spec)
    kept = {
        old.resource.id
        for old, new in pair.both()
        if old.type == new.type and not any(impacts.get(old.resource.id, {}).values())
    }
    for name, item in _addresses(pair.before):
        if item.resource.id in kept and not pair.moved:
            continue
        replaced = name in pair.after.template.outputs
        text = f"{name} changes, and clients need the new one" if replaced else f"{name} is gone"
        yield Finding(Section.API, pair.environment, f"{text} (the address of {item.path})")


def _addresses(unit: Unit) -> Iterator[tuple[str, Item]]:
    """Yield each output with a generated address, and the resource that has it."""
    addressed = [each for each in unit.items.values() if each.type in ADDRESSED]
    for name, output in unit.template.outputs.items():
        text = unit.template.raw_text(output.get("Value"))
        for item in addressed:
            key = item.resource.key
            if f"${{{key}}}" in text or f"${{{key}." in text:
                yield name, item
