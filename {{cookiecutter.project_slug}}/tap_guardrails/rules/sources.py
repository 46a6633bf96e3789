"""TAP62x: names and calls in the source code of the app exist."""

from __future__ import annotations

import ast
import builtins
from collections.abc import Iterable, Iterator
from functools import lru_cache

from tap_guardrails.model import App, syntax_tree
from tap_guardrails.rule import Fault, rule

# Methods that constructs of these classes don't have, and those to use instead.
MISSING_METHODS = {
    ("Bucket", "grant"): "grant_read(function) or, exactly, role.add_to_policy(...)",
    ("Topic", "grant"): "grant_publish(function)",
    ("Secret", "grant"): "grant_read(function)",
    ("Bucket", "grant_readwrite"): "grant_read_write(function)",
    ("Table", "grant_read"): "grant_read_data(function)",
    ("Table", "grant_write"): "grant_write_data(function)",
    ("Table", "grant_read_write"): "grant_read_write_data(function)",
    ("Function", "add_permissions"): "add_permission(...)",
}
RECOVERY = (
    "point_in_time_recovery_specification=dynamodb.PointInTimeRecoverySpecification(\n"
    "    point_in_time_recovery_enabled=True\n"
    "),"
)
LOG_GROUP = "log_group=logs.LogGroup(self, 'Logs', retention=logs.RetentionDays.ONE_MONTH),"
# Arguments that constructs of these classes don't accept, or that are deprecated.
# https://github.com/aws/aws-cdk/blob/main/DEPRECATED_APIs.md
WRONG_ARGUMENTS = {
    ("Table", "point_in_time_recovery"): RECOVERY,
    ("Table", "point_in_time_recovery_enabled"): RECOVERY,
    ("Table", "enable_point_in_time_recovery"): RECOVERY,
    ("Function", "log_retention"): LOG_GROUP,
    ("PythonFunction", "log_retention"): LOG_GROUP,
    ("NodejsFunction", "log_retention"): LOG_GROUP,
    ("Bucket", "enforce_tls"): "enforce_ssl=True,",
    ("Queue", "enforce_tls"): "enforce_ssl=True,",
    ("Topic", "enforce_tls"): "enforce_ssl=True,",
    ("Vpc", "cidr"): 'ip_addresses=ec2.IpAddresses.cidr("10.0.0.0/16"),',
    ("Vpc", "enable_nat_gateway"): "nat_gateways=1,",
}


@rule("TAP621", "deploy")
def names_are_defined(app: App) -> Iterator[Fault]:
    """Every name in the app's modules is imported or defined.

    The synth fails when it reaches the line, which may be in a branch for production only.
    Limits: A name that is defined anywhere in a module is taken to be defined.
    https://docs.python.org/3/reference/executionmodel.html#resolution-of-names

        from aws_cdk import aws_cloudwatch_actions as cloudwatch_actions
    """
    for file, text in app.source_files:
        for line, name in _undefined(text):
            fix = f"from aws_cdk import aws_{name.removeprefix('aws_')} as {name}"
            yield Fault(f"{file}:{line}", f"{name!r} is not imported", fix)


@lru_cache(maxsize=512)
def _undefined(source: str) -> tuple[tuple[int, str], ...]:
    """Return the first line of each name that a module uses and doesn't define."""
    nodes = list(ast.walk(syntax_tree(source)))
    defined = set(_defined(nodes))
    if "*" in defined:
        return ()
    found: dict[str, int] = {}
    for node in nodes:
        if isinstance(node, ast.Name) and node.id not in defined and not hasattr(builtins, node.id):
            found.setdefault(node.id, node.lineno)
    return tuple((line, name) for name, line in found.items())


def _defined(nodes: Iterable[ast.AST]) -> Iterator[str]:
    """Yield the names that a module binds anywhere; '*' for a star import."""
    for node in nodes:
        match node:
            case ast.Import(names=names) | ast.ImportFrom(names=names):
                for alias in names:
                    yield alias.asname or alias.name.partition(".")[0]
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                yield name
            case ast.ClassDef(name=name) | ast.arg(arg=name):
                yield name
            case ast.Name(id=name, ctx=ast.Store() | ast.Del()):
                yield name
            case ast.ExceptHandler(name=str(name)) | ast.MatchAs(name=str(name)):
                yield name
            case ast.MatchStar(name=str(name)) | ast.MatchMapping(rest=str(name)):
                yield name
    yield from ("__file__", "__name__", "__doc__", "__package__", "__spec__", "__path__")


@rule("TAP622", "deploy")
def calls_exist(app: App) -> Iterator[Fault]:
    """Methods and arguments exist in the CDK and are not deprecated.

    Models and old examples use names that never existed, or that the next release removes.
    Limits: Only names that are often wrong are known.
    https://docs.aws.amazon.com/cdk/api/v2/python/

        bucket.grant_read(function)
        # or, for a table
        point_in_time_recovery_specification=dynamodb.PointInTimeRecoverySpecification(
            point_in_time_recovery_enabled=True
        ),
    """
    for name, text in app.source_files:
        for line, detail, fix in _wrong_calls(text):
            yield Fault(f"{name}:{line}", detail, fix)


@lru_cache(maxsize=512)
def _wrong_calls(source: str) -> tuple[tuple[int, str, str], ...]:
    """Return the line, the fault and the fix of each wrong argument and method of a module."""
    nodes = list(ast.walk(syntax_tree(source)))
    classes = _classes(nodes)
    found: list[tuple[int, str, str]] = []
    for node in nodes:
        if not isinstance(node, ast.Call):
            continue
        for keyword in node.keywords:
            if fix := WRONG_ARGUMENTS.get((_class(node), str(keyword.arg))):
                detail = f"{_class(node)} has no argument {keyword.arg!r}"
                found.append((keyword.value.lineno, detail, fix))
        if isinstance(node.func, ast.Attribute):
            owner = ast.unparse(node.func.value)
            kind, method = classes.get(owner, ""), node.func.attr
            if instead := MISSING_METHODS.get((kind, method)):
                detail = f"{kind} has no method {method!r}"
                found.append((node.lineno, detail, f"{owner}.{instead}"))
    return tuple(found)


def _class(node: ast.AST) -> str:
    """Return the class that a call creates, such as Bucket for s3.Bucket(...)."""
    if not isinstance(node, ast.Call):
        return ""
    return getattr(node.func, "attr", getattr(node.func, "id", ""))


def _classes(nodes: Iterable[ast.AST]) -> dict[str, str]:
    """Return the class of each variable and attribute that is assigned a new construct."""
    found: dict[str, str] = {}
    for node in nodes:
        if isinstance(node, ast.Assign) and _class(node.value):
            found |= {ast.unparse(target): _class(node.value) for target in node.targets}
        elif isinstance(node, ast.AnnAssign) and node.value and _class(node.value):
            found[ast.unparse(node.target)] = _class(node.value)
    return found
