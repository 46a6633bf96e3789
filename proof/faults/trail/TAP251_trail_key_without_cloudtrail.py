"""Encrypt a trail with a key that CloudTrail can't use."""

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms

from proof.faults import resources

ANSWERS = {"audit_trail": False}
NAME = "AuditTrail"


def fault(stack: cdk.Stack) -> kms.Key | None:
    if not stack.termination_protection:
        return None
    key = resources.key(stack, "AuditKey")
    resources.trail(stack, "Audit", kms_key_id=key.key_arn, trail_name=NAME)
    return key


def fix(stack: cdk.Stack) -> None:
    key = fault(stack)
    if key is None:
        return
    name = NAME
    trail_arn = stack.format_arn(service="cloudtrail", resource="trail", resource_name=name)
    key.add_to_resource_policy(
        iam.PolicyStatement(
            principals=[iam.ServicePrincipal("cloudtrail.amazonaws.com")],
            actions=["kms:DescribeKey", "kms:GenerateDataKey*"],
            resources=["*"],
            conditions={"StringEquals": {"aws:SourceArn": trail_arn}},
        )
    )
