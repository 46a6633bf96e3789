"""TAP36x: infrastructure and the code of functions agree."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from tap_guardrails.calls import TABLE, code_needs, declared, handler
from tap_guardrails.code import files, is_python, parsed, runtime
from tap_guardrails.invoked import first_invoked
from tap_guardrails.model import (
    OWN_FUNCTION,
    PLACEHOLDER,
    App,
    NotJudged,
    Resource,
    covers,
)
from tap_guardrails.permissions import constants
from tap_guardrails.rule import rule
from tap_guardrails.rules.alarms import is_websocket
from tap_guardrails.rules.data import BUCKET, indexes
from tap_guardrails.rules.events import FUNCTION, RULE, _targets, _ways_to

METHOD, ROUTE = "AWS::ApiGateway::Method", "AWS::ApiGatewayV2::Route"
REST_API, HTTP_API = "AWS::ApiGateway::RestApi", "AWS::ApiGatewayV2::Api"
INTEGRATION, PERMISSION = "AWS::ApiGatewayV2::Integration", "AWS::Lambda::Permission"
DEPLOYMENT = "AWS::ApiGateway::Deployment"
# The event that a resolver of Powertools reads.
RESOLVERS = {
    "APIGatewayHttpResolver": "HTTP",
    "APIGatewayRestResolver": "REST",
}
VERBS = ("delete", "get", "head", "options", "patch", "post", "put")
# Constants of a names.py beside the handler, with the key of the table or index that they name.
KEYS = {"PARTITION_KEY": ("", "HASH"), "SORT_KEY": ("", "RANGE")}
INDEX_KEYS = {"INDEX_PARTITION_KEY": "HASH", "INDEX_SORT_KEY": "RANGE"}
# Runtimes with which Lambda no longer creates functions:
# https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html
RETIRED = re.compile(
    r"dotnet(?:core.*|[5-7])|go1\.x|java8|nodejs(?:[468]|1[0-8])?(?:\..*)?|provided"
    r"|python(?:2\.7|3\.[6-9])|ruby(?:2\.\d|3\.[0-2])"
)
LANGUAGES = {"python": (".py",), "nodejs": (".js", ".mjs", ".cjs")}


@rule("TAP360", "run", OWN_FUNCTION)
def variables_are_set(function: Resource) -> Iterator[str]:
    """Functions have the environment variables that their code declares.

    The handler's module reads the variable when it is imported: every invocation fails with
    KeyError.
    Limits: Only variables that PERMISSIONS names are checked, and not their values.
    https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html

        - environment={...},  # with each variable of PERMISSIONS, such as TABLE_NAME
    """
    for name in sorted({each.variable for each in declared(function) or ()} - {"*"}):
        if not function.text("Environment", "Variables", name):
            yield f"{name} of its PERMISSIONS is not set"


@rule("TAP361", "run", OWN_FUNCTION)
def queried_indexes_exist(function: Resource) -> Iterator[tuple[Resource, str]]:
    """Tables have the indexes that the code of functions queries, with all attributes.

    A query of an unknown index fails with ValidationException. An index with some attributes only
    returns items without the others.
    Limits: Only indexes that PERMISSIONS names are checked, and tables of this app.
    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/GSI.html

        - index_name=...,  # the name that the code queries
        # or
        - projection_type=...,  # ALL
    """
    for permission in declared(function) or ():
        name = permission.suffix.removeprefix("/index/")
        if name == permission.suffix or not name or "*" in name:
            continue
        value = function.text("Environment", "Variables", permission.variable)
        table = function.app.named(value)
        if table is None or table.type != TABLE:
            continue
        local = table.items("LocalSecondaryIndexes")
        known = {**indexes(table), **{table.template.text(i.get("IndexName")): i for i in local}}
        if name not in known:
            yield table, f"has no index {name}, which {function} queries"
        elif (kind := known[name].get("Projection", {}).get("ProjectionType")) != "ALL":
            yield table, f"index {name} has {kind} attributes, and {function} reads items from it"


def _names(function: Resource) -> dict[str, str]:
    """Return the constants of the names.py beside a handler."""
    content = files(function, "Code")
    if content is None or "names.py" not in content.names:
        return {}
    tree = parsed(content.read("names.py"))
    return constants(tree) if tree else {}


@rule("TAP362", "run", TABLE, profile="house")
def key_names_are_those_of_the_code(table: Resource) -> Iterator[str]:
    """The keys of a table and its index have the names of names.py, and are texts.

    The first request fails with ValidationException: "the provided key element does not match the
    schema".
    Limits: Judged if a function that uses the table has a names.py with PARTITION_KEY, SORT_KEY,
    INDEX, INDEX_PARTITION_KEY or INDEX_SORT_KEY.
    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.CoreComponents.html

        - partition_key=...,  # or sort_key: as in names.py, of type STRING
    """
    known: dict[str, str] = {}
    for function in table.app.own_functions:
        try:
            if any(need.resource is table for need in code_needs(function)):
                known |= _names(function)
        except NotJudged:
            continue
    if not known:
        return
    named = indexes(table)
    wanted = [(table.items("KeySchema"), kind, known.get(name)) for name, (_, kind) in KEYS.items()]
    if known.get("INDEX") in named:
        schema = named[known["INDEX"]].get("KeySchema", [])
        wanted += [(schema, kind, known.get(name)) for name, kind in INDEX_KEYS.items()]
    types = {
        each["AttributeName"]: each["AttributeType"] for each in table.items("AttributeDefinitions")
    }
    for schema, kind, name in wanted:
        if name is None:
            continue
        actual = [each["AttributeName"] for each in schema if each.get("KeyType") == kind]
        if actual != [name]:
            yield f"its {kind} key is {', '.join(actual) or 'missing'}, and {name} in names.py"
        elif types.get(name) != "S":
            yield f"its key {name} is of type {types.get(name)}, and a text in the code"


class Route(NamedTuple):
    """A method of a REST API or a route of an HTTP API, and what it invokes."""

    route: Resource
    api: Resource
    verb: str
    path: str
    target: Resource | None
    uri: str = ""

    @property
    def function(self) -> Resource | None:
        """The function that it invokes."""
        return self.target if self.target and self.target.type == FUNCTION else None


def _path(resource: Resource | None) -> str:
    """Return the path of a resource of a REST API, without its leading slash."""
    parts: list[str] = []
    while resource is not None and resource.type == "AWS::ApiGateway::Resource":
        parts.insert(0, str(resource.plain("PathPart")))
        resource = resource.target("ParentId")
    return "/".join(parts)


def _routes(app: App) -> dict[str, Route]:
    """Return each method and route, by the key of its resource."""
    return {each.route.key: each for each in _read_routes(app)}


def _read_routes(app: App) -> Iterator[Route]:
    for method in app.resources(METHOD):
        api = method.target("RestApiId")
        if api is not None:
            verb = str(method.plain("HttpMethod"))
            path = "/" + _path(method.target("ResourceId"))
            uri = method.text("Integration", "Uri")
            yield Route(method, api, verb, path, app.named(uri), uri)
    for route in app.resources(ROUTE):
        api, key = route.target("ApiId"), str(route.plain("RouteKey"))
        verb, _, path = key.partition(" ")
        integration = route.target("Target")
        uri = integration.text("IntegrationUri") if integration else ""
        if api is not None:
            verb = "ANY" if verb == "$default" else verb
            yield Route(route, api, verb, path or "/{proxy+}", app.named(uri), uri)


@rule("TAP363", "run", METHOD, ROUTE)
def apis_may_invoke_their_functions(route: Resource) -> Iterator[str]:
    """Each method and route of an API may invoke its function.

    Without a permission that includes its path, API Gateway answers 500, and the function never
    runs. A permission on the function does not include its aliases.
    Limits: Integrations with separate credentials are not judged.
    https://docs.aws.amazon.com/lambda/latest/dg/services-apigateway.html

        - source_arn=...,  # or one that includes the path: api.arn_for_execute_api()
    """
    app = route.app
    found = app.remembered(_routes).get(route.key)
    if found is None or found.function is None or _has_credentials(route):
        return
    if route.type == ROUTE and is_websocket(found.api):
        return  # its permissions name the route key
    # CDK's permissions for REST have * in place of parameters, those for HTTP their names.
    verb, path, wild = found.verb, found.path, re.sub(r"\{[^}]*\}", "*", found.path)
    wanted = [f"/stage/{'*' if verb == 'ANY' else verb}{text}" for text in (path, wild)]
    called = first_invoked(app, found.uri)
    for permission in app.users(found.function, PERMISSION, "FunctionName"):
        allowed = first_invoked(app, permission.text("FunctionName"))
        if called and allowed and called.qualifier != allowed.qualifier:
            continue
        if permission.text("Principal").startswith("apigateway."):
            source = permission.text("SourceArn")
            _, named, rest = source.partition(f"${{{found.api.key}}}")
            if not source or (named and _includes(rest, wanted)):
                return
    yield f"{verb} {path} may not invoke {found.function}"


def _includes(pattern: str, wanted: list[str]) -> bool:
    """Return whether the end of a source's ARN includes one of the paths, in any stage."""
    stages = PLACEHOLDER.sub("*", pattern).removeprefix("/").partition("/")[2]
    return pattern in ("", "*", "/*") or any(covers(f"/stage/{stages}", text) for text in wanted)


