"""Let a workflow of any GitHub repository assume a role."""

import aws_cdk as cdk
from aws_cdk import aws_iam as iam

HOST = "token.actions.githubusercontent.com"
CLIENT = "sts.amazonaws.com"


def _provider(stack: cdk.Stack) -> iam.IOpenIdConnectProvider:
    arn = stack.format_arn(service="iam", region="", resource="oidc-provider", resource_name=HOST)
    return iam.OpenIdConnectProvider.from_open_id_connect_provider_arn(stack, "GitHub", arn)


def fault(stack: cdk.Stack) -> iam.Role:
    provider = _provider(stack)
    arn, claims = provider.open_id_connect_provider_arn, {f"{HOST}:aud": CLIENT}
    trusted = iam.WebIdentityPrincipal(arn, {"StringEquals": claims})
    return iam.Role(stack, "Release", assumed_by=trusted)


def fix(stack: cdk.Stack) -> None:
    provider = _provider(stack)
    iam.Role(
        stack,
        "Release",
        assumed_by=iam.WebIdentityPrincipal(
            provider.open_id_connect_provider_arn,
            {
                "StringEquals": {
                    "token.actions.githubusercontent.com:aud": "sts.amazonaws.com",
                    "token.actions.githubusercontent.com:sub": "repo:me/app:ref:refs/heads/main",
                }
            },
        ),
    )


def fault_account(stack: cdk.Stack) -> iam.Role:
    """Let another account assume a role."""
    partner = iam.AccountPrincipal("444455556666")
    return iam.Role(stack, "Partner", assumed_by=partner, external_ids=["orders"])
