"""Principals outside the app's account: whom a statement of a resource-based policy lets in.

A condition restricts a statement only through keys that the caller can't choose, such as
aws:PrincipalOrgID. An outsider can satisfy any other condition.
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
"""

from __future__ import annotations

import ipaddress
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from tap_guardrails.model import PLACEHOLDER, Resource, Template
from tap_guardrails.regions import log_delivery_accounts
from tap_guardrails.values import Intrinsic, as_list, covers, walk

ANYONE = "anyone"
PRINCIPALS = frozenset({"Principal", "NotPrincipal"})
ACCOUNT = re.compile(r"\d{12}")
ARN_ACCOUNT = re.compile(r"arn:[^:]*:(?:iam|sts):[^:]*:(\d{12}|\*):")
# Keys that are in the context of every request, so ...IfExists makes no difference.
PRESENT = frozenset({"aws:sourceip", "kms:calleraccount"})
# Keys about the caller or its network, which the caller can't choose.
FIXED = PRESENT | {
    "aws:principalaccount",
    "aws:principalarn",
    "aws:principalorgid",
    "aws:principalorgpaths",
    "aws:principalservicename",
    "aws:sourceaccount",
    "aws:sourcearn",
    "aws:sourceorgid",
    "aws:sourceorgpaths",
    "aws:sourceowner",
    "aws:sourcevpc",
    "aws:sourcevpce",
    "aws:userid",
    "elasticfilesystem:accessedviamounttarget",
    "s3:dataaccesspointaccount",
    "s3:dataaccesspointarn",
}
EVERYTHING = frozenset({"*", "arn:*", "o-*", ""})
# A network with a shorter prefix is a large part of the internet.
NARROWEST = 8
# Services that act for any account, so that a policy has to name the source of a request:
# https://docs.aws.amazon.com/IAM/latest/UserGuide/confused-deputy.html
DEPUTIES = frozenset(
    {
        "apigateway",
        "cloudfront",
        "cloudwatch",
        "codecommit",
        "cognito-idp",
        "config",
        "delivery.logs",
        "events",
        "iot",
        "lambda.alarms.cloudwatch",
        "logs",
        "s3",
        "scheduler",
        "ses",
        "sns",
    }
)


@dataclass(frozen=True)
class Access:
    """What outsiders are allowed.

    Args:
        who: ANYONE, or an account or user that is not of this app.
        actions: the actions of the statement.
    """

    who: str
    actions: tuple[str, ...]


def policy_documents(resource: Resource) -> Iterator[dict[str, Any]]:
    """Yield the resource-based policies in a resource: documents whose statements have principals.

    A document can also be a text, as in AWS::Logs::ResourcePolicy.
    """
    for value in walk(resource.properties):
        document = _parsed(resource.template, value)
        if not isinstance(document, dict) or "Statement" not in document:
            continue
        if any(each.keys() & PRINCIPALS for each in statements_of(document)):
            yield document


def _parsed(template: Template, value: Any) -> Any:
    if isinstance(value, str) and value.lstrip().startswith("{") and '"Statement"' in value:
        text = value
    elif isinstance(value, Intrinsic) and value.kind in {"Fn::Join", "Fn::Sub"}:
        text = template.raw_text(value)
        if not text.lstrip().startswith("{"):
            return None
    else:
        return value
    try:
        return json.loads(text)
    except ValueError:
        return None


def outsiders(template: Template, document: Mapping[str, Any]) -> Iterator[Access]:
    """Yield what the statements of a resource-based policy allow to outsiders.

    Raises:
        NotJudged: a statement contains a value that only CloudFormation knows.
    """
    statements = list(statements_of(document))
    denied = [s for s in statements if s.get("Effect") == "Deny" and _denies(template, s)]
    for each in statements:
        if each.get("Effect") != "Allow":
            continue
        actions = _texts(template, each.get("Action"))
        if "NotAction" in each:
            actions = ("*",)
        if any(_covers_all(template, deny, each, actions) for deny in denied):
            continue
        for kind, principal in principals(template, each):
            who = outsider(template, kind, principal)
            if who is None:
                continue
            limits = [*_limits(template, each.get("Condition") or {})]
            if not limits:
                yield Access(who, actions)
            for foreign in {account for limit in limits for account in limit}:
                if all(foreign in limit for limit in limits):
                    yield Access(f"account {foreign}", actions)


