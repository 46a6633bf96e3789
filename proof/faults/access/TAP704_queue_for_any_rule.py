"""Let EventBridge send messages to a queue for rules of any account."""

from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_events as events
from aws_cdk import aws_iam as iam
from aws_cdk import aws_sqs as sqs

from proof.faults import resources

EVENTS = iam.ServicePrincipal("events.amazonaws.com")
S3 = iam.ServicePrincipal("s3.amazonaws.com")


def _queue(stack: cdk.Stack) -> sqs.Queue:
    return resources.queue(stack, "Jobs")


def _admit(queue: sqs.Queue, service: iam.ServicePrincipal, **given: Any) -> sqs.Queue:
    statement = resources.allow("sqs:SendMessage", on=queue.queue_arn)
    statement.add_principals(service)
    for operator, tests in given.get("conditions", {}).items():
        statement.add_condition(operator, tests)
    queue.add_to_resource_policy(statement)
    return queue


def fault(stack: cdk.Stack) -> sqs.Queue:
    return _admit(_queue(stack), EVENTS)


def fix(stack: cdk.Stack) -> None:
    queue = _queue(stack)
    target = events.CfnRule.TargetProperty(arn=queue.queue_arn, id="Jobs")
    orders = events.CfnRule(stack, "Orders", event_pattern={"source": ["orders"]}, targets=[target])
    rule = events.Rule.from_event_rule_arn(stack, "Rule", orders.attr_arn)
    _admit(queue, EVENTS, conditions={"ArnEquals": {"aws:SourceArn": rule.rule_arn}})


def fault_bucket(stack: cdk.Stack) -> sqs.Queue:
    """Let S3 send messages to a queue for buckets of any account."""
    return _admit(_queue(stack), S3)


def fix_bucket(stack: cdk.Stack) -> None:
    queue = _queue(stack)
    _admit(
        queue, S3, conditions={"StringEquals": {"aws:SourceAccount": cdk.Stack.of(queue).account}}
    )
