"""A nested stack with a queue."""

import aws_cdk as cdk
from aws_cdk import aws_sqs as sqs

from proof.faults import resources


def change(stack: cdk.Stack) -> None:
    nested = cdk.NestedStack(stack, "Nested")
    queue = sqs.Queue(nested, "Queue", enforce_ssl=True)
    age = queue.metric_approximate_age_of_oldest_message()
    resources.alarm(stack, "NestedAge", age, threshold=900)
    resources.output(stack, "NestedQueue", queue.queue_arn)
