"""Examples of the rules on tags, outputs, versions and sources."""

import aws_cdk as cdk
from aws_cdk import aws_s3 as s3


def tap601_bad(app: cdk.App) -> None:
    stack = cdk.Stack(app, "Shop-dev", tags={"Project": "shop"})
    s3.Bucket(stack, "Uploads")


def tap601_good(app: cdk.App) -> None:
    tags = {"Project": "shop", "Owner": "web-team", "Environment": "dev"}
    stack = cdk.Stack(app, "Shop-dev", tags=tags)
    s3.Bucket(stack, "Uploads")


def tap602_bad(app: cdk.App) -> None:
    stack = cdk.Stack(app, "Shop-dev")
    cdk.Tags.of(stack).add("Project", "shop")
    cdk.Tags.of(stack).add("Owner", "web-team")
    cdk.Tags.of(stack).add("Environment", "dev")


def tap602_good(app: cdk.App) -> None:
    tags = {"Project": "shop", "Owner": "web-team", "Environment": "dev"}
    cdk.Stack(app, "Shop-dev", tags=tags)


def tap603_bad(stack: cdk.Stack) -> None:
    s3.Bucket(stack, "Uploads")


def tap603_good(stack: cdk.Stack) -> None:
    uploads = s3.Bucket(stack, "Uploads")
    cdk.CfnOutput(stack, "UploadsArn", value=uploads.bucket_arn)


def tap604_bad(stack: cdk.Stack) -> None:
    uploads = s3.Bucket(stack, "Uploads")
    cdk.CfnOutput(stack, "UploadsArn", value=uploads.bucket_arn, export_name="shop-uploads")


def tap604_good(stack: cdk.Stack) -> None:
    uploads = s3.Bucket(stack, "Uploads")
    cdk.CfnOutput(stack, "UploadsArn", value=uploads.bucket_arn)


TAP605_BAD = {
    "cdk.json": """\
{
  "app": "python app.py",
  "context": {}
}
""",
}
TAP605_GOOD = {
    "cdk.json": """\
{
  "app": "python app.py",
  "context": {
    "@aws-cdk/core:annotationsInValidationReport": true,
    "@aws-cdk/core:validateAgainstDefaultRules": true
  }
}
""",
}
TAP606_BAD = {
    "package.json": '{"devDependencies": {"aws-cdk": "^2.1000.0"}}\n',
    "requirements/synth.in": "aws-cdk-lib>=2.200\n",
}
TAP606_GOOD = {
    "package.json": '{"devDependencies": {"aws-cdk": "2.1033.0"}}\n',
    "requirements/synth.in": "aws-cdk-lib==2.230.0\n",
}
TAP607_BAD = {
    "infra/partner.py": """\
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3
from constructs import Construct


def share(scope: Construct, reader: iam.Role) -> None:
    bucket = s3.Bucket.from_bucket_name(scope, "Reports", "partner-reports")
    bucket.add_to_resource_policy(
        iam.PolicyStatement(
            principals=[reader], actions=["s3:GetObject"], resources=[bucket.arn_for_objects("*")]
        )
    )
""",
}
TAP607_GOOD = {
    "infra/partner.py": """\
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3
from constructs import Construct


def share(scope: Construct, reader: iam.Role) -> None:
    bucket = s3.Bucket.from_bucket_name(scope, "Reports", "partner-reports")
    reader.add_to_policy(
        iam.PolicyStatement(actions=["s3:GetObject"], resources=[bucket.arn_for_objects("*")])
    )
""",
}
TAP608_BAD = {
    "infra/admins.py": """\
import aws_cdk as cdk
from aws_cdk import aws_iam as iam


def admins(stack: cdk.Stack) -> iam.IRole:
    arn = f"arn:aws:iam::{stack.account}:role/admins"
    return iam.Role.from_role_arn(stack, "Admins", arn)
""",
}
TAP608_GOOD = {
    "infra/admins.py": """\
import aws_cdk as cdk
from aws_cdk import aws_iam as iam


def admins(stack: cdk.Stack) -> iam.IRole:
    arn = stack.format_arn(service="iam", region="", resource="role", resource_name="admins")
    return iam.Role.from_role_arn(stack, "Admins", arn)
""",
}
TAP609_BAD = {
    "infra/orders.py": """\
from aws_cdk import aws_lambda as lambda_

CODE = lambda_.Code.from_asset("service")
""",
}
TAP609_GOOD = {
    "infra/orders.py": """\
from pathlib import Path

from aws_cdk import aws_lambda as lambda_

ROOT = Path(__file__).resolve().parent.parent
CODE = lambda_.Code.from_asset(str(ROOT / "service"))
""",
}
TAP611_BAD = {
    "tap_project/seal.sha256": "",
    "tap_guardrails/rules/ours.py": """\
@rule("OWN101", "silent", "AWS::S3::Bucket")
def buckets_are_versioned(bucket: Resource) -> Iterator[str]: ...
""",
}
TAP611_GOOD = {
    "tap_project/seal.sha256": "",
    "infra/rules.py": """\
@rule("OWN101", "silent", "AWS::S3::Bucket")
def buckets_are_versioned(bucket: Resource) -> Iterator[str]: ...
""",
}
