"""Convert a schema of OpenAPI 3.1 (JSON Schema 2020-12) to draft 4, which API Gateway validates.

The result accepts everything that the original accepts. Keywords that draft 4 lacks are dropped or
weakened; the function validates the rest.
https://docs.aws.amazon.com/apigateway/latest/developerguide/models-mappings-models.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tap_project.assembly import OperationError

DRAFT = "http://json-schema.org/draft-04/schema#"
REFERENCE = "#/components/schemas/"
KEPT = frozenset(
    "additionalProperties allOf anyOf enum items maxItems maxLength maxProperties maximum minItems"
    " minLength minProperties minimum multipleOf not oneOf pattern patternProperties properties"
    " required type uniqueItems".split()
)
LISTS = frozenset({"allOf", "anyOf", "oneOf"})
MAPS = frozenset({"patternProperties", "properties"})
# Their meaning is the opposite of what they contain, so that a weaker content would reject more.
NEGATIONS = frozenset({"not", "oneOf"})


def draft4(schema: Any, schemas: Mapping[str, Any]) -> dict[str, Any]:
    """Return a schema as draft 4, without references.

    Args:
        schema: a schema of the document.
        schemas: the document's schemas, by name.

    Raises:
        OperationError: a schema contains itself, or refers to none of the document.
    """
    converted = _Conversion(schemas).schema(schema, ())
    return converted if isinstance(converted, dict) else {}


class _Conversion:
    def __init__(self, schemas: Mapping[str, Any]) -> None:
        self._schemas = schemas

    def schema(self, schema: Any, inside: tuple[str, ...]) -> Any:
        """Return a converted schema; `inside` has the names of those that contain it."""
        if isinstance(schema, bool):
            return {} if schema else {"not": {}}
        if "$ref" in schema:
            return self._referenced(schema, inside)
        found: dict[str, Any] = {}
        for keyword, value in schema.items():
            if keyword in KEPT:
                converted = self._value(keyword, value, inside)
                if keyword not in NEGATIONS or value == converted:
                    found[keyword] = converted
                elif keyword == "oneOf":
                    found.setdefault("anyOf", converted)
        if not found.get("required", True):
            del found["required"]  # draft 4 has no empty list
        if "const" in schema:
            found["enum"] = [schema["const"]]
        if "prefixItems" in schema:
            found["items"] = [self.schema(each, inside) for each in schema["prefixItems"]]
            if "items" in schema:
                found["additionalItems"] = self._extra(schema["items"], inside)
        self._set_exclusive(schema, found)
        return found

    def _value(self, keyword: str, value: Any, inside: tuple[str, ...]) -> Any:
        if keyword in LISTS:
            return [self.schema(each, inside) for each in value]
        if keyword in MAPS:
            return {name: self.schema(each, inside) for name, each in value.items()}
        if keyword == "additionalProperties":
            return self._extra(value, inside)
        if keyword in ("items", "not"):
            return self.schema(value, inside)
        return value

    def _extra(self, value: Any, inside: tuple[str, ...]) -> Any:
        return value if isinstance(value, bool) else self.schema(value, inside)

    def _referenced(self, schema: Mapping[str, Any], inside: tuple[str, ...]) -> Any:
        reference = str(schema["$ref"])
        name = reference.removeprefix(REFERENCE)
        if not reference.startswith(REFERENCE) or name not in self._schemas:
            raise OperationError(f"openapi.json has no schema {reference!r}; try: make openapi")
        if name in inside:
            raise OperationError(
                f"schema {name!r} contains itself, which API Gateway can't validate;"
                " try: a field of type dict[str, Any]"
            )
        target = self.schema(self._schemas[name], (*inside, name))
        rest = {key: value for key, value in schema.items() if key != "$ref"}
        beside = self.schema(rest, inside)
        return {"allOf": [target, beside]} if beside else target

    @staticmethod
    def _set_exclusive(schema: Mapping[str, Any], found: dict[str, Any]) -> None:
        """Set limits that are excluded: a separate number now, a flag in draft 4."""
        for limit, exclusive, pick in (
            ("minimum", "exclusiveMinimum", max),
            ("maximum", "exclusiveMaximum", min),
        ):
            if exclusive not in schema:
                continue
            given = schema[exclusive]
            if limit not in found or pick(found[limit], given) == given:
                found[limit], found[exclusive] = given, True
