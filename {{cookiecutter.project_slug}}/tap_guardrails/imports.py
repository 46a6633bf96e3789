"""The imports of a Python handler that its code, its layers and the runtime don't have.

Only modules that the handler imports count, directly or through others. An import is optional
below TYPE_CHECKING, in a `try` that catches ImportError, and in a module that is run as a script.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache, lru_cache

from tap_guardrails.code import Files, Handler, files, importable, layers, modules, parsed, runtime
from tap_guardrails.model import App, Resource

# Packages of the runtime besides the standard library: the AWS SDK and its dependencies.
# https://docs.aws.amazon.com/lambda/latest/dg/lambda-python.html
RUNTIME = frozenset(
    "__main__ awslambdaric boto3 botocore dateutil jmespath pip s3transfer simplejson six"
    " snapshot_restore_py urllib3".split()
)
# The module that Lambda adds to inline code:
# https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cfn-lambda-function-code-cfnresponsemodule.html
INLINE = frozenset({"cfnresponse"})
# Modules of the standard library by the minor version that added or removed them.
ADDED = {9: "graphlib zoneinfo", 11: "tomllib", 14: "annotationlib compression"}
REMOVED = {
    12: "asynchat asyncore distutils imp smtpd",
    13: "aifc audioop cgi cgitb chunk crypt imghdr lib2to3 mailcap msilib nis nntplib"
    " ossaudiodev pipes sndhdr spwd sunau telnetlib uu xdrlib",
}
# Up to this minor version, the runtime contains setuptools.
LAST_WITH_SETUPTOOLS = 11
# What a part of Powertools imports: its extras.
# https://docs.powertools.aws.dev/lambda/python/latest/getting-started/install/
EXTRAS = {
    "Tracer": "aws_xray_sdk",
    "tracing": "aws_xray_sdk",
    "parser": "pydantic",
    "validation": "fastjsonschema",
}
CAUGHT = {"ImportError", "ModuleNotFoundError", "Exception", "BaseException"}
SEARCH_PATH = "sys.path"
# Conditions whose branches are for different Pythons, systems or environments.
PLATFORM = re.compile(r"\b(sys\.version_info|sys\.platform|os\.name|platform\.|environ|getenv)")


@dataclass
class Modules:
    """The modules that a handler imports, by file, and what they need from elsewhere."""

    content: Files | None
    sources: dict[str, str] = field(default_factory=dict)
    missing: dict[str, str] = field(default_factory=dict)  # file by package
    changes_search_path: bool = False


def reachable(function: Resource, handler: Handler, available: frozenset[str]) -> Modules:
    """Return the modules of a function that its handler imports, and the missing packages.

    Args:
        function: a function with a Python runtime.
        handler: its handler.
        available: the packages of its layers and runtime.
    """
    content = files(function, "Code")
    known = function.app.remembered(_reached)
    key = (content.place if content else None, handler.file, handler.source, available)
    if key not in known:
        known[key] = _followed(content, handler, available)
    return known[key]


def _reached(_: App) -> dict[object, Modules]:
    """Return the modules of handlers, which are found once for all stacks and rules."""
    return {}


def _followed(content: Files | None, handler: Handler, available: frozenset[str]) -> Modules:
    """Return the modules that a handler imports, and the missing packages."""
    found = Modules(content)
    installed = _installed(content)
    waiting = [*_parents(handler.file, content), (handler.file, handler.source)]
    while waiting:
        file, source = waiting.pop(0)
        if file in found.sources:
            continue
        found.sources[file] = source
        found.changes_search_path |= SEARCH_PATH in source
        here = available | (content.top if content else frozenset())
        for name in _imports(source, here, file):
            top = name.partition(".")[0]
            if top not in here:
                found.missing.setdefault(top, file)
            elif content is not None and top not in installed:
                waiting += [(each, content.read(each)) for each in _of_module(name, content)]
    return found


@lru_cache(maxsize=512)  # functions share modules
def _imports(source: str, available: frozenset[str], file: str) -> tuple[str, ...]:
    """Return the dotted names that a module imports; none if it can't be parsed."""
    tree = parsed(source)
    return tuple(_required(tree.body, available, file)) if tree else ()


def missing(function: Resource, handler: Handler) -> dict[str, str]:
    """Return the file that imports each missing package; {} if a layer is not in this app."""
    available = available_to(function)
    if available is None:
        return {}
    found = reachable(function, handler, available)
    return {} if found.changes_search_path else found.missing


def available_to(function: Resource) -> frozenset[str] | None:
    """Return the packages of a function's layers and runtime, or None if one is unknown."""
    contents = layers(function)
    if None in contents or function.text("Environment", "Variables", "PYTHONPATH"):
        return None
    names: set[str] = set()
    for content in contents:
        names |= importable(function, content) if content else set()
    inline = INLINE if function.get("Code", "ZipFile") else frozenset()
    return frozenset(names) | inline | standard(function)


