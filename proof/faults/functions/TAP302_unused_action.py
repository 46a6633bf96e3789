"""Allow an action that no code calls."""

import aws_cdk as cdk
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_iam as iam

from proof.faults import resources
from proof.faults.tree import find, own_function, role_of

ADVICE = "the message names the action and the ARN to remove, which differ each time"


def fault(stack: cdk.Stack) -> iam.Role:
    role = role_of(own_function(stack, "api.handler"))
    table = find(stack, dynamodb.Table)
    role.add_to_policy(iam.PolicyStatement(actions=["dynamodb:Scan"], resources=[table.table_arn]))
    return role


def fault_prefix(stack: cdk.Stack) -> iam.Role:
    """Allow the whole bucket instead of the prefix that the code reads."""
    bucket = resources.bucket(stack, "Uploads")
    reading = resources.allow("s3:GetObject", on=bucket.arn_for_objects("documents/*"))
    whole = resources.allow("s3:GetObject", on=bucket.arn_for_objects("*"))
    environment = {"BUCKET_NAME": bucket.bucket_name}
    function = resources.function(
        stack, "Report", "bucket_reader.handler", reading, whole, environment=environment
    )
    return role_of(function)
