"""Find constructs of a built app by type, and change the properties of their L1 resources.

Nothing here depends on the classes and construct ids of the project.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, TypeVar

import aws_cdk as cdk
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_sns as sns
from constructs import Construct, IConstruct

Kind = TypeVar("Kind", bound=Construct)
Statement = dict[str, Any]


def find_all(stack: cdk.Stack, kind: type[Kind], **properties: object) -> Iterator[Kind]:
    """Yield the constructs of a type whose properties have these values."""
    for construct in stack.node.find_all():
        if isinstance(construct, kind) and all(
            stack.resolve(getattr(construct, name)) == value for name, value in properties.items()
        ):
            yield construct


def find(stack: cdk.Stack, kind: type[Kind], **properties: object) -> Kind:
    """Return the first construct of a type whose properties have these values.

    Raises:
        LookupError: there is none.
    """
    for construct in find_all(stack, kind, **properties):
        return construct
    raise LookupError(f"{stack.node.path} has no {kind.__name__} with {properties or 'any value'}")


def app_of(stack: cdk.Stack) -> cdk.App:
    """Return the app of a stack."""
    root = stack.node.root
    if not isinstance(root, cdk.App):
        raise TypeError(f"the root of {stack.node.path} is {root!r}")
    return root


def child(stack: cdk.Stack, name: str, kind: type[Kind]) -> Kind:
    """Return the construct with this type and id that a fault added.

    Raises:
        TypeError: it has another type.
    """
    construct = stack.node.find_child(name)
    if not isinstance(construct, kind):
        raise TypeError(f"{construct.node.path} is no {kind.__name__}")
    return construct


def watch_something_else(alarm: cloudwatch.CfnAlarm) -> None:
    """Let an alarm watch a business metric; dashboards keep theirs."""
    alarm.metrics, alarm.dimensions, alarm.extended_statistic = None, None, None
    alarm.namespace, alarm.metric_name = "Shop", "Orders"
    alarm.period, alarm.statistic = 300, "Sum"


def remove(construct: IConstruct) -> None:
    """Remove a construct from the tree."""
    scope = construct.node.scope
    if scope is None or not scope.node.try_remove_child(construct.node.id):
        raise LookupError(f"{construct.node.path} can't be removed")


def own_function(stack: cdk.Stack, handler: str) -> lambda_.CfnFunction:
    """Return the function with a handler, such as `api.handler`."""
    return find(stack, lambda_.CfnFunction, handler=handler)


def level_2(resource: cdk.CfnResource) -> Any:
    """Return the L2 construct of a resource."""
    return resource.node.scope


def data_bucket(stack: cdk.Stack) -> s3.CfnBucket:
    """Return the bucket with request metrics."""
    return next(
        each for each in find_all(stack, s3.CfnBucket) if stack.resolve(each.metrics_configurations)
    )


def log_bucket(stack: cdk.Stack) -> s3.CfnBucket:
    """Return the bucket that receives the access logs of the others."""
    return find(stack, s3.CfnBucket, logging_configuration=None)


def alarm_topic(stack: cdk.Stack) -> sns.Topic:
    """Return a topic of alarms."""
    return find(stack, sns.Topic)


def named(stack: cdk.Stack, reference: object, kind: type[Kind]) -> Kind:
    """Return the resource that a Ref or GetAtt in a property names."""
    target = stack.resolve(reference)
    name = target["Ref"] if "Ref" in target else target["Fn::GetAtt"][0]
    return next(
        each
        for each in find_all(stack, kind)
        if isinstance(each, cdk.CfnResource) and stack.resolve(each.logical_id) == name
    )


def role_of(function: lambda_.CfnFunction | lambda_.Function) -> iam.Role:
    """Return the role of a function, to which statements can be added."""
    resource = function if isinstance(function, lambda_.CfnFunction) else level_1(function)
    role: iam.Role = level_2(named(cdk.Stack.of(function), resource.role, iam.CfnRole))
    return role


def level_1(construct: Construct) -> Any:
    """Return the CloudFormation resource of an L2 construct."""
    return construct.node.default_child


def drop_statements(
    resource: Any, unwanted: Callable[[Statement], bool], *, policy: str = "policy_document"
) -> None:
    """Remove the statements of a resource's policy that meet a condition.

    Raises:
        LookupError: there is none.
    """
    document = resource.stack.resolve(getattr(resource, policy))
    kept = [each for each in document["Statement"] if not unwanted(each)]
    if len(kept) == len(document["Statement"]):
        raise LookupError(f"{resource.node.path} has no such statement")
    setattr(resource, policy, {**document, "Statement": kept})


def for_service(principal: str) -> Callable[[Statement], bool]:
    """Return whether a statement is for a service whose name has this prefix."""

    def about(statement: Statement) -> bool:
        who = statement.get("Principal")
        return isinstance(who, dict) and str(who.get("Service", "")).startswith(principal)

    return about