def _has_credentials(route: Resource) -> bool:
    if route.type == METHOD:
        return bool(route.get("Integration", "Credentials"))
    integration = route.target("Target")
    return bool(integration and integration.get("CredentialsArn"))


def _handled(function: Resource) -> tuple[str, set[tuple[str, str]]]:
    """Return the resolver of a handler, and the verb and path of each of its routes."""
    resolvers: dict[str, str] = {}
    found: set[tuple[str, str]] = set()
    module = handler(function) if is_python(function) else None
    tree = parsed(module.source) if module else None
    if tree is None:
        return "", found
    for statement in tree.body:
        match statement:
            case ast.Assign(
                targets=[ast.Name(id=name)], value=ast.Call(func=ast.Name(id=maker))
            ) if kind := _made(function, tree, maker):
                resolvers[name] = kind
    for node in function.app.nodes(module.source) if module else ():
        match node:
            case ast.Call(
                func=ast.Attribute(value=ast.Name(id=owner), attr=verb),
                args=[ast.Constant(value=str(path)), *_],
            ) if owner in resolvers and verb in VERBS:
                found.add((verb.upper(), re.sub(r"<([^>]*)>", r"{\1}", path)))
            case ast.Call(
                func=ast.Attribute(value=ast.Name(id=owner), attr="include_router" | "route")
            ):
                if owner in resolvers:
                    raise NotJudged("its handler has routes that are not literals of its module")
    return next(iter(resolvers.values()), ""), found