def statements_of(document: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield the statements of a policy, in either branch of an Fn::If."""
    waiting = [*as_list(document.get("Statement"))]
    while waiting:
        each = waiting.pop(0)
        if isinstance(each, dict):
            yield each
        elif isinstance(each, Intrinsic) and each.kind == "Fn::If":
            waiting = [*as_list(each.argument)[1:], *waiting]
        elif isinstance(each, list):
            waiting = [*each, *waiting]


def principals(template: Template, statement: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield the kind and text of each principal: AWS, Service, Federated or CanonicalUser."""
    if "NotPrincipal" in statement:
        yield "AWS", "*"
    given = statement.get("Principal")
    if isinstance(given, dict):
        for kind, values in given.items():
            for value in _texts(template, values):
                yield kind, value
    elif given is not None:
        for value in _texts(template, given):
            yield "AWS", value


def outsider(template: Template, kind: str, principal: str) -> str | None:
    """Return who a principal is if it is not of this app and its account, or None."""
    if kind == "Service":
        return None
    if principal == "*":
        return ANYONE
    if kind == "CanonicalUser":
        return None if PLACEHOLDER.search(principal) else f"the canonical user {principal[:12]}"
    if kind == "Federated" and not principal.startswith("arn:"):
        return None
    return foreign_account(template, principal)


def foreign_account(template: Template, principal: str) -> str | None:
    """Return the account of an IAM principal if it is neither this app's nor AWS's, or None."""
    found = ARN_ACCOUNT.match(principal)
    account = found.group(1) if found else principal
    if account == "*":
        return ANYONE
    if not ACCOUNT.fullmatch(account) or account in log_delivery_accounts():
        return None
    if account in own_accounts(template):
        return None
    return f"account {account}"


def own_accounts(template: Template) -> set[str]:
    """Return the accounts of the app's stacks."""
    return {each.pseudo.get("AWS::AccountId", "") for each in template.app.templates}


def _texts(template: Template, value: Any) -> tuple[str, ...]:
    return tuple(template.text(each) for each in as_list(value))


def _limits(template: Template, condition: Mapping[str, Any]) -> Iterator[set[str]]:
    """Yield, for each condition that keeps outsiders away, the foreign accounts it still admits."""
    for operator, tests in condition.items():
        name = operator.rpartition(":")[2]
        optional = name.endswith("IfExists")
        if name == "Null" or "Not" in name or operator.startswith("ForAllValues"):
            continue
        for key, values in tests.items():
            key = key.lower()
            if key not in FIXED or (optional and key not in PRESENT):
                continue
            texts = _texts(template, values)
            if not any(map(admits_all, texts)):
                yield {account for text in texts if (account := _account_in(template, text))}


def admits_all(text: str) -> bool:
    """Return whether a condition's value matches any caller, or one of every account."""
    if text in EVERYTHING or text.startswith("*"):
        return True
    try:
        return ipaddress.ip_network(text, strict=False).prefixlen < NARROWEST
    except ValueError:
        pass
    parts = text.split(":", 5)
    if parts[0] != "arn" or len(parts) < 6:
        return False
    service, account, name = parts[2], parts[4], parts[5]
    if service == "s3" and not account:
        return name.startswith("*")
    return account == "*"


def _account_in(template: Template, text: str) -> str | None:
    """Return the foreign account in a condition's value, or None."""
    parts = text.split(":", 5)
    account = parts[4] if len(parts) == 6 and parts[0] == "arn" else text
    foreign = ACCOUNT.fullmatch(account) and account not in own_accounts(template)
    return account if foreign else None


def _denies(template: Template, statement: Mapping[str, Any]) -> bool:
    """Return whether a Deny keeps every outsider away."""
    if not any(value == "*" for _, value in principals(template, statement)):
        return False
    condition = statement.get("Condition") or {}
    exempt = {**statement, "Principal": statement.get("NotPrincipal"), "Effect": "Allow"}
    exempt.pop("NotPrincipal", None)
    if any(outsider(template, *each) for each in principals(template, exempt)):
        return False
    if not condition:
        return "NotPrincipal" in statement
    for operator, tests in condition.items():
        name = operator.rpartition(":")[2].removesuffix("IfExists")
        for key, values in tests.items():
            texts = _texts(template, values)
            foreign = [text for text in texts if _account_in(template, text)]
            if key.lower() not in FIXED or any(map(admits_all, texts)) or foreign:
                return False
            if "Not" not in name and not (name == "Bool" and texts == ("false",)):
                return False
    return True


def _covers_all(
    template: Template,
    deny: Mapping[str, Any],
    allow: Mapping[str, Any],
    actions: tuple[str, ...],
) -> bool:
    """Return whether a Deny includes all actions and resources of an Allow."""
    if "NotResource" in deny:
        return False
    places = _texts(template, deny.get("Resource"))
    wanted = _texts(template, allow.get("Resource", "*" if "NotResource" in allow else None))
    if places and not all(any(covers(place, each) for place in places) for each in wanted):
        return False
    if "NotAction" in deny:
        left = _texts(template, deny["NotAction"])
        return not any(_matches(each, action) for each in left for action in actions)
    denied = _texts(template, deny.get("Action"))
    return all(any(_matches(pattern, action) for pattern in denied) for action in actions)


def _matches(pattern: str, action: str) -> bool:
    """Return whether a pattern of actions includes an action, or a pattern of fewer."""
    return covers(pattern.lower(), action.lower())


def names_a_source(template: Template, condition: Mapping[str, Any]) -> bool:
    """Return whether a condition restricts the source for which a service acts."""
    return any(True for _ in _limits(template, condition))


def deputy(template: Template, principal: str) -> str | None:
    """Return the name of a service that acts for any account, or None."""
    name = principal.removesuffix(".cn").removesuffix(".amazonaws.com")
    name = name.removesuffix(template.fill(".${AWS::URLSuffix}"))
    return name if name in DEPUTIES else None
