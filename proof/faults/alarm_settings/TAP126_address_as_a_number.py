"""Subscribe an address as a phone number."""

import aws_cdk as cdk
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sns_subscriptions as subscriptions

from proof.faults import resources


def _topic(stack: cdk.Stack) -> sns.Topic:
    return resources.topic(stack, "News")


def fault(stack: cdk.Stack) -> sns.Subscription:
    return sns.Subscription(
        stack,
        "Phone",
        endpoint="on-call@example.com",
        protocol=sns.SubscriptionProtocol.SMS,
        topic=_topic(stack),
    )


def fix(stack: cdk.Stack) -> None:
    topic = _topic(stack)
    topic.add_subscription(subscriptions.EmailSubscription("on-call@example.com"))
