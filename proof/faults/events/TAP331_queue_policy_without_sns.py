"""Subscribe a queue whose policy does not allow SNS."""

import aws_cdk as cdk
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sns_subscriptions as subscriptions
from aws_cdk import aws_sqs as sqs

from proof.faults import resources


def _queue(stack: cdk.Stack) -> sqs.Queue:
    key = resources.key(stack, "NewsKey")
    return resources.queue(
        stack, "Subscriber", encryption=sqs.QueueEncryption.KMS, encryption_master_key=key
    )


def fault(stack: cdk.Stack) -> sqs.Queue:
    queue, topic = _queue(stack), resources.topic(stack, "News")
    sns.CfnSubscription(
        stack, "Subscribed", protocol="sqs", topic_arn=topic.topic_arn, endpoint=queue.queue_arn
    )
    return queue


def fix(stack: cdk.Stack) -> None:
    queue, topic = _queue(stack), resources.topic(stack, "News")
    topic.add_subscription(subscriptions.SqsSubscription(queue))
