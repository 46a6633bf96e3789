"""Requests that a stack accepts, read from its template: suggestions for `make call`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tap_project.openapi.routes import routes

Resource = dict[str, Any]
BODY = "BODY=@FILE.json"


def examples(template: dict[str, Any]) -> list[str]:
    """Return arguments of `make call`, the most useful first.

    A route that reads without parameters needs no body, so it comes first.
    """
    found = sorted(set(routes(template["Resources"])), key=lambda each: (_rank(each), each))
    return [*map(_route_arguments, found), *_events(template)]


def _rank(route: str) -> int:
    return 2 * ("{" in route) + (not route.startswith("GET "))


def _route_arguments(route: str) -> str:
    with_body = route.startswith(("POST ", "PUT ", "PATCH "))
    return f"REQUEST='{route}'" + (" BODY='{...}'" if with_body else "")


def _events(template: dict[str, Any]) -> Iterator[str]:
    """Yield requests that start workers: by an object, a message, an item, or directly."""
    resources: dict[str, Resource] = template["Resources"]
    has_rule = any(resource["Type"] == "AWS::Events::Rule" for resource in resources.values())
    for resource in resources.values():
        properties = resource.get("Properties", {})
        if resource["Type"] == "AWS::Events::Rule":
            pattern = properties.get("EventPattern", {})
            keys = pattern.get("detail", {}).get("object", {}).get("key", [])
            if "aws.s3" in pattern.get("source", []):
                prefix = next((key["prefix"] for key in keys if "prefix" in key), "")
                yield f"REQUEST='upload {prefix}FILE.json' {BODY}"
        elif resource["Type"] == "AWS::Lambda::EventSourceMapping":
            source = properties["EventSourceArn"]
            if "StartingPosition" in properties:
                yield f"REQUEST='insert {_named(template, source, 'Name', 'TABLE')}' {BODY}"
            elif not has_rule:
                yield f"REQUEST='send {_named(template, source, 'Url', 'QUEUE')}' {BODY}"
        elif resource["Type"] == "AWS::Scheduler::Schedule":
            function = _named(template, properties["Target"]["Arn"], "Arn", "FUNCTION")
            yield f"REQUEST='invoke {function}'"


def _named(template: dict[str, Any], reference: Any, ending: str, otherwise: str) -> str:
    """Return the name of a resource in the outputs, without `Arn`, `Name` or `Url` at its end."""
    wanted = _referred(reference)
    for name, output in template.get("Outputs", {}).items():
        if wanted is not None and name.endswith(ending) and _referred(output["Value"]) == wanted:
            return str(name).removesuffix(ending)
    return otherwise


def _referred(value: Any) -> str | None:
    """Return the logical id that a value refers to."""
    if not isinstance(value, dict):
        return None
    found = value.get("Ref") or value.get("Fn::GetAtt", [None])[0]
    return str(found) if found else None