def _made(function: Resource, tree: ast.Module, maker: str, seen: tuple[str, ...] = ()) -> str:
    """Return the resolver that a call makes: its own name, or that of a function which makes one.

    The function is in the module, or in a module beside it; `seen` has those that were searched.
    """
    if maker in RESOLVERS:
        return maker
    for statement in tree.body:
        match statement:
            case ast.FunctionDef(name=name) if name == maker:
                made = {
                    node.func.id
                    for node in ast.walk(statement)
                    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
                } & RESOLVERS.keys()
                return made.pop() if len(made) == 1 else ""
            case ast.ImportFrom(module=str(module), names=names, level=0):
                known = [each.name for each in names if (each.asname or each.name) == maker]
                file = f"{module.replace('.', '/')}.py"
                content = files(function, "Code")
                if known and content is not None and file in content.names - {*seen}:
                    beside = parsed(content.read(file))
                    if beside is not None:
                        return _made(function, beside, known[0], (*seen, file))
    return ""


def _shape(path: str) -> str:
    return re.sub(r"\{[^}]*\}", "{}", path)


@rule("TAP364", "run", OWN_FUNCTION)
def routes_are_those_of_the_code(function: Resource) -> Iterator[str]:
    """An API has the routes of its handler, and no others.

    A route that only the handler knows answers 403 or 404 to everyone; one that only the API knows
    is answered by the handler with 404.
    Limits: Routes are read from the decorators of Powertools in the module of the handler. Its
    resolver is made there, or by a function of a module beside it.
    https://docs.aws.amazon.com/powertools/python/latest/core/event_handler/api_gateway/

        - @app.get("/items")  # or add the method to the API; or remove it there
    """
    every = function.app.remembered(_routes)
    if not every:
        return
    resolver, handled = _handled(function)
    if not resolver or not handled:
        return
    routes = [each for each in every.values() if each.function is function]
    if not routes:
        yield "has routes, but no API invokes it"
        return
    given = {(each.verb, _shape(each.path)) for each in routes}
    greedy = any("+}" in each.path for each in routes)
    for verb, path in sorted(handled):
        if not greedy and not {(verb, _shape(path)), ("ANY", _shape(path))} & given:
            yield f"{verb} {path} of its handler is in no API"
    known = {(verb, _shape(path)) for verb, path in handled}
    for verb, path in sorted({(each.verb, each.path) for each in routes}):
        if (
            verb not in ("ANY", "OPTIONS")
            and "+}" not in path
            and (verb, _shape(path)) not in known
        ):
            yield f"{verb} {path} of the API is unknown to its handler"


