"""Match the events of a bucket that sends none to EventBridge."""

import aws_cdk as cdk
from aws_cdk import aws_s3 as s3

from proof.faults.tree import data_bucket, level_2


def fault(stack: cdk.Stack) -> s3.CfnBucket:
    bucket = data_bucket(stack)
    bucket.notification_configuration = None  # TAP330
    return bucket


def fix(stack: cdk.Stack) -> None:
    bucket = level_2(fault(stack))
    cfn_bucket = bucket.node.default_child
    cfn_bucket.notification_configuration = s3.CfnBucket.NotificationConfigurationProperty(
        event_bridge_configuration=s3.CfnBucket.EventBridgeConfigurationProperty(
            event_bridge_enabled=True
        )
    )
