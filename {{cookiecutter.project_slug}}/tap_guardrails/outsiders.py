"""Principals outside the app's account: whom a statement of a resource-based policy lets in.

A condition restricts a statement only through keys that the caller can't choose, such as
aws:PrincipalOrgID. An outsider can satisfy any other condition.
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from tap_guardrails.model import PLACEHOLDER, Resource, Template
from tap_guardrails.regions import log_delivery_accounts
from tap_guardrails.values import Intrinsic, as_list, walk

ANYONE = "anyone"
PRINCIPALS = frozenset({"Principal", "NotPrincipal"})
ACCOUNT = re.compile(r"\d{12}")
ARN_ACCOUNT = re.compile(r"arn:[^:]*:(?:iam|sts):[^:]*:(\d{12}|\*):")
# Keys about the caller or its network, which the caller can't choose. Those in ABSENT are not in
# the context of a request that a principal sends itself, so ...IfExists ignores them.
ABSENT = frozenset(
    {
        "aws:sourceaccount",
        "aws:sourcearn",
        "aws:sourceorgid",
        "aws:sourceorgpaths",
        "aws:sourceowner",
        "aws:sourcevpc",
        "aws:sourcevpce",
        "aws:vpcsourceip",
    }
)
FIXED = ABSENT | {
    "aws:principalaccount",
    "aws:principalarn",
    "aws:principalisawsservice",
    "aws:principalorgid",
    "aws:principalorgpaths",
    "aws:principalservicename",
    "aws:sourceidentity",
    "aws:sourceip",
    "aws:userid",
    "aws:username",
    "aws:viaawsservice",
    "elasticfilesystem:accessedviamounttarget",
    "kms:calleraccount",
    "s3:dataaccesspointaccount",
    "s3:dataaccesspointarn",
}
EVERYTHING = frozenset({"*", "0.0.0.0/0", "::/0", "arn:*", ""})
# Services that act for any account, so that a policy has to name the source of a request:
# https://docs.aws.amazon.com/IAM/latest/UserGuide/confused-deputy.html
DEPUTIES = frozenset(
    {
        "apigateway",
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
        if isinstance(document, dict) and "Statement" in document:
            statements = as_list(document["Statement"])
            if any(isinstance(s, dict) and s.keys() & PRINCIPALS for s in statements):
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
    statements = [each for each in as_list(document["Statement"]) if isinstance(each, dict)]
    denied = [s for s in statements if s.get("Effect") == "Deny" and _denies(template, s)]
    for each in statements:
        if each.get("Effect") != "Allow":
            continue
        actions = _texts(template, each.get("Action", each.get("NotAction")))
        if any(_covers_all(template, deny, actions) for deny in denied):
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
    if kind == "Federated":
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
            if key not in FIXED or (optional and key in ABSENT):
                continue
            texts = _texts(template, values)
            if not any(map(_admits_all, texts)):
                yield {account for text in texts if (account := _account_in(template, text))}


def _admits_all(text: str) -> bool:
    """Return whether a condition's value matches any caller."""
    if text in EVERYTHING:
        return True
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
    if not condition:
        return "NotPrincipal" in statement
    for operator, tests in condition.items():
        name = operator.rpartition(":")[2].removesuffix("IfExists")
        for key, values in tests.items():
            texts = _texts(template, values)
            foreign = [text for text in texts if _account_in(template, text)]
            if key.lower() not in FIXED or any(map(_admits_all, texts)) or foreign:
                return False
            if "Not" not in name and not (name == "Bool" and texts == ("false",)):
                return False
    return True


def _covers_all(template: Template, deny: Mapping[str, Any], actions: tuple[str, ...]) -> bool:
    denied = _texts(template, deny.get("Action"))
    return all(
        any(pattern == "*" or _matches(pattern, action) for pattern in denied) for action in actions
    )


def _matches(pattern: str, action: str) -> bool:
    """Return whether the pattern of a Deny includes an action or a pattern of an Allow."""
    start = pattern.lower().partition("*")[0]
    return action.lower() == pattern.lower() or (
        pattern.endswith("*") and action.lower().startswith(start)
    )


def names_a_source(template: Template, condition: Mapping[str, Any]) -> bool:
    """Return whether a condition restricts the source for which a service acts."""
    return any(True for _ in _limits(template, condition))


def deputy(template: Template, principal: str) -> str | None:
    """Return the name of a service that acts for any account, or None."""
    name = principal.removesuffix(".cn").removesuffix(".amazonaws.com")
    name = name.removesuffix(template.fill(".${AWS::URLSuffix}"))
    return name if name in DEPUTIES else None
