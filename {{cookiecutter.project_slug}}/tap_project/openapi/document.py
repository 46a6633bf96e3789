"""Read openapi.json: its operations, and the schemas that requests must match."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tap_project.assembly import ROOT, OperationError
from tap_project.openapi.draft4 import draft4

FILE = "openapi.json"
JSON = "application/json"
# The extension with the module of an operation's handler.
HANDLER = "x-handler"
METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")


@dataclass(frozen=True)
class Operation:
    """One method of one path.

    Args:
        method: such as `GET`.
        path: such as `/items/{id}`.
        content: the operation, with the parameters of its path.
        schemas: the document's schemas, by name.
    """

    method: str
    path: str
    content: Mapping[str, Any]
    schemas: Mapping[str, Any]

    @property
    def route(self) -> str:
        """The method and the path, such as `GET /items/{id}`."""
        return f"{self.method} {self.path}"

    @property
    def handler(self) -> str:
        """The module in service/ that answers it."""
        return str(self.content.get(HANDLER, ""))

    @property
    def required_parameters(self) -> list[tuple[str, str]]:
        """Place (`query` or `header`) and name of each parameter that a request must have."""
        return [
            (each["in"], each["name"])
            for each in self.content.get("parameters", ())
            if each["in"] in ("query", "header") and each.get("required")
        ]

    def body(self) -> tuple[str, dict[str, Any]] | None:
        """Return a name for the schema of JSON bodies, and the schema in JSON Schema draft 4.

        The name is that of the schema in the document, or made of the operation's id.
        """
        schema = self.content.get("requestBody", {}).get("content", {}).get(JSON, {}).get("schema")
        if schema is None:
            return None
        reference = str(schema.get("$ref", ""))
        words = str(self.content.get("operationId", self.route)).split("_")
        name = reference.rpartition("/")[2] or "".join(map(str.capitalize, words))
        return name, draft4(schema, self.schemas)


class Document:
    """An OpenAPI document.

    Args:
        content: the document, decoded.
    """

    def __init__(self, content: Mapping[str, Any]) -> None:
        self.content = content

    @classmethod
    def read(cls, folder: Path = ROOT) -> Document:
        """Return the document of a project.

        Raises:
            OperationError: it is missing, or is no OpenAPI document.
        """
        try:
            content = json.loads((folder / FILE).read_text(encoding="utf-8"))
            content["paths"].items()
        except FileNotFoundError:
            raise OperationError(f"{FILE} is missing; try: make openapi") from None
        except (AttributeError, LookupError, OSError, TypeError, ValueError) as error:
            reason = " ".join(str(error).split())
            raise OperationError(f"{FILE} can't be read ({reason}); try: make openapi") from error
        return cls(content)

    def operations(self) -> Iterator[Operation]:
        """Yield the operations, in the order of the document."""
        schemas = self.content.get("components", {}).get("schemas", {})
        for path, methods in self.content["paths"].items():
            for method, content in methods.items():
                if method in METHODS:
                    shared = methods.get("parameters", [])
                    parameters = [*shared, *content.get("parameters", [])]
                    yield Operation(
                        method.upper(), path, {**content, "parameters": parameters}, schemas
                    )

    def operation(self, route: str) -> Operation:
        """Return the operation of a route, such as `GET /items/{id}`.

        Raises:
            OperationError: the document has none.
        """
        for each in self.operations():
            if each.route == route:
                return each
        raise OperationError(
            f"{FILE} has no operation {route!r}; add it to a handler in service/, and"
            " try: make openapi"
        )

    def routes(self, handler: str) -> list[str]:
        """Return the routes that a module of service/ answers.

        Raises:
            OperationError: there are none.
        """
        found = [each.route for each in self.operations() if each.handler == handler]
        if not found:
            raise OperationError(f"{FILE} has no operation of {handler}; try: make openapi")
        return found
