"""Write the OpenAPI document of the handlers: `python -m tap_project.openapi.handlers FILE`.

It imports the modules of service/ that have a resolver of Powertools, with invented environment
variables and without a network. It runs in a separate process, because handlers read their
environment and create clients at import.
"""

from __future__ import annotations

import importlib
import json
import os
import re
import socket
import sys
import tomllib
import warnings
from collections.abc import Iterator, Mapping
from http import HTTPStatus
from pathlib import Path
from types import ModuleType
from typing import Any, NoReturn

from tap_project.assembly import ROOT, OperationError
from tap_project.openapi.document import HANDLER, METHODS

SERVICE = ROOT / "service"
RESOLVERS = {"APIGatewayRestResolver": "rest", "APIGatewayHttpResolver": "http"}
PROBLEM_TYPE = "application/problem+json"
REFERENCE = "#/components/schemas/"
# What Powertools documents, and the handlers replace with problems.
REPLACED = {"HTTPValidationError", "ValidationError", "ResponseValidationError"}
VALIDATION_STATUS = "422"
# The authorization, as API Gateway's own exports describe it.
# https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-swagger-extensions-authtype.html
SIGNED = {
    "type": "apiKey",
    "in": "header",
    "name": "Authorization",
    "description": "AWS Signature Version 4, service execute-api",
    "x-amazon-apigateway-authtype": "awsSigv4",
}
TOKEN = {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}
RAW_TOKEN = {
    "type": "apiKey",
    "in": "header",
    "name": "Authorization",
    "x-amazon-apigateway-authtype": "cognito_user_pools",
}
SECURITY = {
    ("iam", "rest"): ("SigV4", SIGNED),
    ("iam", "http"): ("SigV4", SIGNED),
    ("cognito", "rest"): ("UserPool", {**RAW_TOKEN, "description": "ID token of the user pool"}),
    ("cognito", "http"): ("UserPool", {**TOKEN, "description": "ID token of the user pool"}),
}
# The statuses that API Gateway itself answers with, by API type: authorization, limits, and failed
# or slow functions.
# https://docs.aws.amazon.com/apigateway/latest/developerguide/supported-gateway-response-types.html
# https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-troubleshooting-lambda.html
GATEWAY = {"rest": (403, 429, 500, 504), "http": (403, 429, 500, 503)}
GATEWAY_WITH_TOKENS = (401,)
# The body of an HTTP API's own errors, which can't be changed.
GATEWAY_ERROR = {
    "description": "An error of API Gateway.",
    "properties": {"message": {"type": "string"}},
    "title": "GatewayError",
    "type": "object",
}


def main() -> int:
    """Write the document to the file that the command line names; report errors in one line."""
    try:
        text = rendered(document())
    except OperationError as error:
        print(error, file=sys.stderr)
        return 2
    Path(sys.argv[1]).write_text(text, encoding="utf-8")
    return 0


def rendered(content: Mapping[str, Any]) -> str:
    """Return a document as text; the same bytes for the same content."""
    return json.dumps(content, ensure_ascii=False, indent=2, sort_keys=True) + "\n"


def document() -> dict[str, Any]:
    """Return the document of all handlers.

    Raises:
        OperationError: a module can't be imported, or modules contradict each other.
    """
    _isolate()
    paths: dict[str, dict[str, Any]] = {}
    schemas: dict[str, Any] = {}
    kinds: dict[str, str] = {}
    identified: dict[str, str] = {}
    for module, kind, part in _parts():
        kinds.setdefault(kind, module.__name__)
        for path, methods in part["paths"].items():
            for method, operation in methods.items():
                if method not in METHODS:
                    continue
                if method in paths.get(path, {}):
                    other = paths[path][method][HANDLER]
                    raise OperationError(
                        f"service/{module.__name__}.py and service/{other}.py both answer"
                        f" {method.upper()} {path}; try another path"
                    )
                made = _operation(module, method, path, operation)
                name, route = made["operationId"], f"{method.upper()} {path}"
                if name in identified:
                    raise OperationError(
                        f"{identified[name]} and {route} have the same operation id {name!r};"
                        f" try: def {name}_{module.__name__}()"
                    )
                identified[name] = route
                paths.setdefault(path, {})[method] = made
        _add_schemas(schemas, part.get("components", {}).get("schemas", {}), module.__name__)
    if not kinds:
        raise OperationError("no module of service/ has a resolver; try: git diff service")
    if len(kinds) > 1:
        raise OperationError(f"{' and '.join(kinds.values())} have resolvers of two API types")
    return _complete(next(iter(kinds)), paths, schemas)


