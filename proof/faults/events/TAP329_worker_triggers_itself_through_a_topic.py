"""Invoke a function through a topic for every object of the bucket that it writes to."""

import aws_cdk as cdk
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_s3_notifications as notifications
from aws_cdk import aws_sns_subscriptions as subscriptions

from proof.faults import resources
from proof.faults.tree import data_bucket, level_2, own_function

ALSO = {"TAP325"}


def fault(stack: cdk.Stack) -> lambda_.CfnFunction:
    worker = own_function(stack, "worker.handler")
    topic = resources.topic(stack, "Created")
    topic.add_subscription(subscriptions.LambdaSubscription(level_2(worker)))
    bucket = level_2(data_bucket(stack))
    destination = notifications.SnsDestination(topic)
    bucket.add_event_notification(s3.EventType.OBJECT_CREATED, destination)
    return worker