def standard(function: Resource) -> frozenset[str]:
    """Return the packages of a function's runtime, which can be another Python than this one."""
    _, _, minor = runtime(function)[1].partition(".")
    return _standard(int(minor) if minor.isdigit() else sys.version_info.minor)


@cache
def _standard(version: int) -> frozenset[str]:
    """Return the packages of the runtime of a minor version of Python 3."""
    found = set(sys.stdlib_module_names) | RUNTIME
    for since, names in ADDED.items():
        found = found | set(names.split()) if version >= since else found - set(names.split())
    for until, names in REMOVED.items():
        found = found | set(names.split()) if version < until else found - set(names.split())
    if version <= LAST_WITH_SETUPTOOLS:
        found |= {"pkg_resources", "setuptools"}
    return frozenset(found)


def _installed(content: Files | None) -> frozenset[str]:
    """Return the packages that an installer put into the code; it resolves their dependencies."""
    if content is None:
        return frozenset()
    records = [name for name in content.names if name.endswith(".dist-info/RECORD")]
    lines = [line for record in records for line in content.read(record).splitlines()]
    return modules(line.partition(",")[0] for line in lines)


def _parents(file: str, content: Files | None) -> list[tuple[str, str]]:
    """Return the __init__ modules of the packages of a module; importing it runs them."""
    folders = file.split("/")[:-1]
    if content is None:
        return []
    names = ["/".join([*folders[: n + 1], "__init__.py"]) for n in range(len(folders))]
    return [(name, content.read(name)) for name in names if name in content.names]


def _of_module(name: str, content: Files) -> Iterator[str]:
    """Yield the files that the import of a dotted name runs."""
    parts = name.split(".")
    for count in range(1, len(parts) + 1):
        path = "/".join(parts[:count])
        yield from (f for f in (f"{path}.py", f"{path}/__init__.py") if f in content.names)


def _required(nodes: Iterable[ast.AST], available: frozenset[str], file: str) -> Iterator[str]:
    """Yield the dotted names of modules that statements import, unless they are optional."""
    for node in nodes:
        match node:
            case ast.Import(names=names):
                yield from (alias.name for alias in names)
            case ast.ImportFrom():
                yield from _from(node, file)
            case ast.If(test=test, orelse=orelse) if _is_never_true(test):
                yield from _required(orelse, available, file)
            case ast.If(test=test, body=body, orelse=orelse) if PLATFORM.search(ast.unparse(test)):
                both = _required([*body, *orelse], available, file)
                yield from (name for name in both if _has(name, available))
            case ast.Try(body=body, handlers=handlers) if any(map(_catches, handlers)):
                yield from _tried(node, body, available, file)
            case ast.With(items=items, body=body) if any(map(_suppresses, items)):
                yield from (n for n in _required(body, available, file) if _has(n, available))
            case _:
                yield from _required(ast.iter_child_nodes(node), available, file)


def _tried(
    node: ast.Try, body: list[ast.stmt], available: frozenset[str], file: str
) -> Iterator[str]:
    """Yield the imports of a `try`; those of a handler count if the first ones are missing."""
    wanted = list(_required(body, available, file))
    yield from (name for name in wanted if _has(name, available))
    if not all(_has(name, available) for name in wanted):
        for handler in node.handlers:
            yield from _required(handler.body, available, file)
    else:
        yield from _required(node.orelse, available, file)
    yield from _required(node.finalbody, available, file)


def _has(name: str, available: frozenset[str]) -> bool:
    return name.partition(".")[0] in available


def _from(node: ast.ImportFrom, file: str) -> Iterator[str]:
    """Yield the modules that `from ... import ...` runs, relative to the folder of a file."""
    base = node.module or ""
    if node.level:
        folders = file.split("/")[:-1]
        folders = folders[: len(folders) - node.level + 1]
        base = ".".join([*folders, *([base] if base else [])])
    if base:
        yield from (base, *(f"{base}.{alias.name}" for alias in node.names))
    if base.startswith("aws_lambda_powertools"):
        words = {alias.name for alias in node.names} | set(base.split("."))
        yield from (extra for word, extra in EXTRAS.items() if word in words)


def _is_never_true(test: ast.expr) -> bool:
    """Return whether a condition is never true in Lambda: TYPE_CHECKING, or a script's start."""
    text = ast.unparse(test)
    return text.rpartition(".")[2] == "TYPE_CHECKING" or text.startswith("__name__ ==")


def _names(node: ast.expr | None) -> set[str]:
    return {n.id for n in ast.walk(node) if isinstance(n, ast.Name)} if node else set()


def _catches(handler: ast.ExceptHandler) -> bool:
    """Return whether a handler catches a failed import."""
    return handler.type is None or bool(_names(handler.type) & CAUGHT)


def _suppresses(item: ast.withitem) -> bool:
    """Return whether a context manager is contextlib.suppress(ImportError)."""
    text = ast.unparse(item.context_expr)
    return "suppress(" in text and bool(_names(item.context_expr) & CAUGHT)
