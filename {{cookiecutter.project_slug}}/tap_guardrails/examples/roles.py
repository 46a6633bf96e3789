"""Examples of the rules on roles."""

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3


def tap317_bad(stack: cdk.Stack) -> None:
    role = iam.Role(stack, "Task", assumed_by=iam.ServicePrincipal("ecs-tasks.amazonaws.com"))
    role.add_managed_policy(iam.ManagedPolicy.from_aws_managed_policy_name("AmazonS3FullAccess"))


def tap317_good(stack: cdk.Stack) -> None:
    uploads = s3.Bucket(stack, "Uploads")
    role = iam.Role(stack, "Task", assumed_by=iam.ServicePrincipal("ecs-tasks.amazonaws.com"))
    role.add_to_policy(
        iam.PolicyStatement(actions=["s3:GetObject"], resources=[uploads.arn_for_objects("*")])
    )


def tap319_bad(stack: cdk.Stack) -> None:
    boundary = iam.ManagedPolicy.from_managed_policy_name(stack, "Boundary", "boundary")
    for name in ("Task", "Report"):
        iam.Role(
            stack,
            name,
            assumed_by=iam.ServicePrincipal("ecs-tasks.amazonaws.com"),
            permissions_boundary=boundary,
        )
    iam.Role(stack, "Other", assumed_by=iam.ServicePrincipal("ecs-tasks.amazonaws.com"))


def tap319_good(stack: cdk.Stack) -> None:
    boundary = iam.ManagedPolicy.from_managed_policy_name(stack, "Boundary", "boundary")
    iam.PermissionsBoundary.of(stack).apply(boundary)
    iam.Role(stack, "Task", assumed_by=iam.ServicePrincipal("ecs-tasks.amazonaws.com"))
    iam.Role(stack, "Other", assumed_by=iam.ServicePrincipal("ecs-tasks.amazonaws.com"))
