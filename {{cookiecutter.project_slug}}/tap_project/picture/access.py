"""Permissions of the roles of one environment: as arrows, and as the rows of a table."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from tap_guardrails import policy
from tap_guardrails.calls import INTERFACES, TRACING
from tap_guardrails.model import PLACEHOLDER, Resource
from tap_guardrails.policy import Statement
from tap_guardrails.references import arn_fields
from tap_guardrails.values import NotJudged
from tap_project.picture.graph import FUNCTION, Graph, Node, path_of

ROLE = "AWS::IAM::Role"
# Permissions that every function has: its log, its traces, and network interfaces in a VPC.
COMMON = {"logs:CreateLogStream", "logs:PutLogEvents", *TRACING, *INTERFACES}
# Services whose permissions are no arrow: they would connect almost everything.
UNDRAWN = ("ec2:", "kms:", "logs:", "xray:")
VERBS: Mapping[str, str] = {
    "dynamodb:DescribeStream": "polls",
    "dynamodb:GetRecords": "polls",
    "dynamodb:GetShardIterator": "polls",
    "dynamodb:ListStreams": "polls",
    "events:PutEvents": "sends events",
    "lambda:InvokeFunction": "invokes",
    "sns:Publish": "publishes",
    "sqs:ChangeMessageVisibility": "polls",
    "sqs:DeleteMessage": "polls",
    "sqs:GetQueueAttributes": "polls",
    "sqs:GetQueueUrl": "polls",
    "sqs:ReceiveMessage": "polls",
    "sqs:SendMessage": "sends",
    "states:StartExecution": "starts",
    "states:StartSyncExecution": "starts",
}
PREFIXES: Mapping[str, str] = {
    "BatchGet": "reads",
    "ConditionCheck": "reads",
    "Describe": "reads",
    "Get": "reads",
    "Head": "reads",
    "PartiQLSelect": "reads",
    "Query": "reads",
    "Scan": "reads",
    "List": "lists",
    "BatchWrite": "writes",
    "Create": "writes",
    "Delete": "writes",
    "Put": "writes",
    "Update": "writes",
}
# Verbs that an event arrow between the same nodes says already: in its direction, and against it.
SAID = {"invokes", "publishes", "sends", "sends events", "starts"}
SAID_BACKWARDS = {"polls"}


@dataclass(frozen=True, order=True)
class Access:
    """Actions that someone may call on a resource, or may not.

    Args:
        who: the resource whose role it is, or the role.
        resource: the resource in words, its condition included.
        actions: in the order of the alphabet.
        denied: whether they are denied.
    """

    who: str
    resource: str
    actions: tuple[str, ...]
    denied: bool = False


def verb(action: str) -> str:
    """Return what an action does to a resource, in one word."""
    service, _, name = action.partition(":")
    if action in VERBS:
        return VERBS[action]
    if service == "kinesis" and not name.startswith("Put"):
        return "polls"
    if name in {"", "*"}:
        return "may do everything with"
    return next((word for start, word in PREFIXES.items() if name.startswith(start)), name)


def draw(graph: Graph) -> None:
    """Add an arrow for each resource that the role of another one may use.

    Events have to be drawn before: an arrow says once that a queue's messages reach a function.
    """
    events = {(each.source, each.target) for each in graph.arrows if each.event}
    found: dict[tuple[str, str], dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for role in graph.resources(ROLE):
        users = [each for each in map(graph.node_of, _users(role)) if each]
        for statement in _statements(role) if users else ():
            for text in statement.resources if statement.effect == "Allow" else ():
                actions = [each for each in statement.actions if not each.startswith(UNDRAWN)]
                place = _place(graph, text) if actions else None
                for user in users if place else ():
                    for action in actions:
                        found[user, place or ""][verb(action)].add(_part(graph, text))
    for (user, place), verbs in found.items():
        said = SAID if (user, place) in events else set()
        said = said | (SAID_BACKWARDS if (place, user) in events else set())
        label = _label({word: parts for word, parts in verbs.items() if word not in said})
        if label:
            graph.connect(user, place, label, event=False)


def rows(graph: Graph) -> Iterator[Access]:
    """Yield the permissions of all roles, except those that every function has.

    A policy that only CloudFormation knows is a row as well.
    """
    found: dict[tuple[str, str, bool], set[str]] = defaultdict(set)
    for role in graph.resources(ROLE):
        users = _users(role)
        names = sorted({path_of(each) for each in users}) or [path_of(role)]
        functions = bool(users) and all(each.type == FUNCTION for each in users)
        who = ", ".join(names)
        try:
            statements = policy.of_role(role)
            managed = policy.aws_policies(role)
        except NotJudged as reason:
            found[who, "", False].add(f"unknown, because {reason}")
            continue
        for name in managed:
            found[who, "", False].add(f"the managed policy {name}")
        for statement in statements:
            actions = statement.actions or tuple(f"not {each}" for each in statement.not_actions)
            actions = tuple(each for each in actions if not (functions and each in COMMON))
            places = statement.resources or tuple(f"not {e}" for e in statement.not_resources)
            for text in places if actions else ():
                place = _in_words(graph, text) + _condition(statement)
                found[who, place, statement.effect == "Deny"].update(actions)
    for (who, place, denied), actions_found in found.items():
        yield Access(who, place, tuple(sorted(actions_found)), denied)


def _users(role: Resource) -> list[Resource]:
    """Return the resources that act with a role."""
    ours = (each for each in role.app.referring(role) if not each.type.startswith("AWS::IAM::"))
    return [each for each in ours if each.type not in {"AWS::KMS::Key", "AWS::ApiGateway::Account"}]


def _statements(role: Resource) -> list[Statement]:
    try:
        return policy.of_role(role)
    except NotJudged:
        return []


def _place(graph: Graph, text: str) -> str | None:
    """Return the node of a resource in a policy; one of others is a node outside the stack."""
    found = graph.app.named(text)
    if found is not None:
        return graph.node_of(found)
    fields = arn_fields(text)
    if len(fields) < 6 or fields[0] != "arn" or not fields[5].strip("*"):
        return None
    service, name = fields[2], fields[5].removesuffix("-??????")
    return graph.put(Node(f"{service} {name.partition('/index/')[0]}", outside=True))


def _part(graph: Graph, text: str) -> str:
    """Return the part of a bucket to which a permission is restricted, such as `documents/*`."""
    found = graph.app.named(text)
    if found is None or found.type != "AWS::S3::Bucket":
        return ""
    return PLACEHOLDER.sub("", text).rpartition(":")[2].lstrip("/").removesuffix("*").rstrip("/")


def _label(verbs: Mapping[str, set[str]]) -> str:
    """Return the verbs of an arrow, those about the same part of a bucket together."""
    order = {word: place for place, word in enumerate(dict.fromkeys(PREFIXES.values()))}
    by_parts: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for word in sorted(verbs, key=lambda each: (order.get(each, len(order)), each)):
        by_parts[tuple(sorted(f"{part}/" for part in verbs[word] if part))].append(word)
    return "<br/>".join(
        f"{', '.join(words)} {', '.join(parts)}".strip() for parts, words in by_parts.items()
    )


def _in_words(graph: Graph, text: str) -> str:
    """Return the resource of a statement, without the place of the stack."""
    if text == "*":
        return "every resource"
    words = graph.words(text)
    if words.startswith("arn:") and graph.app.named(text) is None:
        fields = arn_fields(words)
        return f"{fields[2]} {fields[5]}" if len(fields) == 6 else words
    # An ARN that is written with a name: only its end says which resource it is.
    return arn_fields(words)[-1] if words.startswith("arn:") else words


def _condition(statement: Statement) -> str:
    tests = []
    for operator, keys in statement.condition.items():
        for key, values in keys.items():
            if key == "kms:ViaService":
                names = sorted({value.partition(".")[0] for value in values})
                tests.append(f"through {' or '.join(names)}")
            else:
                tests.append(f"if {key} {operator} {' or '.join(values)}")
    return f", {' and '.join(tests)}" if tests else ""
