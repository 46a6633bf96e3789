"""The arrows of events: what starts a resource, and where its messages and records go."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tap_guardrails.calls import destinations
from tap_guardrails.model import Resource
from tap_guardrails.notifications import CUSTOM, notifications
from tap_guardrails.references import strings
from tap_guardrails.values import NotJudged
from tap_project.picture.graph import ALARMS, FUNCTION, Graph, Node

QUEUE, TABLE, BUCKET, TOPIC = (
    "AWS::SQS::Queue",
    "AWS::DynamoDB::Table",
    "AWS::S3::Bucket",
    "AWS::SNS::Topic",
)
REST, HTTP = "AWS::ApiGateway::RestApi", "AWS::ApiGatewayV2::Api"
# The events of a source that Lambda polls.
POLLED = {QUEUE: "messages", TABLE: "changes", "AWS::Kinesis::Stream": "records"}
# How an API admits callers, by the authorization type of its routes.
CALLERS = {
    "AWS_IAM": "callers with AWS credentials",
    "COGNITO_USER_POOLS": "signed-in users",
    "CUSTOM": "authorized callers",
    "JWT": "signed-in users",
    "NONE": "anyone",
}
PEOPLE = {"email": "e-mail", "email-json": "e-mail", "sms": "text messages"}


def draw(graph: Graph) -> None:
    """Add the arrows of all events to a graph.

    A value that only CloudFormation knows leaves an arrow out; it is in no template.
    """
    for kind, read in READERS:
        for resource in graph.resources(kind):
            try:
                read(graph, resource)
            except NotJudged:
                continue


def _polled(graph: Graph, mapping: Resource) -> None:
    source, function = mapping.target("EventSourceArn"), mapping.target("FunctionName")
    label = POLLED.get(source.type, "events") if source else ""
    graph.connect(graph.node_of(source), graph.node_of(function), label)


def _failures(graph: Graph, function: Resource) -> None:
    for place, _ in destinations(function):
        graph.connect(graph.node_of(function), graph.node_of(place), "failures")


def _dead_letters(graph: Graph, queue: Resource) -> None:
    policy = queue.get("RedrivePolicy")
    if isinstance(policy, dict):
        target = queue.target("RedrivePolicy", "deadLetterTargetArn")
        label = f"after {policy.get('maxReceiveCount')} receives"
        graph.connect(graph.node_of(queue), graph.node_of(target), label)


def _rule(graph: Graph, rule: Resource) -> None:
    node = graph.node_of(rule)
    bus = rule.target("EventBusName")
    pattern = rule.get("EventPattern") or {}
    types = pattern.get("detail-type") or []
    label = ", ".join(each for each in types if isinstance(each, str)) or "events"
    sources = {graph.node_of(graph.app.named(text)) for text in strings(rule.template, pattern)}
    sources = {each for each in sources if each} or {graph.node_of(bus)} - {None}
    services = [each for each in pattern.get("source") or [] if isinstance(each, str)]
    if not sources and services:
        sources = {graph.put(Node(f"events of {each}", outside=True)) for each in services}
    for each in sources:
        graph.connect(each, node, label)
    for target in rule.items("Targets"):
        place = graph.app.named(rule.template.text(target.get("Arn")))
        graph.connect(node, graph.node_of(place))
        failed = (target.get("DeadLetterConfig") or {}).get("Arn")
        place = graph.app.named(rule.template.text(failed))
        graph.connect(node, graph.node_of(place), "undelivered")


def _schedule(graph: Graph, schedule: Resource) -> None:
    node = graph.node_of(schedule)
    graph.connect(node, graph.node_of(schedule.target("Target", "Arn")))
    failed = schedule.target("Target", "DeadLetterConfig", "Arn")
    graph.connect(node, graph.node_of(failed), "undelivered")


def _pipe(graph: Graph, pipe: Resource) -> None:
    node = graph.node_of(pipe)
    graph.connect(graph.node_of(pipe.target("Source")), node, "events")
    graph.connect(node, graph.node_of(pipe.target("Target")))


def _bus(graph: Graph, bus: Resource) -> None:
    failed = bus.target("DeadLetterConfig", "Arn")
    graph.connect(graph.node_of(bus), graph.node_of(failed), "undelivered")


def _subscription(graph: Graph, subscription: Resource) -> None:
    topic = graph.node_of(subscription.target("TopicArn"))
    protocol = str(subscription.plain("Protocol"))
    if protocol in PEOPLE:
        target: str | None = graph.put(Node(PEOPLE[protocol], outside=True))
    else:
        target = graph.node_of(subscription.target("Endpoint"))
    graph.connect(topic, target, "messages")
    failed = subscription.target("RedrivePolicy", "deadLetterTargetArn")
    graph.connect(topic, graph.node_of(failed), "undelivered")


def _notified(graph: Graph, resource: Resource) -> None:
    for each in notifications(resource):
        graph.connect(graph.node_of(each.bucket), graph.node_of(each.target), "object events")


def _log_bucket(graph: Graph, bucket: Resource) -> None:
    """Leave out a bucket for access logs: almost every other bucket would have an arrow to it."""
    logs = bucket.target("LoggingConfiguration", "DestinationBucketName")
    if logs is not None and logs.key != bucket.key:
        graph.leave_out(logs)


def _trail(graph: Graph, trail: Resource) -> None:
    node = graph.node_of(trail)
    for property_name in ("EventSelectors", "AdvancedEventSelectors"):
        for text in strings(trail.template, trail.items(property_name)):
            graph.connect(graph.node_of(graph.app.named(text)), node, "data events")
    graph.connect(node, graph.node_of(trail.target("S3BucketName")), "records")


def _alarm(graph: Graph, alarm: Resource) -> None:
    for topic in alarm.targets("AlarmActions"):
        place = graph.node_of(topic)
        if place is not None:
            graph.connect(graph.put(Node(f"{ALARMS}{place}")), place)


def _budget(graph: Graph, budget: Resource) -> None:
    for text in strings(budget.template, budget.items("NotificationsWithSubscribers")):
        place = graph.node_of(graph.app.named(text))
        graph.connect(graph.node_of(budget), place, "limits reached")


def _rotation(graph: Graph, rotation: Resource) -> None:
    secret, function = rotation.target("SecretId"), rotation.target("RotationLambdaARN")
    graph.connect(graph.node_of(secret), graph.node_of(function), "rotation")


def _invoked(graph: Graph, permission: Resource) -> None:
    """Add the source of an invocation that no other property shows, such as an API."""
    source = graph.node_of(graph.app.named(permission.text("SourceArn")))
    function = graph.node_of(permission.target("FunctionName"))
    ends = {(each.source, each.target) for each in graph.arrows}
    if (source, function) not in ends:
        graph.connect(source, function, "invokes", event=False)


def _routes(api: str, method: str) -> Callable[[Graph, Resource], None]:
    def read(graph: Graph, route: Resource) -> None:
        place = graph.node_of(route.target(api))
        name = str(route.plain(method, default="")).partition(" ")[0]
        if (
            place is not None and name != "OPTIONS"
        ):  # of browsers, which send no credentials with it
            how = str(route.plain("AuthorizationType", default="NONE"))
            caller = graph.put(Node(CALLERS.get(how, "callers"), outside=True))
            graph.connect(caller, place, "requests")

    return read


def _callers(graph: Graph, api: Resource) -> None:
    """Add the callers of an API without resources for its routes, such as one with a definition."""
    node = graph.node_of(api)
    if not any(each.target == node and each.label == "requests" for each in graph.arrows):
        graph.connect(graph.put(Node("callers", outside=True)), node, "requests")


def _authorizer(graph: Graph, authorizer: Resource) -> None:
    api = authorizer.target("RestApiId") or authorizer.target("ApiId")
    texts = [
        *strings(authorizer.template, authorizer.get("ProviderARNs")),
        *strings(authorizer.template, authorizer.get("JwtConfiguration")),
        *strings(authorizer.template, authorizer.get("AuthorizerUri")),
    ]
    for text in texts:
        place = graph.app.named(text)
        label = "authorizes" if place is not None and place.type == FUNCTION else "tokens"
        graph.connect(graph.node_of(place), graph.node_of(api), label)


def _filtered(graph: Graph, association: Resource) -> None:
    place = graph.node_of(association.target("ResourceArn"))
    graph.connect(graph.node_of(association.target("WebACLArn")), place, "admitted requests")


def _mapped(api: str) -> Callable[[Graph, Resource], None]:
    def read(graph: Graph, mapping: Resource) -> None:
        domain = graph.node_of(mapping.target("DomainName"))
        graph.connect(domain, graph.node_of(mapping.target(api)), "requests")

    return read


Reader = Callable[[Graph, Resource], Any]
# Log buckets come first. The permissions of invocations come last: they add the sources that no
# other property shows.
READERS: tuple[tuple[str, Reader], ...] = (
    (BUCKET, _log_bucket),
    ("AWS::Lambda::EventSourceMapping", _polled),
    (FUNCTION, _failures),
    (QUEUE, _dead_letters),
    ("AWS::Events::EventBus", _bus),
    ("AWS::Events::Rule", _rule),
    ("AWS::Scheduler::Schedule", _schedule),
    ("AWS::Pipes::Pipe", _pipe),
    ("AWS::SNS::Subscription", _subscription),
    (BUCKET, _notified),
    (CUSTOM, _notified),
    ("AWS::CloudTrail::Trail", _trail),
    ("AWS::CloudWatch::Alarm", _alarm),
    ("AWS::CloudWatch::CompositeAlarm", _alarm),
    ("AWS::Budgets::Budget", _budget),
    ("AWS::SecretsManager::RotationSchedule", _rotation),
    ("AWS::ApiGateway::Method", _routes("RestApiId", "HttpMethod")),
    ("AWS::ApiGatewayV2::Route", _routes("ApiId", "RouteKey")),
    (REST, _callers),
    (HTTP, _callers),
    ("AWS::ApiGateway::Authorizer", _authorizer),
    ("AWS::ApiGatewayV2::Authorizer", _authorizer),
    ("AWS::WAFv2::WebACLAssociation", _filtered),
    ("AWS::ApiGateway::BasePathMapping", _mapped("RestApiId")),
    ("AWS::ApiGatewayV2::ApiMapping", _mapped("ApiId")),
    ("AWS::Lambda::Permission", _invoked),
)
