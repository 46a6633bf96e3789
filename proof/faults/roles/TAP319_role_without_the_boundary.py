"""Add a role to a stack whose other roles have a boundary."""

import aws_cdk as cdk
from aws_cdk import aws_iam as iam

ECS = "ecs-tasks.amazonaws.com"


def fault(stack: cdk.Stack) -> iam.Role:
    boundary = iam.ManagedPolicy.from_managed_policy_name(stack, "Boundary", "boundary")
    for construct in stack.node.children:
        iam.PermissionsBoundary.of(construct).apply(boundary)
    return iam.Role(stack, "Task", assumed_by=iam.ServicePrincipal(ECS))


def fix(stack: cdk.Stack) -> None:
    boundary = iam.ManagedPolicy.from_managed_policy_name(stack, "Boundary", "boundary")
    iam.PermissionsBoundary.of(stack).apply(boundary)
    iam.Role(stack, "Task", assumed_by=iam.ServicePrincipal(ECS))
