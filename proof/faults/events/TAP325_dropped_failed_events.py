"""Invoke a function from a topic without a destination for failed messages."""

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_lambda_destinations as destinations
from aws_cdk import aws_sns_subscriptions as subscriptions

from proof.faults import resources
from proof.faults.tree import role_of


def fault(stack: cdk.Stack) -> lambda_.Function:
    function = resources.function(stack, "Report")
    topic = resources.topic(stack, "News")
    topic.add_subscription(subscriptions.LambdaSubscription(function))
    return function


def fix(stack: cdk.Stack) -> None:
    function, queue = fault(stack), resources.queue(stack, "Failed")
    function.configure_async_invoke(on_failure=destinations.SqsDestination(queue))
    role_of(function).add_to_policy(
        iam.PolicyStatement(actions=["sqs:SendMessage"], resources=[queue.queue_arn])
    )
    lost = function.metric("DestinationDeliveryFailures", statistic="Sum")
    resources.alarm(stack, "FailuresLost", lost)
