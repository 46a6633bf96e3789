"""Remove the subscription of a topic in production."""

import aws_cdk as cdk
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sns_subscriptions as subscriptions

from proof.faults.tree import alarm_topic, find, level_2, remove


def fault(stack: cdk.Stack) -> sns.Topic | None:
    if not stack.termination_protection:
        return None
    remove(level_2(find(stack, sns.CfnSubscription)))
    return alarm_topic(stack)


def fix(stack: cdk.Stack) -> None:
    topic = fault(stack)
    if topic is not None:
        topic.add_subscription(subscriptions.EmailSubscription("on-call@example.com"))
