"""Encrypt a log group with a key that CloudWatch Logs can't use."""

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms

from proof.faults import resources


def fault(stack: cdk.Stack) -> kms.Key:
    key = resources.key(stack, "LogsKey")
    resources.log_group(stack, "Logs", encryption_key=key)
    return key


def fix(stack: cdk.Stack) -> None:
    key = fault(stack)
    stack = cdk.Stack.of(key)
    log_groups = stack.format_arn(
        service="logs",
        resource="log-group",
        resource_name="*",
        arn_format=cdk.ArnFormat.COLON_RESOURCE_NAME,
    )
    key.add_to_resource_policy(
        iam.PolicyStatement(
            principals=[iam.ServicePrincipal(f"logs.{stack.region}.amazonaws.com")],
            actions=[
                "kms:Decrypt*",
                "kms:Describe*",
                "kms:Encrypt*",
                "kms:GenerateDataKey*",
                "kms:ReEncrypt*",
            ],
            resources=["*"],
            conditions={"ArnLike": {"kms:EncryptionContext:aws:logs:arn": log_groups}},
        )
    )
