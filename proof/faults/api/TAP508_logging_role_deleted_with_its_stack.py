"""Add a REST API whose logging role for the account is deleted with the stack."""

import aws_cdk as cdk
from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_iam as iam

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


def _role(stack: cdk.Stack) -> iam.Role:
    name = "service-role/AmazonAPIGatewayPushToCloudWatchLogs"
    return iam.Role(
        stack,
        "ApiLogs",
        assumed_by=iam.ServicePrincipal("apigateway.amazonaws.com"),
        managed_policies=[iam.ManagedPolicy.from_aws_managed_policy_name(name)],
    )


def _account(stack: cdk.Stack, role: iam.Role) -> apigateway.CfnAccount:
    return apigateway.CfnAccount(stack, "ApiAccount", cloud_watch_role_arn=role.role_arn)


def fault_role(stack: cdk.Stack) -> apigateway.CfnAccount:
    """Set a logging role of the account that is deleted with the stack."""
    return _account(stack, _role(stack))


def fix_role(stack: cdk.Stack) -> None:
    role = _role(stack)
    _account(stack, role)
    role.apply_removal_policy(cdk.RemovalPolicy.RETAIN)
