"""What can be added to a project, with its price and consequence."""

from __future__ import annotations

import keyword
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from local_extensions.answers import prices
from local_extensions.literals import money

Answers = Mapping[str, Any]
KINDS = ("s3", "sqs", "stream", "schedule")
METHODS = ("DELETE", "GET", "HEAD", "PATCH", "POST", "PUT")
_NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
_ROUTE = re.compile(r"([A-Z]+) (/|(/[A-Za-z0-9._-]+|/\{[A-Za-z][A-Za-z0-9_]*\})+)")


class Refused(ValueError):
    """An addition that the project can't have; the message is one line that says what to type."""


@dataclass(frozen=True, kw_only=True)
class Kind:
    """A kind of addition.

    Args:
        what: its name, and its folder in additions/.
        summary: what is added.
        consequence: what changes for the owner, or for what exists.
        price: its fixed cost, in USD a month and environment in us-east-1, and what use costs;
            without free allowances, as `make cost` counts.
        usage: its arguments on the command line.
        named: whether it has a name.
        missing: returns why a project with these answers can't have it; None if it can.
        borrowed: files of a project with these answers that the addition needs; all that other
            projects lack if there is none.
        lends: the answers of the project that has the borrowed files.
        early: whether the API needs its construct, whose statement precedes those of all others.
        changes: properties of resources that exist, which it changes in place, by resource type.
    """

    what: str
    summary: str
    consequence: str
    price: str
    usage: str
    named: bool = True
    missing: Callable[[Answers], str | None] = field(default=lambda _: None)
    lends: Mapping[str, Any] = field(default_factory=dict)
    borrowed: tuple[str, ...] = ()
    early: bool = False
    changes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


def _needs_api(answers: Answers) -> str | None:
    if answers["api"] == "none":
        return "it needs an API, and this project has none; try: make change api=http"
    return None


def _needs_rest(answers: Answers) -> str | None:
    if answers["api"] != "rest":
        return "AWS WAF protects REST APIs, and not HTTP APIs; try: make change api=rest"
    return None


def _needs_billing(answers: Answers) -> str | None:
    if answers["aws_region"].startswith(("cn-", "us-gov-")):
        return (
            f"AWS Budgets has no resources in {answers['aws_region']}; set a budget in the console"
        )
    return None


def _fixed(**items: int) -> str:
    """Return the monthly price of numbers of fixed items of prices.json, in USD."""
    found = prices()
    usd = 0.0
    for item, count in items.items():
        price = found["fixed"][item]
        usd += count * price["usd"] * (found["hours_per_month"] if price["each"] == "hour" else 1)
    return f"{usd:.2f}"


def _each(item: str) -> str:
    """Return the price of a usage item of prices.json."""
    price = prices()["usage"][item]
    return f"{money(price['usd'])} per {price['per']}"


# The smallest capacity of a table, its alarms, and two scaling policies of four alarms each.
PROVISIONED_TABLE = {"alarm_metric": 8, "scaling_alarm": 8, "write_unit": 5, "read_unit": 5}

