"""References by physical name, and between stacks: what templates say without Ref or GetAtt.

`model.App` resolves Ref, GetAtt, ARNs and exports. Some properties also take a name, such as the
bucket of a policy, the log group of a function, or `alias/orders` as a key.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from tap_guardrails.model import (
    NAMES,
    App,
    NotJudged,
    Resource,
    Template,
    as_list,
)

ALIAS, KEY = "AWS::KMS::Alias", "AWS::KMS::Key"
# The start of a pseudo parameter, and a text without colons to replace it.
PSEUDO, MASKED = "${AWS::", "${AWS."
# The pseudo parameters in an ARN, by the field of the ARN.
ACCOUNT = 4
FIELDS = {1: "${AWS::Partition}", 3: "${AWS::Region}", ACCOUNT: "${AWS::AccountId}"}


def given_name(resource: Resource) -> str:
    """Return the physical name that a template gives a resource, or ''."""
    return resource.text(NAMES[resource.type]) if resource.type in NAMES else ""


def is_named(resource: Resource, text: str) -> bool:
    """Return whether a text is the name of a resource, its URL, or an ARN with its name."""
    name = given_name(resource)
    if not name or not text:
        return False
    if text.startswith("https://"):  # the URL of a queue
        return text.rpartition("/")[2] == name
    return text == name or any(same_place(text, arn) == arn for arn in resource.arns)


def by_name(app: App, kind: str, text: str) -> Resource | None:
    """Return the resource of a type with this physical name, URL or ARN."""
    if not text:
        return None
    return next((each for each in app.resources(kind) if is_named(each, text)), None)


def named_target(user: Resource, kind: str, *path: str) -> Resource | None:
    """Return the resource of a type to which a property refers, by reference or by name."""
    found = user.target(*path)
    if found is not None:
        return found if found.type == kind else None
    return by_name(user.app, kind, user.text(*path))


def named_users(resource: Resource, kind: str, *path: str) -> list[Resource]:
    """Return the resources of a type whose property refers to a resource or contains its name."""
    app = resource.app
    found = app.users(resource, kind, *path)
    if not given_name(resource):
        return found
    others = [each for each in app.resources(kind) if each not in found]
    return found + [user for user in others if _names(user, path, resource)]


def _names(user: Resource, path: tuple[str, ...], resource: Resource) -> bool:
    """Return whether a property of a user contains the name of a resource."""
    texts = (user.template.text(item) for item in as_list(user.get(*path)))
    return any(is_named(resource, text) for text in texts)


def key_named(app: App, text: str) -> Resource | None:
    """Return the key of the app that a text names: by reference, ARN, ID, alias or alias ARN."""
    found = app.named(text)
    if found is not None:
        return found if found.type == KEY else None
    alias = text[text.find("alias/") :] if "alias/" in text else ""
    for each in app.resources(ALIAS) if alias else ():
        if each.text("AliasName") == alias:
            return each.target("TargetKeyId")
    return None


def arn_fields(text: str) -> list[str]:
    """Return the fields of an ARN: arn, partition, service, Region, account, and the resource."""
    return [each.replace(MASKED, PSEUDO) for each in text.replace(PSEUDO, MASKED).split(":", 5)]


def same_place(pattern: str, arn: str) -> str:
    """Return a pattern with the partition, Region and account of an ARN, where one is unknown.

    A stack without an environment has pseudo parameters there, and a literal can mean its place.
    """
    if PSEUDO not in pattern + arn or not (pattern.startswith("arn:") and arn.startswith("arn:")):
        return pattern
    theirs, ours = arn_fields(pattern), arn_fields(arn)
    for field, pseudo in FIELDS.items():
        if field >= min(len(theirs), len(ours)) or not theirs[field] or "*" in theirs[field]:
            continue
        # The account of another stack is never assumed to be this one.
        if ours[field] == pseudo or (theirs[field] == pseudo and field != ACCOUNT):
            theirs[field] = ours[field]
    return ":".join(theirs)


def names_stack(template: Template, text: str) -> bool:
    """Return whether a text contains the name or ID of its stack, so that no other has it."""
    stack = template.pseudo["AWS::StackName"]
    start = text.find(stack)
    while start >= 0:
        before, after = text[start - 1 : start], text[start + len(stack) :][:1]
        if not (before.isalnum() or after.isalnum()):
            return True
        start = text.find(stack, start + 1)
    return "${AWS::StackId}" in text


def strings(template: Template, value: Any) -> Iterator[str]:
    """Yield all texts in a value, with references as in `Template.text`."""
    if isinstance(value, Mapping):
        for item in value.values():
            yield from strings(template, item)
    elif isinstance(value, list):
        for item in value:
            yield from strings(template, item)
    elif value is not None:
        try:
            yield template.text(value)
        except NotJudged:
            return


def precedes(first: Resource, second: Resource) -> bool:
    """Return whether the stack of a resource is deployed before that of another.

    Only dependencies between the stacks count, not those between their resources.
    """
    before = _dependencies(first.app.directory)
    seen: set[Path] = set()
    waiting = [second.template.file]
    while waiting:
        for file in before.get(waiting.pop(), ()):
            if file not in seen:
                seen.add(file)
                waiting.append(file)
    return first.template.file in seen


def _dependencies(directory: Path) -> dict[Path, list[Path]]:
    """Return the templates on which each template of an assembly depends directly."""
    manifest = json.loads((directory / "manifest.json").read_text(encoding="utf-8"))
    artifacts = manifest.get("artifacts", {})
    files = {
        name: directory / each["properties"]["templateFile"]
        for name, each in artifacts.items()
        if each["type"] == "aws:cloudformation:stack"
    }
    found = {
        file: [files[n] for n in artifacts[name].get("dependencies", []) if n in files]
        for name, file in files.items()
    }
    for each in artifacts.values():
        if each["type"] == "cdk:cloud-assembly":
            found |= _dependencies(directory / each["properties"]["directoryName"])
    return found
