"""Encrypt a topic of alarms with a key that CloudWatch can't use."""

from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_cloudwatch_actions as actions
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_sns as sns

from proof.faults import resources
from proof.faults.tree import find, level_1


def _topic(stack: cdk.Stack, **given: Any) -> sns.Topic:
    topic = resources.topic(stack, "OnCall", **given)
    topic.add_to_resource_policy(
        iam.PolicyStatement(
            principals=[iam.ServicePrincipal("cloudwatch.amazonaws.com")],
            actions=["sns:Publish"],
            resources=[topic.topic_arn],
            conditions={"StringEquals": {"aws:SourceAccount": stack.account}},
        )
    )
    find(stack, cloudwatch.Alarm).add_alarm_action(actions.SnsAction(topic))
    return topic


def fault(stack: cdk.Stack) -> kms.Key:
    key = resources.key(stack, "OnCallKey")
    _topic(stack, master_key=key)
    return key


def fix(stack: cdk.Stack) -> None:
    key = fault(stack)
    key.add_to_resource_policy(
        iam.PolicyStatement(
            principals=[iam.ServicePrincipal("cloudwatch.amazonaws.com")],
            actions=["kms:Decrypt", "kms:GenerateDataKey*"],
            resources=["*"],
        )
    )


def fault_aws_key(stack: cdk.Stack) -> sns.Topic:
    """Encrypt a topic of alarms with the AWS-managed key."""
    return _topic(stack, master_key=kms.Alias.from_alias_name(stack, "Aws", "alias/aws/sns"))


def fix_aws_key(stack: cdk.Stack) -> None:
    key = resources.key(stack, "OnCallKey")
    key.add_to_resource_policy(
        iam.PolicyStatement(
            principals=[iam.ServicePrincipal("cloudwatch.amazonaws.com")],
            actions=["kms:Decrypt", "kms:GenerateDataKey*"],
            resources=["*"],
        )
    )
    _topic(stack, master_key=key)


def fault_l1(stack: cdk.Stack) -> sns.CfnTopic:
    """Write the alias of the AWS-managed key into an L1 topic."""
    topic: sns.CfnTopic = level_1(_topic(stack))
    topic.kms_master_key_id = "alias/aws/sns"
    return topic
