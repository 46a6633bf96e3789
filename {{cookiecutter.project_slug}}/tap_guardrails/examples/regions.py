"""Examples of the rules on Regions."""

import aws_cdk as cdk
from aws_cdk import aws_lambda as lambda_


def tap610_bad(app: cdk.App) -> None:
    stack = cdk.Stack(app, "Shop", env=cdk.Environment(region="us-gov-west-1"))
    lambda_.Function(
        stack,
        "Orders",
        runtime=lambda_.Runtime.PYTHON_3_13,
        handler="index.handler",
        code=lambda_.Code.from_inline("def handler(event, context): ..."),
        logging_format=lambda_.LoggingFormat.JSON,
    )


def tap610_good(app: cdk.App) -> None:
    stack = cdk.Stack(app, "Shop", env=cdk.Environment(region="us-gov-west-1"))
    lambda_.Function(
        stack,
        "Orders",
        runtime=lambda_.Runtime.PYTHON_3_13,
        handler="index.handler",
        code=lambda_.Code.from_inline("def handler(event, context): ..."),
        logging_format=lambda_.LoggingFormat.TEXT,
    )
