"""Add two notifications of a bucket that match the same objects."""

import aws_cdk as cdk
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_s3_notifications as notifications
from constructs import IConstruct

from proof.faults import resources
from proof.faults.tree import data_bucket, level_2

EVENTS = (("s3:ObjectCreated:*", "in/"), ("s3:ObjectCreated:Put", "in/new/"))


def fault(stack: cdk.Stack) -> s3.CfnBucket:
    prefixes = [
        s3.CfnBucket.LambdaConfigurationProperty(
            event=event,
            function="arn:of:another:function",
            filter=s3.CfnBucket.NotificationFilterProperty(
                s3_key=s3.CfnBucket.S3KeyFilterProperty(
                    rules=[s3.CfnBucket.FilterRuleProperty(name="prefix", value=prefix)]
                )
            ),
        )
        for event, prefix in EVENTS
    ]
    bucket = data_bucket(stack)
    bucket.notification_configuration = s3.CfnBucket.NotificationConfigurationProperty(
        event_bridge_configuration=s3.CfnBucket.EventBridgeConfigurationProperty(
            event_bridge_enabled=True
        ),
        lambda_configurations=prefixes,
    )
    return bucket


def fault_helper(
    stack: cdk.Stack, key_filter: s3.NotificationKeyFilter | None = None
) -> IConstruct:
    """Add two overlapping notifications with the helper of the CDK."""
    bucket: s3.Bucket = level_2(data_bucket(stack))
    for name, event, keys in (
        ("News", s3.EventType.OBJECT_CREATED, s3.NotificationKeyFilter(prefix="in/")),
        ("Puts", s3.EventType.OBJECT_CREATED_PUT, s3.NotificationKeyFilter(prefix="in/new/")),
    ):
        topic = resources.topic(stack, name)
        chosen = key_filter if key_filter and name == "Puts" else keys
        bucket.add_event_notification(event, notifications.SnsDestination(topic), chosen)
    return next(each for each in stack.node.find_all() if each.node.id == "Notifications")


def fix_helper(stack: cdk.Stack) -> None:
    fault_helper(
        stack,
        s3.NotificationKeyFilter(prefix="incoming/"),
    )
