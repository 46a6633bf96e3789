"""Send alarms to a topic whose policy enforces TLS and nothing else."""

import aws_cdk as cdk
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_cloudwatch_actions as actions
from aws_cdk import aws_iam as iam
from aws_cdk import aws_sns as sns

from proof.faults import resources
from proof.faults.tree import find


def fault(stack: cdk.Stack) -> sns.Topic:
    topic = resources.topic(stack, "OnCall", master_key=resources.stack_key(stack))
    find(stack, cloudwatch.Alarm).add_alarm_action(actions.SnsAction(topic))
    return topic


def fix(stack: cdk.Stack) -> None:
    topic = fault(stack)
    topic.add_to_resource_policy(
        iam.PolicyStatement(
            sid="AllowAlarms",
            principals=[iam.ServicePrincipal("cloudwatch.amazonaws.com")],
            actions=["sns:Publish"],
            resources=[topic.topic_arn],
            conditions={"StringEquals": {"aws:SourceAccount": cdk.Stack.of(topic).account}},
        )
    )


def fault_composite(stack: cdk.Stack) -> sns.Topic:
    """Send a composite alarm to a topic that CloudWatch can't publish to."""
    topic = resources.topic(stack, "OnCall", master_key=resources.stack_key(stack))
    alarm = cloudwatch.CompositeAlarm(
        stack, "Any", alarm_rule=cloudwatch.AlarmRule.any_of(find(stack, cloudwatch.Alarm))
    )
    alarm.add_alarm_action(actions.SnsAction(topic))
    return topic
