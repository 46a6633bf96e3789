"""Addresses that clients know and that a change replaces, such as the URL of an API."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

from tap_project.changes.data import replacements
from tap_project.changes.pairs import Item, Pair, Unit
from tap_project.changes.report import Finding, Section
from tap_project.changes.specification import Specification

# Resources whose address AWS generates, unless a domain of the owner's is in front. The name of a
# stage is in the address of its API.
ADDRESSED = {
    "AWS::ApiGateway::RestApi",
    "AWS::ApiGateway::Stage",
    "AWS::ApiGatewayV2::Api",
    "AWS::ApiGatewayV2::Stage",
    "AWS::AppSync::GraphQLApi",
    "AWS::CloudFront::Distribution",
    "AWS::Cognito::UserPoolDomain",
    "AWS::ElasticLoadBalancingV2::LoadBalancer",
    "AWS::Lambda::Url",
}


def address_findings(pairs: Iterable[Pair], spec: Specification) -> Iterator[Finding]:
    """Yield the outputs with an address of a resource that is replaced or gone.

    Those of a stack come before those of its nested stacks, which are yielded only for a resource
    that no output of the stack refers to.
    """
    pairs = list(pairs)
    lost = {old.resource.key: old for pair in pairs for old in _lost(pair, spec)}
    named: set[str] = set()
    for pair in pairs:
        if pair.before is None or pair.after is None:
            continue
        for name, key in _references(pair.before, lost):
            if key in named and pair.before.nested:
                continue
            named.add(key)
            kept = name in pair.after.template.outputs
            text = f"{name} changes, and clients need the new one" if kept else f"{name} is gone"
            place = f"{text} (the address of {lost[key].path})"
            yield Finding(Section.API, pair.environment, place)


def _lost(pair: Pair, spec: Specification) -> Iterator[Item]:
    """Yield the resources with a generated address that are replaced or gone."""
    impacts = replacements(pair, spec)
    # CloudFormation knows resources by their logical id: a renamed one is a new one.
    kept = {
        old.resource.id
        for old, new in pair.both()
        if old.type == new.type
        and old.resource.id == new.resource.id
        and not any(impacts.get(old.resource.id, {}).values())
    }
    for name, item in pair.before.items.items() if pair.before else ():
        if item.type in ADDRESSED and (pair.moved or name not in kept):
            yield item


def _references(unit: Unit, lost: Collection[str]) -> Iterator[tuple[str, str]]:
    """Yield each output that refers to one of these resources, and the resource's key."""
    for name, output in unit.template.outputs.items() if lost else ():
        text = unit.template.raw_text(output.get("Value"))
        for key in lost:
            if f"${{{key}}}" in text or f"${{{key}." in text:
                yield name, key
                break  # an API and its stage are one address
