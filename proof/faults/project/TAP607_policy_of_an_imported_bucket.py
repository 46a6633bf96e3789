"""Add a statement to the policy of an imported bucket."""

from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3
from constructs import Construct

SOURCE = "infra/partner.py"


def fault(scope: Construct) -> None:
    statement = iam.PolicyStatement(
        actions=["s3:GetObject"],
        principals=[iam.ServicePrincipal("s3.amazonaws.com")],
        resources=["*"],
    )
    bucket = s3.Bucket.from_bucket_name(scope, "Theirs", "theirs")
    bucket.add_to_resource_policy(statement)  # TAP607
