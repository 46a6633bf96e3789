"""Examples of the rules on the use of keys."""

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_logs as logs
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_sqs as sqs


def tap231_bad(stack: cdk.Stack) -> None:
    key = kms.Key(stack, "Key")
    key.add_to_resource_policy(
        iam.PolicyStatement(
            principals=[iam.ServicePrincipal(f"logs.{stack.region}.amazonaws.com")],
            actions=["kms:Decrypt*", "kms:Encrypt*", "kms:GenerateDataKey*"],
            resources=["*"],
        )
    )
    logs.LogGroup(stack, "Audit")


def tap231_good(stack: cdk.Stack) -> None:
    key = kms.Key(stack, "Key")
    key.add_to_resource_policy(
        iam.PolicyStatement(
            principals=[iam.ServicePrincipal(f"logs.{stack.region}.amazonaws.com")],
            actions=["kms:Decrypt*", "kms:Encrypt*", "kms:GenerateDataKey*"],
            resources=["*"],
        )
    )
    logs.LogGroup(stack, "Audit", encryption_key=key)


def tap232_bad(stack: cdk.Stack) -> None:
    key = kms.Key(stack, "Key")
    dead_letters = sqs.Queue(stack, "DeadLetters")
    sqs.Queue(
        stack,
        "Orders",
        dead_letter_queue=sqs.DeadLetterQueue(max_receive_count=5, queue=dead_letters),
        encryption_master_key=key,
    )


def tap232_good(stack: cdk.Stack) -> None:
    key = kms.Key(stack, "Key")
    dead_letters = sqs.Queue(stack, "DeadLetters", encryption_master_key=key)
    sqs.Queue(
        stack,
        "Orders",
        dead_letter_queue=sqs.DeadLetterQueue(max_receive_count=5, queue=dead_letters),
        encryption_master_key=key,
    )


def tap233_bad(stack: cdk.Stack) -> None:
    kms.Key(stack, "Key")
    s3.Bucket(stack, "Uploads", encryption=s3.BucketEncryption.KMS_MANAGED)


def tap233_good(stack: cdk.Stack) -> None:
    key = kms.Key(stack, "Key")
    s3.Bucket(stack, "Uploads", encryption_key=key)
