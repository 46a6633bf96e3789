"""Let the tasks of a container service administer the account."""

import aws_cdk as cdk
from aws_cdk import aws_iam as iam

from proof.faults import resources
from proof.faults.tree import data_bucket, level_2

ECS = "ecs-tasks.amazonaws.com"


def fault(stack: cdk.Stack, *, administers: bool = True) -> iam.Role:
    role = iam.Role(stack, "Task", assumed_by=iam.ServicePrincipal(ECS))
    if administers:
        policy = iam.ManagedPolicy.from_aws_managed_policy_name("AdministratorAccess")
        role.add_managed_policy(policy)  # TAP317
    return role


def fix(stack: cdk.Stack) -> None:
    role, bucket = fault(stack, administers=False), level_2(data_bucket(stack))
    role.add_to_policy(
        iam.PolicyStatement(actions=["s3:GetObject"], resources=[bucket.arn_for_objects("*")])
    )


def fault_service(stack: cdk.Stack) -> iam.Role:
    """Let a state machine use all queues of the account."""
    role = iam.Role(stack, "States", assumed_by=iam.ServicePrincipal("states.amazonaws.com"))
    role.add_to_policy(resources.allow("sqs:*"))
    return role