@rule("TAP365", "deploy", DEPLOYMENT)
def deployments_wait_for_methods(deployment: Resource) -> Iterator[str]:
    """Deployments of a REST API depend on all its methods.

    A deployment is a copy of the API at that moment: it fails ("The REST API doesn't contain any
    methods"), or lacks the methods that are created later.
    Limits: Only methods of the same stack are considered.
    https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-resource-apigateway-deployment.html

        - cfn_deployment.add_override("DependsOn", ...)  # or list every method
    """
    api = deployment.target("RestApiId")
    if api is None or api.template is not deployment.template:
        return
    methods = [m for m in deployment.template.resources.values() if m.type == METHOD]
    own = [m for m in methods if m.target("RestApiId") is api]
    late = [m for m in own if m.id not in deployment.depends()]
    if late:
        more = f" and {len(late) - 1} more methods" if late[1:] else ""
        yield f"does not depend on {late[0]}{more}"


@rule("TAP366", "run", METHOD, INTEGRATION)
def functions_are_invoked_as_they_expect(caller: Resource) -> Iterator[str]:
    """Integrations invoke functions with POST, in the payload format of their handler.

    Any other method answers 500. A handler that reads another format finds no path and no method:
    404 to every request.
    Limits: The format is only known for handlers with a resolver of Powertools, made in their
    module or by a function of a module beside it.
    https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html

        - integration_http_method="GET",  # POST
        # or, for an HTTP API
        - payload_format_version=...,  # 2.0 for APIGatewayHttpResolver
    """
    rest = caller.type == METHOD
    path = ("Integration", "Uri") if rest else ("IntegrationUri",)
    function = caller.target(*path)
    if function is None or function.type != FUNCTION:
        return
    if rest:
        verb = caller.plain("Integration", "IntegrationHttpMethod")
        if verb != "POST":
            yield f"invokes {function} with {verb}, not with POST"
    resolver = _handled(function)[0]
    if not resolver:
        return
    version = str(caller.text("PayloadFormatVersion") or "1.0")
    sent = "HTTP" if not rest and version.startswith("2") else "REST"
    if RESOLVERS[resolver] != sent:
        form = "the format of REST APIs" if rest else f"payload format {version}"
        yield f"sends {form}, but {function} has an {resolver}"