def modules() -> list[Path]:
    """Return the modules of service/ that have a resolver and a handler."""
    return [
        file
        for file in sorted(SERVICE.glob("*.py"))
        if "resolver" in (text := file.read_text(encoding="utf-8")).lower()
        and re.search(r"^def \w*handler\(", text, re.MULTILINE)
    ]


def _isolate() -> None:
    """Prevent that a handler reaches AWS, and let it import its neighbours."""

    def refuse(*_: object) -> NoReturn:
        raise OperationError("a handler opens a connection at import; try: open it in the handler")

    # A handler gets this class from wherever it imports it.
    socket.socket.connect = refuse  # type: ignore[method-assign]
    warnings.simplefilter("ignore")
    sys.path.insert(0, str(SERVICE))


def _parts() -> Iterator[tuple[ModuleType, str, dict[str, Any]]]:
    """Yield each module with a resolver, its API type and its document."""
    seen: set[int] = set()
    for file in modules():
        module = _imported(file.stem)
        for value in vars(module).values():
            names = [each.__name__ for each in type(value).__mro__]
            kind = next((RESOLVERS[name] for name in names if name in RESOLVERS), None)
            if kind is not None and id(value) not in seen:
                seen.add(id(value))
                yield module, kind, json.loads(value.get_openapi_json_schema())


def _imported(name: str) -> ModuleType:
    """Import a module; an environment variable that it lacks gets an invented value.

    Raises:
        OperationError: it can't be imported.
    """
    known = set(sys.modules)
    while True:
        try:
            return importlib.import_module(name)
        except KeyError as error:
            variable = str(error.args[0]) if error.args else ""
            if not re.fullmatch("[A-Z][A-Z0-9_]*", variable) or variable in os.environ:
                raise _unusable(name, error) from error
            os.environ[variable] = "openapi"
            for half in set(sys.modules) - known:
                if Path(getattr(sys.modules[half], "__file__", None) or "/").parent == SERVICE:
                    del sys.modules[half]
        except OperationError:
            raise
        except Exception as error:
            raise _unusable(name, error) from error


def _unusable(name: str, error: Exception) -> OperationError:
    reason = " ".join(str(error).split())
    return OperationError(
        f"service/{name}.py can't be imported ({type(error).__name__}: {reason}); try: make types"
    )


def _operation(
    module: ModuleType, method: str, path: str, given: Mapping[str, Any]
) -> dict[str, Any]:
    """Return an operation, named after its function and described by its docstring."""
    made = dict(given)
    default = re.sub(r"\W", "_", path) + f"_{method}"
    if str(given["operationId"]).endswith(default):
        made["operationId"] = given["operationId"].removesuffix(default)
    doc = (getattr(getattr(module, made["operationId"], None), "__doc__", None) or "").strip()
    first, _, rest = doc.partition("\n\n")
    if given.get("summary") == f"{method.upper()} {path}" and first:
        made["summary"] = " ".join(first.split()).removesuffix(".")
    if rest and "description" not in made:
        made["description"] = " ".join(rest.split())
    made.setdefault("tags", [next((p for p in path.split("/") if p), "root")])
    made["parameters"] = [_parameter(each) for each in given.get("parameters", ())]
    if not made["parameters"]:
        del made["parameters"]
    made[HANDLER] = module.__name__
    made["responses"] = {
        status: _response(status, response)
        for status, response in given["responses"].items()
        if status != VALIDATION_STATUS or response.get("description") != "Validation Error"
    }
    # Powertools documents nothing else if a route has responses.
    if not any(status.startswith(("2", "3")) for status in made["responses"]):
        raise OperationError(
            f"{method.upper()} {path} documents errors only; add its success to responses={{...}},"
            ' such as 204: {"description": "No Content"}'
        )
    return made


def _parameter(given: Mapping[str, Any]) -> dict[str, Any]:
    """Return a parameter; one that may be absent is never null."""
    made = dict(given)
    schema = dict(made.get("schema", {}))
    choices = [each for each in schema.get("anyOf", ()) if each != {"type": "null"}]
    if given.get("in") != "path" and not given.get("required") and len(choices) == 1:
        del schema["anyOf"]
        schema |= choices[0]
    schema.pop("description", None)
    made["schema"] = schema
    return made


