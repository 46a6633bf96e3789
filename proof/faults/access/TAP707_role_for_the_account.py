"""Let everyone in the account assume a role."""

import aws_cdk as cdk
from aws_cdk import aws_iam as iam

from proof.faults.tree import own_function, role_of


def fault(stack: cdk.Stack, assumed_by: iam.IPrincipal | None = None) -> iam.Role:
    return iam.Role(stack, "Report", assumed_by=assumed_by or iam.AccountRootPrincipal())


def fix(stack: cdk.Stack) -> None:
    fault(stack, assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"))


def fault_service(stack: cdk.Stack) -> iam.Role:
    """Let a second service assume the role of a function."""
    role = role_of(own_function(stack, "api.handler"))
    principals = iam.ServicePrincipal("events.amazonaws.com")
    trust = iam.PolicyStatement(actions=["sts:AssumeRole"], principals=[principals])
    assert role.assume_role_policy is not None
    role.assume_role_policy.add_statements(trust)
    return role