@rule("TAP367", "run", OWN_FUNCTION)
def runtimes_run_the_code(function: Resource) -> Iterator[str]:
    """Runtimes are supported, and of the language of the code.

    Lambda creates no functions with a retired runtime, and another language finds no handler:
    Runtime.ImportModuleError on each invocation.
    Limits: The language is only known for Python and Node.js; code of compiled runtimes is not
    judged.
    https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html

        - runtime=...,  # a supported one of the language of the code
    """
    name, (language, _) = str(function.plain("Runtime", default="")), runtime(function)
    if RETIRED.fullmatch(name):
        yield f"has the retired runtime {name}"
    content = files(function, "Code")
    if language not in LANGUAGES or content is None:
        return
    module = str(function.plain("Handler", default="")).rpartition(".")[0].replace(".", "/")
    present = [
        other
        for other, endings in LANGUAGES.items()
        if any(f"{module}{ending}" in content.names for ending in endings)
    ]
    if present and language not in present:
        yield f"runs {name}, but its handler is written in {present[0]}"


@rule("TAP368", "run", RULE)
def handlers_may_read_what_they_receive(events: Resource) -> Iterator[str]:
    """Rules on objects match keys that the functions behind them read.

    The handler gets AccessDenied for every object, or the rule matches no upload at all.
    Limits: Only prefixes of keys are compared with PERMISSIONS.
    https://docs.aws.amazon.com/AmazonS3/latest/userguide/ev-events.html

        - "object": {"key": [{"prefix": ...}]},  # as in PERMISSIONS of the handler
    """
    bucket = events.target("EventPattern", "detail", "bucket", "name")
    if bucket is None or bucket.type != BUCKET:
        return
    kinds = [str(each) for each in events.items("EventPattern", "detail-type")]
    gone = kinds if kinds and all("Deleted" in each for each in kinds) else []
    keys = events.items("EventPattern", "detail", "object", "key")
    starts = [k["prefix"] for k in keys if isinstance(k, dict) and "prefix" in k]
    targets = {each for each in _targets(events) if each}
    for function in events.app.own_functions:
        if not targets & _ways_to(function):
            continue
        arns = [n.arns for n in code_needs(function) if n.action == "s3:GetObject"]
        read = [
            arn.removeprefix(f"{own}/").partition("*")[0]
            for group in arns
            for arn in group
            for own in bucket.arns
            if arn.startswith(f"{own}/")
        ]
        if read and gone:
            yield f"matches {gone[0]!r}, but the code of {function} reads the objects"
        for start in starts:
            if read and not any(start.startswith(r) or r.startswith(start) for r in read):
                yield f"matches {start}*, but the code of {function} reads {read[0]}*"


def _is_constant(value: Any, conditions: dict[str, Any]) -> bool | None:
    """Return the result of a condition that no parameter changes, or None."""
    match value:
        case {"Fn::Equals": [left, right]} if not isinstance(left, dict | list) and not isinstance(
            right, dict | list
        ):
            return str(left) == str(right)
        case {"Fn::Not": [inner]}:
            found = _is_constant(inner, conditions)
            return None if found is None else not found
        case {"Fn::And": [*parts]}:
            known = [_is_constant(part, conditions) for part in parts]
            return False if False in known else (True if all(known) else None)
        case {"Fn::Or": [*parts]}:
            known = [_is_constant(part, conditions) for part in parts]
            return True if True in known else (None if None in known else False)
        case {"Condition": str(name)}:
            return _is_constant(conditions.get(name), conditions)
    return None


@rule("TAP369", "silent")
def conditions_are_decided_by_something(app: App) -> Iterator[tuple[Resource, str]]:
    """Conditions of resources can hold.

    A resource whose condition compares two constants is in the template and never in the stack.
    Limits: Conditions with parameters are taken to be able to hold.
    https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/conditions-section-structure.html

        - cfn_options.condition=...,  # or one that depends on a parameter
    """
    for template in app.templates:
        conditions = template.body.get("Conditions")
        if not isinstance(conditions, dict):
            continue
        never = {n for n, value in conditions.items() if _is_constant(value, conditions) is False}
        for resource in template.resources.values():
            if resource.body.get("Condition") in never:
                yield resource, f"is never created: {resource.body['Condition']} can't hold"
