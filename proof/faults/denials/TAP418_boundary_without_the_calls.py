"""Limit a role to logs by a boundary."""

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_

from proof.faults.tree import own_function, role_of


def fault(stack: cdk.Stack) -> lambda_.CfnFunction:
    function = own_function(stack, "api.handler")
    logs = iam.PolicyStatement(actions=["logs:*"], resources=["*"])
    boundary = iam.ManagedPolicy(stack, "Boundary", statements=[logs])
    iam.PermissionsBoundary.of(role_of(function)).apply(boundary)
    return function
