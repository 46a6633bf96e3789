"""Examples of the rules on the values of tags."""

import aws_cdk as cdk
from aws_cdk import aws_s3 as s3


def tap631_bad(app: cdk.App) -> None:
    tags = {"Project": "shop", "Owner": "", "Environment": "dev"}
    stack = cdk.Stack(app, "Shop-dev")
    s3.Bucket(stack, "Uploads")
    for name, value in tags.items():
        cdk.Tags.of(stack).add(name, value)


def tap631_good(app: cdk.App) -> None:
    tags = {"Project": "shop", "Owner": "web-team", "Environment": "dev"}
    stack = cdk.Stack(app, "Shop-dev")
    s3.Bucket(stack, "Uploads")
    for name, value in tags.items():
        cdk.Tags.of(stack).add(name, value)
