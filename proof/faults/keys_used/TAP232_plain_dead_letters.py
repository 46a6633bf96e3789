"""Remove the key of a dead-letter queue."""

import aws_cdk as cdk
from aws_cdk import aws_sqs as sqs

from proof.faults.tree import find


def fault(stack: cdk.Stack) -> sqs.CfnQueue:
    construct = find(stack, sqs.CfnQueue)
    construct = find(stack, sqs.CfnQueue, redrive_policy=None)
    construct.kms_master_key_id = None
    return construct