def _response(status: str, given: Mapping[str, Any]) -> dict[str, Any]:
    made = dict(given)
    if made.get("description") == "Successful Response":
        made["description"] = HTTPStatus(int(status)).phrase
    if status in ("204", "304"):
        made.pop("content", None)
    return made


def _add_schemas(schemas: dict[str, Any], found: Mapping[str, Any], module: str) -> None:
    for name, schema in found.items():
        if name in REPLACED:
            continue
        if schemas.setdefault(name, schema) != schema:
            raise OperationError(
                f"service/{module}.py has another model {name}; try: class {module.title()}{name}"
            )


def _complete(
    kind: str, paths: dict[str, dict[str, Any]], schemas: dict[str, Any]
) -> dict[str, Any]:
    """Return the document with its errors, authorization and title."""
    project, settings = _settings()
    authorization = str(settings.get("authorization"))
    if (authorization, kind) not in SECURITY:
        raise OperationError(
            f"authorization is {authorization!r} under [tool.tap.openapi] in pyproject.toml;"
            ' try: authorization = "iam"'
        )
    schemas |= _problem_schemas()
    gateway = [*GATEWAY[kind], *(GATEWAY_WITH_TOKENS if authorization == "cognito" else ())]
    if kind == "http":
        schemas["GatewayError"] = GATEWAY_ERROR
    for methods in paths.values():
        for operation in methods.values():
            _add_errors(operation, kind, gateway)
    name, scheme = SECURITY[(authorization, kind)]
    info = {
        "title": settings.get("title") or project.get("name", "API"),
        "version": project.get("version", "0.1.0"),
        "description": project.get("description", ""),
    }
    tags = sorted({tag for each in paths.values() for op in each.values() for tag in op["tags"]})
    made: dict[str, Any] = _tidy(
        {
            "openapi": "3.1.0",
            "info": info,
            "servers": [{"url": "/", "description": "The output ApiUrl of the stack"}],
            "security": [{name: []}],
            "tags": [{"name": tag} for tag in tags],
            "paths": paths,
            "components": {"schemas": schemas, "securitySchemes": {name: scheme}},
        }
    )
    return made


def _settings() -> tuple[dict[str, Any], dict[str, Any]]:
    tables = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    return tables["project"], tables.get("tool", {}).get("tap", {}).get("openapi", {})


def _problem_schemas() -> dict[str, Any]:
    """Return the schemas of errors: `Problem` of service/problems.py."""
    try:
        model = importlib.import_module("problems").Problem
        schema = model.model_json_schema(mode="serialization", ref_template=REFERENCE + "{model}")
    except (AttributeError, ImportError) as error:
        raise OperationError(
            "service/problems.py has no model Problem; try: git checkout service/problems.py"
        ) from error
    return {**schema.pop("$defs", {}), model.__name__: schema}


def _add_errors(operation: dict[str, Any], kind: str, gateway: list[int]) -> None:
    """Add the errors that an operation can answer with, unless the handler documents them."""
    places = {each["in"] for each in operation.get("parameters", ())}
    own = {503}
    if "requestBody" in operation:
        own |= {400, 413, 415}
    if "query" in places or "header" in places:
        own.add(400)
    if "path" in places:
        own.add(404)
    for status in sorted(own | set(gateway)):
        content = {}
        if status in own or kind == "rest":
            content[PROBLEM_TYPE] = {"schema": {"$ref": f"{REFERENCE}Problem"}}
        if kind == "http" and status in (*gateway, 413):
            content["application/json"] = {"schema": {"$ref": f"{REFERENCE}GatewayError"}}
        response: dict[str, Any] = {
            "description": HTTPStatus(status).phrase,
            "content": content,
        }
        if status == 503:
            response["headers"] = {
                "Retry-After": {"description": "Seconds", "schema": {"type": "integer"}}
            }
        operation["responses"].setdefault(str(status), response)


def _tidy(value: Any, *, named: bool = False) -> Any:
    """Return a value without the titles that pydantic makes of names, and with whole numbers.

    Args:
        value: a part of the document.
        named: whether its keys are names of fields.
    """
    if isinstance(value, dict):
        return {
            key: _tidy(each, named=key in ("properties", "schemas") and not named)
            for key, each in value.items()
            if named or not _is_made_title(key, value)
        }
    if isinstance(value, list):
        return [_tidy(each) for each in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _is_made_title(key: str, schema: Mapping[str, Any]) -> bool:
    """Return whether a key is the title of a schema that has no name in the document."""
    return key == "title" and "properties" not in schema and "version" not in schema


if __name__ == "__main__":
    sys.exit(main())
