"""Examples of the rules, by their modules: code with a fault, and the same code without it.

`tap302_bad(stack)` and `tap302_good(stack)` add constructs to an empty stack; functions with the
argument `app` add stacks. The constants TAP621_BAD and TAP621_GOOD are files of a project, by name.
HANDLERS contains the files beside the app from which the functions of a module build assets.

The modules are read as text and never imported, so that `tap-guardrails rules TAP302` works without
aws-cdk-lib.
"""

from __future__ import annotations

import ast
import textwrap
from collections.abc import Iterator
from functools import cache
from pathlib import Path

KINDS = ("bad", "good")


def code(module: str, rule_id: str, kind: str) -> str:
    """Return the code of an example, or '' without one.

    Constants that the bad example also uses are not repeated in the good one.

    Args:
        module: the module of the rule, such as `functions`.
        rule_id: the ID of the rule.
        kind: one of KINDS.
    """
    file = Path(__file__).with_name(f"{module}.py")
    if not file.is_file():
        return ""
    source, functions, constants = _parsed(file)
    name = f"{rule_id}_{kind}"
    if name.lower() in functions:
        first = functions.get(f"{rule_id}_{KINDS[0]}".lower()) if kind != KINDS[0] else None
        shown = _names(first) if first else set()
        return "\n\n".join(_function(source, functions[name.lower()], constants, shown))
    if name.upper() in constants:
        files: dict[str, str] = ast.literal_eval(constants[name.upper()].value)
        texts = (f"# {place}\n{text.rstrip()}" for place, text in files.items() if text)
        return "\n\n".join(texts)
    return ""


@cache
def _parsed(file: Path) -> tuple[str, dict[str, ast.FunctionDef], dict[str, ast.Assign]]:
    """Return the source of a module of examples, its functions and its constants."""
    source = file.read_text(encoding="utf-8")
    functions: dict[str, ast.FunctionDef] = {}
    constants: dict[str, ast.Assign] = {}
    for node in ast.parse(source).body:
        match node:
            case ast.FunctionDef(name=name):
                functions[name] = node
            case ast.Assign(targets=[ast.Name(id=name)]):
                constants[name] = node
    return source, functions, constants


def _names(function: ast.FunctionDef) -> set[str]:
    return {node.id for node in ast.walk(function) if isinstance(node, ast.Name)}


def _function(
    source: str, function: ast.FunctionDef, constants: dict[str, ast.Assign], shown: set[str]
) -> Iterator[str]:
    """Yield the constants that a function uses and that are not shown yet, and its body."""
    lines = source.splitlines()
    for name, node in constants.items():
        if name in _names(function) - shown:
            yield "\n".join(lines[node.lineno - 1 : node.end_lineno])
    yield textwrap.dedent("\n".join(lines[function.body[0].lineno - 1 : function.end_lineno]))
