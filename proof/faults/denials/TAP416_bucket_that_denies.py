"""Deny everyone to write objects."""

from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3

from proof.faults.tree import data_bucket, level_2, own_function, role_of


def _denied(stack: cdk.Stack, **conditions: Any) -> s3.CfnBucket:
    bucket = data_bucket(stack)
    statement = iam.PolicyStatement(
        effect=iam.Effect.DENY,
        principals=[iam.AnyPrincipal()],
        actions=["s3:PutObject"],
        resources=[level_2(bucket).arn_for_objects("*")],
        **conditions,
    )
    level_2(bucket).add_to_resource_policy(statement)
    return bucket


def fault(stack: cdk.Stack) -> s3.CfnBucket:
    return _denied(stack)


def fix(stack: cdk.Stack) -> None:
    role = role_of(own_function(stack, "worker.handler"))
    _denied(
        stack,
        conditions={"ArnNotEquals": {"aws:PrincipalArn": role.role_arn}},
    )
