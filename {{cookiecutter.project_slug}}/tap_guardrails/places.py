"""The line of the app that creates a construct."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterable, Mapping

# Constructs that the CDK adds below one of the app.
HIDDEN = frozenset({"Resource", "Default", "DefaultPolicy"})


class Places:
    """Source lines by construct path.

    A construct's line is the only call in the app's modules that passes its ID. If there is none or
    more than one, it is the line of the closest parent construct.

    Args:
        modules: file name and syntax tree of each of the app's Python modules.
        traces: lines by construct path that the CDK recorded, if stack traces are on.
    """

    def __init__(
        self, modules: Iterable[tuple[str, ast.AST]], traces: Mapping[str, str] | None = None
    ) -> None:
        self._traces = traces or {}
        self._lines: dict[str, list[str]] = defaultdict(list)
        for name, tree in modules:
            for node in ast.walk(tree):
                if isinstance(node, ast.Call) and (construct_id := _construct_id(node)):
                    self._lines[construct_id].append(f"{name}:{node.lineno}")

    def of(self, path: str) -> str | None:
        """Return the file and line for a construct path, such as infra/stack.py:24, or None."""
        if path in self._traces:
            return self._traces[path]
        for part in reversed(path.split("/")[1:]):
            lines = self._lines.get(part, ())
            if part not in HIDDEN and len(lines) == 1:
                return lines[0]
        return None


def _construct_id(call: ast.Call) -> str | None:
    """Return the ID that a call passes after the scope, as every construct's does."""
    ids = [argument for argument in call.args[1:2] if isinstance(argument, ast.Constant)]
    ids += [
        keyword.value
        for keyword in call.keywords
        if keyword.arg in {"id", "construct_id"} and isinstance(keyword.value, ast.Constant)
    ]
    return next((each.value for each in ids if isinstance(each.value, str)), None)
