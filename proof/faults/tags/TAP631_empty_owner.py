"""Leave the owner's tag empty."""

import aws_cdk as cdk
from aws_cdk import aws_sqs as sqs

from proof.faults import resources


def fault(stack: cdk.Stack) -> sqs.Queue:
    queue = resources.queue(stack, "Jobs")
    cdk.Tags.of(queue).add("Owner", "")
    return queue
