"""Name an asset relative to the working directory, by keyword."""

from aws_cdk import aws_lambda as lambda_

SOURCE = "infra/code.py"


def fault() -> lambda_.AssetCode:
    return lambda_.Code.from_asset(path="service")  # TAP609
