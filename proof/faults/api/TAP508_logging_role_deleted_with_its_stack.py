"""Add a REST API whose logging role for the account is deleted with the stack."""

import aws_cdk as cdk
from aws_cdk import aws_apigateway as apigateway

from proof.faults import resources


def fault(
    stack: cdk.Stack, policy: cdk.RemovalPolicy = cdk.RemovalPolicy.DESTROY
) -> apigateway.CfnAccount | None:
    api = resources.rest_api(
        stack, "Orders", cloud_watch_role=True, cloud_watch_role_removal_policy=policy
    )
    account = api.node.find_child("Account")
    return account if isinstance(account, apigateway.CfnAccount) else None


def fix(stack: cdk.Stack) -> None:
    fault(stack, cdk.RemovalPolicy.RETAIN)
