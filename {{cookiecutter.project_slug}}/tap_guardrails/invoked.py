"""What a text invokes: a function, and the alias or version that it names."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from tap_guardrails.model import PLACEHOLDER, App, NotJudged, Resource

FUNCTION = "AWS::Lambda::Function"
ALIAS, VERSION = "AWS::Lambda::Alias", "AWS::Lambda::Version"
# The attributes that are the name or the ARN of each type; None: its Ref.
NAMED = {FUNCTION: {None, "Arn"}, ALIAS: {None, "AliasArn"}, VERSION: {None, "FunctionArn"}}
# What follows the ARN or name of a function. $LATEST is the function itself.
QUALIFIER = re.compile(r""":(?!\$LATEST\b)([^/"\s,:]+)""")


class Invoked(NamedTuple):
    """A function, and the name of an alias or version; '' is the function itself.

    Args:
        function: the function.
        qualifier: the name of an alias, `version`, or the text after the function's ARN.
        arns: all texts that represent the ARN of what is invoked.
    """

    function: Resource
    qualifier: str
    arns: tuple[str, ...]


def invoked(app: App, text: str) -> Iterator[Invoked]:
    """Yield what a text names: in an ARN, in the URI of an integration, or in a definition."""
    for match in PLACEHOLDER.finditer(text):
        found = app.resource(match.group(1))
        if found is None or match.group(2) not in NAMED.get(found.type, ()):
            continue
        if found.type == FUNCTION:
            after = QUALIFIER.match(text, match.end())
            name = after.group(1) if after else ""
            yield Invoked(found, name, tuple(f"{a}:{name}" if name else a for a in found.arns))
        elif (function := found.target("FunctionName")) is not None:
            own = tuple(
                f"${{{found.key}}}" if attribute is None else f"${{{found.key}.{attribute}}}"
                for attribute in NAMED[found.type]
            )
            name = found.text("Name") if found.type == ALIAS else "version"
            yield Invoked(function, name, (*own, *(f"{arn}:{name}" for arn in function.arns)))


def first_invoked(app: App, text: str) -> Invoked | None:
    """Return the first function that a text names, with its alias or version."""
    return next(invoked(app, text), None)


def arns_of(app: App, text: str) -> tuple[str, ...]:
    """Return all texts that represent the ARN of what a text names, or none."""
    if found := first_invoked(app, text):
        return found.arns
    resource = app.named(text)
    return resource.arns if resource else ()


def aliases(function: Resource) -> list[Resource]:
    """Return the aliases of a function."""
    return function.app.users(function, ALIAS, "FunctionName")


def shifted_by(alias: Resource) -> Resource | None:
    """Return the deployment group with which CodeDeploy shifts an alias.

    Raises:
        NotJudged: the group is not known at synth.
    """
    policy = alias.body.get("UpdatePolicy") or {}
    update = policy.get("CodeDeployLambdaAliasUpdate") if isinstance(policy, dict) else None
    if not update:
        return None
    group = alias.app.named(alias.template.text(update.get("DeploymentGroupName")))
    if group is None:
        raise NotJudged("the deployment group of its UpdatePolicy is not in this app")
    return group
