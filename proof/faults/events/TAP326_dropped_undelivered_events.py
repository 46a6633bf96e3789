"""Add a rule that drops undelivered events."""

from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_events as events
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_sqs as sqs

from proof.faults import resources
from proof.faults.tree import drop_statements, find, find_all, for_service, level_1

HEALTH = {"source": ["aws.health"]}


def _read_queue(stack: cdk.Stack) -> sqs.Queue:
    """Return the queue that the worker reads."""
    return next(
        each for each in find_all(stack, sqs.Queue) if stack.resolve(level_1(each).redrive_policy)
    )


def _rule(stack: cdk.Stack, queue: sqs.IQueue, **given: Any) -> events.CfnRule:
    rule = events.CfnRule(
        stack,
        "Health",
        event_pattern=HEALTH,
        targets=[events.CfnRule.TargetProperty(arn=queue.queue_arn, id="Queue", **given)],
    )
    if given:
        lost = cloudwatch.Metric(
            namespace="AWS/Events",
            metric_name="InvocationsFailedToBeSentToDlq",
            dimensions_map={"RuleName": rule.ref},
            statistic="Sum",
        )
        resources.alarm(stack, "HealthLost", lost)
    return rule


def _let_in(queue: sqs.Queue, rule: events.CfnRule) -> None:
    queue.add_to_resource_policy(
        iam.PolicyStatement(
            principals=[iam.ServicePrincipal("events.amazonaws.com")],
            actions=["sqs:SendMessage"],
            resources=[queue.queue_arn],
            conditions={"ArnEquals": {"aws:SourceArn": rule.attr_arn}},
        )
    )


def fault(stack: cdk.Stack, **fixed: Any) -> events.CfnRule:
    queue = _read_queue(stack)
    rule = _rule(stack, queue, **fixed)
    _let_in(queue, rule)
    return rule


def fix(stack: cdk.Stack) -> None:
    dead_letters = resources.queue(stack, "Undelivered")
    rule = fault(
        stack,
        dead_letter_config=events.CfnRule.DeadLetterConfigProperty(arn=dead_letters.queue_arn),
    )
    _let_in(dead_letters, rule)


def fault_policy(stack: cdk.Stack) -> sqs.Queue:
    """Add a rule to a queue whose policy does not allow it."""
    queue = resources.queue(stack, "Jobs")
    _rule(stack, queue)
    return queue


def fix_policy(stack: cdk.Stack) -> None:
    queue, rule = fault_policy(stack), find(stack, events.CfnRule, event_pattern=HEALTH)
    queue.add_to_resource_policy(
        iam.PolicyStatement(
            principals=[iam.ServicePrincipal("events.amazonaws.com")],
            actions=["sqs:SendMessage"],
            resources=[queue.queue_arn],
            conditions={"ArnEquals": {"aws:SourceArn": rule.attr_arn}},
        )
    )


def fault_key(stack: cdk.Stack) -> kms.CfnKey:
    """Do not let EventBridge use the key of the queue that it sends to."""
    key = find(stack, kms.CfnKey)
    drop_statements(key, for_service("events"), policy="key_policy")
    return key


def fault_own_key(stack: cdk.Stack) -> kms.Key:
    """Add a rule to a queue whose dedicated key does not allow it."""
    key = resources.key(stack, "JobsKey")
    queue = resources.queue(
        stack, "Jobs", encryption=sqs.QueueEncryption.KMS, encryption_master_key=key
    )
    _let_in(queue, _rule(stack, queue))
    return key


def fix_own_key(stack: cdk.Stack) -> None:
    key = fault_own_key(stack)
    key.add_to_resource_policy(
        iam.PolicyStatement(
            principals=[iam.ServicePrincipal("events.amazonaws.com")],
            actions=["kms:Decrypt", "kms:GenerateDataKey"],
            resources=["*"],
        )
    )
