"""Deny every call of an API."""

from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_iam as iam

from proof.faults import resources


def _policy(**conditions: Any) -> iam.PolicyDocument:
    everyone: dict[str, Any] = {
        "principals": [iam.AnyPrincipal()],
        "actions": ["execute-api:Invoke"],
    }
    allow = iam.PolicyStatement(resources=["execute-api:/*"], **everyone)
    deny = iam.PolicyStatement(
        effect=iam.Effect.DENY, resources=["execute-api:/*"], **everyone, **conditions
    )
    return iam.PolicyDocument(statements=[allow, deny])


def fault(stack: cdk.Stack) -> apigateway.RestApi:
    return resources.rest_api(stack, "Orders", policy=_policy())


def fix(stack: cdk.Stack) -> None:
    policy = _policy(
        conditions={"NotIpAddress": {"aws:SourceIp": ["192.0.2.0/24"]}},
    )
    resources.rest_api(stack, "Orders", policy=policy)
