"""Send the events of a bucket to the queue of the worker that writes to the bucket."""

import aws_cdk as cdk
from aws_cdk import aws_events as events
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_sqs as sqs

from proof.faults.tree import data_bucket, find, named, own_function

ANSWERS = {"api": "http", "worker": "sqs", "billing_mode": "provisioned", "network": "nat"}
ALSO = {"TAP326"}


def fault(stack: cdk.Stack) -> lambda_.CfnFunction:
    bucket, mapping = data_bucket(stack), find(stack, lambda_.CfnEventSourceMapping)
    bucket.notification_configuration = s3.CfnBucket.NotificationConfigurationProperty(
        event_bridge_configuration=s3.CfnBucket.EventBridgeConfigurationProperty(
            event_bridge_enabled=True
        )
    )
    queue = named(stack, mapping.event_source_arn, sqs.CfnQueue)
    events.CfnRule(
        stack,
        "Created",
        event_pattern={"source": ["aws.s3"], "detail": {"bucket": {"name": [bucket.ref]}}},
        targets=[events.CfnRule.TargetProperty(arn=queue.attr_arn, id="Queue")],
    )
    return own_function(stack, "worker.handler")
