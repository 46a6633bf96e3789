"""Name an asset relative to the working directory, with a constant."""

from aws_cdk import aws_lambda as lambda_

SOURCE = "infra/code.py"
FOLDER = "service"


def fault() -> lambda_.AssetCode:
    return lambda_.Code.from_asset(FOLDER)  # TAP609
