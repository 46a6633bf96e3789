"""A queue with its own key."""

import aws_cdk as cdk
from aws_cdk import aws_sqs as sqs

from proof.faults import resources


def change(stack: cdk.Stack) -> None:
    key = resources.key(stack, "OwnKey")
    encryption = sqs.QueueEncryption.KMS
    resources.queue(stack, "Own", encryption=encryption, encryption_master_key=key)
