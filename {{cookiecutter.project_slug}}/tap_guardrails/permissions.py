"""Read the PERMISSIONS of a handler module: the actions of its code, by resource.

    PERMISSIONS = {
        "TABLE_NAME": {"dynamodb:GetItem", "dynamodb:PutItem"},
        f"TABLE_NAME/index/{INDEX}": {"dynamodb:Query"},
        f"BUCKET_NAME/{DOCUMENTS}*": {"s3:GetObject"},
    }

A key is the environment variable that identifies a resource, followed by the suffix of the
resource's ARN in a policy. The key "*" is for actions without resource-level permissions. Names in
braces are constants of `names.py` in the same folder. Modules are parsed and never imported.
"""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

NAME = "PERMISSIONS"
FORM = 'PERMISSIONS = {"TABLE_NAME": {"dynamodb:GetItem"}}'
# Actions on a bucket itself that a prefix restricts through the condition key s3:prefix.
# https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html
LISTING = frozenset({"s3:ListBucket", "s3:ListBucketVersions"})


class InvalidPermissionsError(ValueError):
    """PERMISSIONS can't be read. The message contains the reason and the fix."""


@dataclass(frozen=True)
class Permission:
    """Actions on one resource or on part of it.

    Args:
        variable: the environment variable that identifies the resource; "*": no resource.
        suffix: the suffix of the resource's ARN, such as `/index/by_created`.
        actions: IAM actions.
        prefix: the prefix to which listing the bucket is restricted; None: no listing.
    """

    variable: str
    suffix: str
    actions: frozenset[str]
    prefix: str | None = None


def of_module(file: Path) -> list[Permission] | None:
    """Return the permissions that a module declares, or None without a declaration.

    Raises:
        InvalidPermissionsError: the declaration is not a literal.
    """
    names = file.with_name("names.py")
    constants = parsed_constants(names) if names.is_file() else {}
    return read(ast.parse(file.read_text(encoding="utf-8")), constants, file.name)


def declared(file: Path, used: Collection[str]) -> list[Permission]:
    """Return the permissions that a module declares for the resources that its function uses.

    Args:
        file: the handler module.
        used: the environment variables that identify the resources.

    Raises:
        InvalidPermissionsError: there is no declaration, or it names other variables.
    """
    found = of_module(file)
    if found is None:
        raise InvalidPermissionsError(f"service/{file.name} declares no permissions; add {FORM}")
    variables = {each.variable for each in found} - {"*"}
    for variable in sorted(variables.symmetric_difference(used)):
        if variable in variables:
            message = f"{NAME} of service/{file.name} has {variable!r}; add it to uses= in infra"
        else:
            message = f"{NAME} of service/{file.name} lacks {variable!r} of uses=; add its actions"
        raise InvalidPermissionsError(message)
    return found


def parsed_constants(names: Path) -> dict[str, str]:
    """Return the string constants that a module defines at its top level."""
    return constants(ast.parse(names.read_text(encoding="utf-8")))


def constants(tree: ast.Module) -> dict[str, str]:
    """Return the string constants that a parsed module defines at its top level."""
    return {
        target.id: node.value.value
        for node in tree.body
        if isinstance(node, ast.Assign)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
        for target in node.targets
        if isinstance(target, ast.Name)
    }


def read(tree: ast.Module, known: Mapping[str, str], file: str) -> list[Permission] | None:
    """Return the permissions that a parsed module declares, or None without a declaration.

    Args:
        tree: the module.
        known: the constants of names.py.
        file: the module's name, for messages.

    Raises:
        InvalidPermissionsError: the declaration is not a literal.
    """
    for node in tree.body:
        if not isinstance(node, ast.Assign | ast.AnnAssign) or node.value is None:
            continue
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        if any(isinstance(target, ast.Name) and target.id == NAME for target in targets):
            return list(_permissions(node.value, known, file))
    return None


def _permissions(value: ast.expr, known: Mapping[str, str], file: str) -> Iterator[Permission]:
    if not isinstance(value, ast.Dict):
        raise InvalidPermissionsError(f"{NAME} of {file} is not a literal like {FORM}")
    for key, words in zip(value.keys, value.values, strict=True):
        if key is None or not isinstance(words, ast.Set | ast.List | ast.Tuple):
            raise InvalidPermissionsError(f"{NAME} of {file} is not a literal like {FORM}")
        text = _text(key, known, file)
        actions = frozenset(_text(word, known, file) for word in words.elts)
        for action in sorted(actions):
            if "*" in action or ":" not in action:
                message = f"{NAME} of {file} has {action!r}; name each action, like s3:GetObject"
                raise InvalidPermissionsError(message)
        variable, slash, rest = text.partition("/")
        listing = actions & LISTING if rest.endswith("*") else frozenset()
        if actions - listing or not actions:
            yield Permission(variable, slash + rest, actions - listing)
        if listing:
            yield Permission(variable, "", listing, rest.removesuffix("*"))


def _text(node: ast.expr, known: Mapping[str, str], file: str) -> str:
    """Return the text of a literal, with its constants in braces replaced."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.Name) and node.id in known:
        return known[node.id]
    if isinstance(node, ast.JoinedStr):
        return "".join(_text(part, known, file) for part in node.values)
    if isinstance(node, ast.FormattedValue):
        return _text(node.value, known, file)
    message = f"{NAME} of {file} has {ast.unparse(node)}, which is neither a text nor in names.py"
    raise InvalidPermissionsError(message)
