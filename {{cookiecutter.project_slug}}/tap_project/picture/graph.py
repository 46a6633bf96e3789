"""The resources of one environment that a picture shows, and the arrows between them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from tap_guardrails.model import OWN_FUNCTION, PLACEHOLDER, App, Resource, Template

FUNCTION = "AWS::Lambda::Function"


@dataclass(frozen=True)
class Kind:
    """How a type of resource is named and drawn.

    Args:
        words: what the type is called, such as `queue`.
        shape: the brackets around a label in Mermaid, with `{}` between them.
    """

    words: str
    shape: str = "[{}]"


KINDS: Mapping[str, Kind] = {
    "AWS::ApiGateway::DomainName": Kind("domain name", "([{}])"),
    "AWS::ApiGateway::RestApi": Kind("REST API", "([{}])"),
    "AWS::ApiGatewayV2::Api": Kind("HTTP API", "([{}])"),
    "AWS::ApiGatewayV2::DomainName": Kind("domain name", "([{}])"),
    "AWS::AppSync::GraphQLApi": Kind("GraphQL API", "([{}])"),
    "AWS::Budgets::Budget": Kind("budget"),
    "AWS::CloudFront::Distribution": Kind("distribution", "([{}])"),
    "AWS::CloudTrail::Trail": Kind("trail"),
    "AWS::Cognito::UserPool": Kind("user pool", "[({})]"),
    "AWS::DynamoDB::Table": Kind("table", "[({})]"),
    "AWS::ECS::Service": Kind("container service"),
    "AWS::EFS::FileSystem": Kind("file system", "[({})]"),
    "AWS::ElasticLoadBalancingV2::LoadBalancer": Kind("load balancer", "([{}])"),
    "AWS::Events::EventBus": Kind("event bus", "[[{}]]"),
    "AWS::Events::Rule": Kind("event rule"),
    "AWS::Kinesis::Stream": Kind("stream", "[[{}]]"),
    FUNCTION: Kind("function"),
    "AWS::Pipes::Pipe": Kind("pipe"),
    "AWS::RDS::DBCluster": Kind("database", "[({})]"),
    "AWS::RDS::DBInstance": Kind("database", "[({})]"),
    "AWS::S3::Bucket": Kind("bucket", "[({})]"),
    "AWS::SNS::Topic": Kind("topic", "[[{}]]"),
    "AWS::SQS::Queue": Kind("queue", "[[{}]]"),
    "AWS::SSM::Parameter": Kind("parameter", "[({})]"),
    "AWS::Scheduler::Schedule": Kind("schedule"),
    "AWS::SecretsManager::Secret": Kind("secret", "[({})]"),
    "AWS::StepFunctions::StateMachine": Kind("state machine"),
    "AWS::WAFv2::WebACL": Kind("web ACL", "([{}])"),
}
OUTSIDE = Kind("", "([{}])")
"""What is outside the stack: callers, subscribers, resources of others."""
ALARMS = "alarms of "
"""The start of the path of all alarms that send to one topic: they are one node."""


@dataclass(frozen=True, order=True)
class Node:
    """A box of the picture.

    Args:
        path: the construct path within the stack, such as `Worker/Queue`; unique.
        note: a second line of the label.
        kind: the type of resource.
        outside: whether it is outside the stack.
    """

    path: str
    note: str = ""
    kind: Kind = field(default=OUTSIDE, compare=False)
    outside: bool = False


@dataclass(frozen=True, order=True)
class Arrow:
    """An arrow between the paths of two nodes: a permission of the first, or an event from it."""

    source: str
    target: str
    label: str
    event: bool


class Graph:
    """The nodes and arrows of one environment.

    Args:
        app: the assembly.
        environment: the value of the stack's tag Environment.
    """

    def __init__(self, app: App, environment: str) -> None:
        self.app, self.environment = app, environment
        self.templates: list[Template] = [
            each for each in app.templates if each.tags.get("Environment") == environment
        ]
        self.nodes: dict[str, Node] = {}
        self.arrows: set[Arrow] = set()
        self._names: dict[str, str] = {}
        helpers = {each.key for each in app.resources(FUNCTION)} - {
            each.key for each in app.resources(OWN_FUNCTION)
        }
        for resource in self.resources(*KINDS):
            if resource.key not in helpers:
                self._names[resource.key] = path_of(resource)
                self.put(Node(path_of(resource), _note(resource), kind=_kind(resource)))

    def resources(self, *types: str) -> list[Resource]:
        """Return the resources of these types in this environment, in the order of their paths."""
        found = [each for each in self.app.resources(*types) if each.template in self.templates]
        return sorted(found, key=lambda each: each.path)

    def put(self, node: Node) -> str:
        """Add a node, unless it is there, and return its path."""
        self.nodes.setdefault(node.path, node)
        return node.path

    def leave_out(self, resource: Resource) -> None:
        """Remove the node of a resource; it gets no arrows afterwards."""
        self.nodes.pop(self._names.pop(resource.key, ""), None)

    def node_of(self, resource: Resource | None) -> str | None:
        """Return the path of a resource's node, if it is in the picture."""
        return self._names.get(resource.key) if resource is not None else None

    def connect(
        self, source: str | None, target: str | None, label: str = "", *, event: bool = True
    ) -> None:
        """Add an arrow, if both ends are in the picture."""
        if source is not None and target is not None and source != target:
            self.arrows.add(Arrow(source, target, label, event))

    def words(self, text: str) -> str:
        """Return a text with paths instead of references."""

        def path(match: re.Match[str]) -> str:
            found = self.app.named(match[0])
            return path_of(found) if found is not None else match[0]

        return PLACEHOLDER.sub(path, text)


def path_of(resource: Resource) -> str:
    """Return the construct path within the stack; `Api/Function` for its part `Function`."""
    path = resource.app.relative(resource.path, resource.template)
    path = path.removeprefix(f"{resource.template.name}/")
    path = path.removesuffix("/Resource").removesuffix("/Default")
    parts = path.split("/")
    return "/".join(parts[:-1] if len(parts) > 1 and parts[-1] == parts[-2] else parts)


def _note(resource: Resource) -> str:
    if resource.type == FUNCTION:
        return "in the VPC" if "VpcConfig" in resource.properties else ""
    return schedule(resource)


def _kind(resource: Resource) -> Kind:
    if resource.type == "AWS::Events::Rule" and schedule(resource):
        return KINDS["AWS::Scheduler::Schedule"]
    if resource.properties.get("ProtocolType") == "WEBSOCKET":
        return Kind("WebSocket API", KINDS[resource.type].shape)
    return KINDS[resource.type]


def schedule(resource: Resource) -> str:
    """Return a schedule's expression, such as `rate(1 day)`, or ''."""
    value = resource.properties.get("ScheduleExpression")
    return value if isinstance(value, str) else ""