# Settings with another name than the addition.
SETTINGS = {"budget": "monthly_budget_usd"}
# The environment variables of functions.
VARIABLES = {"AWS::Lambda::Function": ("Environment",)}
_NAMED = "WHAT={what} NAME=orders"
CATALOGUE = {
    kind.what: kind
    for kind in (
        Kind(
            what="bucket",
            summary="a private, versioned bucket with access logs and alarms",
            consequence="production retains it when the stack is deleted",
            price=(
                f"{_fixed(alarm_metric=3)} (alarms); {_each('storage')},"
                f" and {_each('metric')}: 16 in use"
            ),
            usage=_NAMED,
        ),
        Kind(
            what="bus",
            summary="an event bus with an archive, and a queue for events that can't be delivered",
            consequence="events are archived for 30 days; a rule is one statement, `bus.send(...)`",
            price=(
                f"{_fixed(alarm_metric=1)} (alarms), {_fixed(alarm_metric=1)} more for each rule;"
                f" {_each('bus_event')} events"
            ),
            usage=_NAMED,
            lends={"worker": "sqs"},
            borrowed=("infra/dead_letters.py",),
        ),
        Kind(
            what="queue",
            summary="an encrypted queue with a dead-letter queue and alarms",
            consequence="messages wait up to four days for a consumer",
            price=f"{_fixed(alarm_metric=2)} (alarms); {_each('queue_request')}",
            usage=_NAMED,
            lends={"worker": "sqs"},
            borrowed=("infra/queue.py", "infra/dead_letters.py"),
        ),
        Kind(
            what="secret",
            summary="a secret with a generated value, read over TLS only",
            consequence="production retains it when the stack is deleted; nothing rotates it",
            price=f"{_fixed(secret=1)} (the secret); {_each('secret_call')} calls",
            usage=_NAMED,
        ),
        Kind(
            what="table",
            summary="a table with point-in-time recovery, a throughput limit and alarms",
            consequence="production retains it when the stack is deleted",
            price=(
                f"{_fixed(alarm_metric=8)} (alarms) on demand,"
                f" {_fixed(**PROVISIONED_TABLE)} with provisioned capacity; requests and storage"
            ),
            usage=_NAMED,
        ),
        Kind(
            what="topic",
            summary="an encrypted topic",
            consequence="each AWS service that publishes to it needs a statement in its policy",
            price=f"nothing fixed; {_each('mail')} by e-mail",
            usage=_NAMED,
        ),
        Kind(
            what="function",
            summary="a function with its own role, log group and alarms; with ROUTE behind the API",
            consequence="the other functions are deployed again, because they share the code asset",
            price=(
                f"{_fixed(alarm_metric=2)} (alarms);"
                f" {_each('invocation')} invocations, and their duration"
            ),
            usage="WHAT=function NAME=reports [ROUTE='GET /reports']",
        ),
        Kind(
            what="worker",
            summary="a function that imports the objects of an event source",
            consequence="a stream worker adds a stream to the table",
            price=(
                f"{_fixed(alarm_metric=8)} (alarms), {_fixed(alarm_metric=9)} for s3 and schedule;"
                " invocations and their duration"
            ),
            usage="WHAT=worker KIND=s3|sqs|stream|schedule NAME=invoices",
        ),
        Kind(
            what="state-machine",
            summary="a state machine that runs a new function, with retries, logs and alarms",
            consequence="the other functions are deployed again, because they share the code asset",
            price=f"{_fixed(alarm_metric=6)} (alarms); {_each('transition')} state transitions",
            usage=_NAMED,
        ),
        Kind(
            what="domain",
            summary="a domain name for the API, with TLS 1.2 or newer",
            consequence="nothing changes until the settings have a domain; the API keeps its URL",
            price="nothing fixed; a Route 53 zone and a registered name are billed apart",
            usage="WHAT=domain",
            named=False,
            missing=_needs_api,
        ),
        Kind(
            what="waf",
            summary="a web ACL for the REST API: AWS's managed rules, a limit for each address",
            consequence="requests that match a rule, or come too often from one address, get 403",
            price=(
                f"{_fixed(web_acl=1, web_acl_rule=4, alarm_metric=1)} (web ACL {_fixed(web_acl=1)},"
                f" four rules {_fixed(web_acl_rule=4)}, alarm); {_each('web_acl_request')}"
            ),
            usage="WHAT=waf",
            named=False,
            missing=_needs_rest,
        ),
        Kind(
            what="browser",
            summary="browser applications: origins (CORS); with Cognito, a login page and PKCE",
            consequence="pages of the settings' origins can call the API; without any, none can",
            price="nothing fixed; Cognito bills the users of the login page as all others",
            usage="WHAT=browser",
            named=False,
            missing=_needs_api,
            changes={
                "AWS::ApiGateway::GatewayResponse": ("ResponseParameters",),
                "AWS::ApiGatewayV2::Api": ("CorsConfiguration",),
                "AWS::ApiGatewayV2::Authorizer": ("JwtConfiguration",),
                **VARIABLES,
            },
        ),
        Kind(
            what="idempotency",
            summary="POST /items with Idempotency-Key; PUT /items/{id} with ETag and If-Match",
            consequence="a request with a key makes two more writes, to a separate table",
            price="0.70 (alarms) on demand, 4.35 with provisioned capacity; requests and storage",
            usage="WHAT=idempotency",
            named=False,
            missing=_needs_api,
            early=True,
            changes={"AWS::IAM::Policy": ("PolicyDocument",), **VARIABLES},
        ),
        Kind(
            what="budget",
            summary="a monthly budget that notifies at 80 %, 100 %, and a forecast of 100 %",
            consequence="the account that pays has to activate the tags Project and Environment",
            price="nothing: budgets without actions are free",
            usage="WHAT=budget",
            named=False,
            missing=_needs_billing,
        ),
        Kind(
            what="environment",
            summary="a stack for another environment, with its settings and deploy job",
            consequence="every resource exists once more",
            price="as much as the first environment",
            usage="WHAT=environment NAME=stage",
        ),
    )
}


