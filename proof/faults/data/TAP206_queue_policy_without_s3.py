"""Let S3 notify a queue whose policy does not allow it."""

import aws_cdk as cdk
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_sqs as sqs

from proof.faults import resources
from proof.faults.tree import data_bucket


def fault(stack: cdk.Stack) -> sqs.Queue:
    queue = resources.queue(stack, "Removed")
    removed = s3.CfnBucket.QueueConfigurationProperty(
        event="s3:ObjectRemoved:*", queue=queue.queue_arn
    )
    data_bucket(stack).notification_configuration = s3.CfnBucket.NotificationConfigurationProperty(
        event_bridge_configuration=s3.CfnBucket.EventBridgeConfigurationProperty(
            event_bridge_enabled=True
        ),
        queue_configurations=[removed],  # TAP206
    )
    return queue
