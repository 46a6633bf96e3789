"""Process ten thousand messages in one run."""

import aws_cdk as cdk
from aws_cdk import aws_lambda as lambda_

from proof.faults.tree import find


def fault(stack: cdk.Stack) -> lambda_.CfnEventSourceMapping:
    construct = find(stack, lambda_.CfnEventSourceMapping)
    construct.batch_size = 10_000
    construct.maximum_batching_window_in_seconds = 60
    return construct
