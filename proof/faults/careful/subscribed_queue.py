"""A queue that is subscribed to a topic."""

import aws_cdk as cdk
from aws_cdk import aws_sns_subscriptions as subscriptions

from proof.faults import resources


def change(stack: cdk.Stack) -> None:
    queue = resources.queue(stack, "Subscriber")
    resources.topic(stack, "News").add_subscription(subscriptions.SqsSubscription(queue))
