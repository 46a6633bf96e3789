"""Mistype the address that receives the alarms."""

import aws_cdk as cdk
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sns_subscriptions as subscriptions

from proof.faults import resources
from proof.faults.tree import find_all


def fault(
    stack: cdk.Stack, subscription: sns.ITopicSubscription | None = None
) -> sns.CfnSubscription:
    mistyped = subscriptions.EmailSubscription("second-line@example")
    topic = resources.topic(stack, "OnCall")
    topic.add_subscription(subscription or mistyped)
    return next(find_all(stack, sns.CfnSubscription, topic_arn=stack.resolve(topic.topic_arn)))


def fix(stack: cdk.Stack) -> None:
    fault(stack, subscriptions.EmailSubscription("on-call@example.com"))
