"""Compare openapi.json with the last synth: `python -m tap_project.openapi.routes`."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping
from typing import Any

from tap_project.assembly import ROOT, OperationError, stacks
from tap_project.openapi.document import FILE, Document

Resources = Mapping[str, Mapping[str, Any]]


def main() -> int:
    """Report in one line a route that only one side has."""
    try:
        if (ROOT / FILE).is_file():
            compare()
    except OperationError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def compare() -> None:
    """Check that each stack has the routes of the document.

    Raises:
        OperationError: a stack lacks an operation, or has one that is not documented.
    """
    documented = {each.route: each for each in Document.read().operations()}
    for stack in stacks().values():
        resources = json.loads(stack.template.read_text(encoding="utf-8"))["Resources"]
        found = set(routes(resources))
        for route in sorted(documented.keys() - found):
            handler = documented[route].handler
            raise OperationError(
                f"{stack.name} has no route {route!r} of service/{handler}.py;"
                f' try: api.add_routes(..., "{route}") in infra/stack.py'
            )
        for route in sorted(found - documented.keys()):
            raise OperationError(f"{FILE} has no operation {route!r}; try: make openapi")


def routes(resources: Resources) -> Iterator[str]:
    """Yield the routes of a template's APIs, such as `GET /items/{id}`, without preflights."""
    for resource in resources.values():
        properties = resource.get("Properties", {})
        if resource["Type"] == "AWS::ApiGatewayV2::Route":
            if " /" in str(properties.get("RouteKey")):
                yield properties["RouteKey"]
        elif resource["Type"] == "AWS::ApiGateway::Method":
            method = properties["HttpMethod"]
            if method != "OPTIONS":
                yield f"{method} {_path(properties['ResourceId'], resources)}"


def _path(resource_id: Any, resources: Resources) -> str:
    """Return the path of a REST API's resource, through its parents."""
    parts: list[str] = []
    while isinstance(resource_id, dict) and "Ref" in resource_id:
        properties = resources[resource_id["Ref"]]["Properties"]
        parts.insert(0, properties["PathPart"])
        resource_id = properties["ParentId"]
    return "/" + "/".join(parts)


if __name__ == "__main__":
    sys.exit(main())