@dataclass(frozen=True, kw_only=True)
class Addition:
    """One addition, as recorded in the project.

    Args:
        what: a key of the catalogue.
        name: in kebab-case; empty for what a project has once.
        kind: the event source of a worker.
        route: method and path of a function behind the API.
    """

    what: str
    name: str = ""
    kind: str = ""
    route: str = ""

    @property
    def order(self) -> tuple[int, str]:
        """Where its statements are among those of other additions."""
        early = CATALOGUE[self.what].early
        return (-1 if early else list(CATALOGUE).index(self.what)), self.name

    @property
    def module(self) -> str:
        """The name of its modules and variables."""
        return (self.name or self.what).replace("-", "_")

    @property
    def construct_id(self) -> str:
        """The id of its construct in the stack."""
        return "".join(word.capitalize() for word in (self.name or self.what).split("-"))

    @property
    def construct_ids(self) -> set[str]:
        """The ids of its constructs in the stack."""
        suffixes = {
            "state-machine": "Function",
            "bus": "DeadLetterQueue",
            "queue": "DeadLetterQueue",
        }
        suffix = suffixes.get(self.what, "")
        other = self.construct_id.removesuffix("Queue") + suffix
        return {self.construct_id, other} if suffix else {self.construct_id}

    @property
    def names(self) -> set[str]:
        """The names of its constructs, settings, constants and fields, and its route."""
        constants = {self.module.upper(), f"FAILED_{self.module.upper()}"}
        settings = {self.module, f"{self.module}_source", SETTINGS.get(self.what, self.module)}
        return ({*self.construct_ids, self.route} | constants | settings) - {""}

    def variables(self) -> dict[str, str]:
        """Return the variables of its template."""
        method, _, path = self.route.partition(" ")
        title = (self.name or self.what).replace("-", " ")
        return {
            "__name": self.module,
            "__kebab": self.name or self.what,
            "__id": self.construct_id,
            "__title": title[0].upper() + title[1:],
            "__method": method,
            "__path": path,
            "__kind": self.kind,
        }

    def misfit(self, answers: Answers) -> str | None:
        """Return why a project with these answers can't have it, in one line; None if it can."""
        missing = CATALOGUE[self.what].missing(answers)
        if missing:
            return f"no {self.what} can be added: {missing}"
        if self.route and answers["api"] == "none":
            return (
                f"the ROUTE of {self.name} needs an API, and there is none;"
                f" try: make add WHAT=function NAME={self.name}, or make change api=http"
            )
        return None

    def lending(self) -> dict[str, Any]:
        """Return the answers of a project that has the files to borrow."""
        if self.what == "worker":
            return {"worker": self.kind, "__worker_name": self.module}
        return dict(CATALOGUE[self.what].lends)

    def record(self) -> dict[str, str]:
        """Return the addition as JSON, without what it does not have."""
        given = {"what": self.what, "name": self.name, "kind": self.kind, "route": self.route}
        return {key: value for key, value in given.items() if value}


def requested(what: str, name: str, kind: str, route: str) -> Addition:
    """Return what the arguments of `make add` ask for.

    Raises:
        Refused: an argument is invalid, missing or superfluous.
    """
    if what not in CATALOGUE:
        raise Refused(f"WHAT is {what!r}, not one of {', '.join(CATALOGUE)}; try: make add")
    usage = f"make add {CATALOGUE[what].usage.format(what=what)}"
    if CATALOGUE[what].named:
        _check_name(name, usage)
    elif name:
        raise Refused(f"{_a(what)} has no NAME; try: {usage}")
    if what == "worker" and kind not in KINDS:
        raise Refused(f"KIND is {kind!r}, not one of {', '.join(KINDS)}; try: {usage}")
    if what != "worker" and kind:
        raise Refused(f"{_a(what)} has no KIND; try: {usage}")
    if route:
        _check_route(route, what, usage)
    return Addition(what=what, name=name, kind=kind, route=route)


def _a(what: str) -> str:
    return f"{'an' if what[0] in 'aeiou' else 'a'} {what}"


def _check_name(name: str, usage: str) -> None:
    if not name:
        raise Refused(f"NAME is missing; try: {usage}")
    if not _NAME.fullmatch(name) or len(name) > 24:
        raise Refused(f"NAME {name!r} is not kebab-case of at most 24 characters; try: {usage}")
    if keyword.iskeyword(name) or keyword.issoftkeyword(name):
        raise Refused(f"NAME {name!r} is a word of Python; try: {usage}")


def _check_route(route: str, what: str, usage: str) -> None:
    if what != "function":
        raise Refused(f"{_a(what)} has no ROUTE; try: {usage}")
    match = _ROUTE.fullmatch(route)
    if match is None or match.group(1) not in METHODS:
        raise Refused(f"ROUTE {route!r} is not a method and a path; try: ROUTE='GET /reports'")
    variables = re.findall(r"\{(\w+)\}", route)
    wrong = [v for v in variables if keyword.iskeyword(v) or variables.count(v) > 1]
    if wrong:
        raise Refused(f"ROUTE {route!r} can't have the variable {wrong[0]!r}; try another name")
