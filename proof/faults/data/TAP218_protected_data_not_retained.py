"""Protect a table that a rollback of the first deployment has to delete."""

from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_cognito as cognito
from aws_cdk import aws_dynamodb as dynamodb

from proof.faults import resources

ROLLED_BACK = {"removal_policy": cdk.RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE}


def fault(stack: cdk.Stack, **fixed: Any) -> dynamodb.Table:
    return resources.table(stack, "Orders", **{**ROLLED_BACK, **fixed})


def fix(stack: cdk.Stack) -> None:
    fault(stack, removal_policy=cdk.RemovalPolicy.RETAIN)


def fault_user_pool(stack: cdk.Stack, **fixed: Any) -> cognito.UserPool:
    """Protect a user pool that a rollback has to delete."""
    pool = cognito.UserPool(
        stack,
        "People",
        deletion_protection=True,
        mfa=cognito.Mfa.REQUIRED,
        password_policy=cognito.PasswordPolicy(min_length=12),
        **{**ROLLED_BACK, **fixed},
    )
    resources.output(stack, "People", pool.user_pool_arn)
    return pool


def fix_user_pool(stack: cdk.Stack) -> None:
    fault_user_pool(stack, removal_policy=cdk.RemovalPolicy.RETAIN)
