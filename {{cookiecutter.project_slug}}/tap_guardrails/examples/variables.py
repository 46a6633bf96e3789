"""Examples of the rules on the environment variables of functions."""

from pathlib import Path

import aws_cdk as cdk
from aws_cdk import aws_lambda as lambda_

HANDLERS = {
    "recording/orders.py": """
from aws_lambda_powertools import Logger

logger = Logger()


@logger.inject_lambda_context(log_event=True)
def handler(event, context): ...
""",
    "discreet/orders.py": """
from aws_lambda_powertools import Logger

logger = Logger()


@logger.inject_lambda_context
def handler(event, context): ...
""",
}


def tap332_bad(stack: cdk.Stack) -> None:
    lambda_.Function(
        stack,
        "Orders",
        runtime=lambda_.Runtime.PYTHON_3_13,
        handler="index.handler",
        code=lambda_.Code.from_inline("def handler(event, context): ..."),
        environment={"POWERTOOLS_LOG_LEVEL": "CRITICAL"},
    )


def tap332_good(stack: cdk.Stack) -> None:
    lambda_.Function(
        stack,
        "Orders",
        runtime=lambda_.Runtime.PYTHON_3_13,
        handler="index.handler",
        code=lambda_.Code.from_inline("def handler(event, context): ..."),
        environment={"POWERTOOLS_LOG_LEVEL": "INFO"},
    )


def tap333_bad(stack: cdk.Stack) -> None:
    lambda_.Function(
        stack,
        "Orders",
        runtime=lambda_.Runtime.PYTHON_3_13,
        handler="index.handler",
        code=lambda_.Code.from_inline("def handler(event, context): ..."),
        environment={"POWERTOOLS_LOGGER_LOG_EVENT": "true"},
    )


def tap333_good(stack: cdk.Stack) -> None:
    lambda_.Function(
        stack,
        "Orders",
        runtime=lambda_.Runtime.PYTHON_3_13,
        handler="index.handler",
        code=lambda_.Code.from_inline("def handler(event, context): ..."),
        environment={"POWERTOOLS_LOGGER_LOG_EVENT": "false"},
    )


def tap334_bad(stack: cdk.Stack) -> None:
    lambda_.Function(
        stack,
        "Orders",
        runtime=lambda_.Runtime.PYTHON_3_13,
        handler="index.handler",
        code=lambda_.Code.from_inline("def handler(event, context): ..."),
        environment={"AWS_ENDPOINT_URL": "http://localhost:4566"},
    )


def tap334_good(stack: cdk.Stack) -> None:
    lambda_.Function(
        stack,
        "Orders",
        runtime=lambda_.Runtime.PYTHON_3_13,
        handler="index.handler",
        code=lambda_.Code.from_inline("def handler(event, context): ..."),
        environment={"AWS_MAX_ATTEMPTS": "3"},
    )


def tap335_bad(stack: cdk.Stack) -> None:
    lambda_.Function(
        stack,
        "Orders",
        runtime=lambda_.Runtime.PYTHON_3_13,
        handler="orders.handler",
        code=lambda_.Code.from_asset(str(Path("recording").resolve())),
    )


def tap335_good(stack: cdk.Stack) -> None:
    lambda_.Function(
        stack,
        "Orders",
        runtime=lambda_.Runtime.PYTHON_3_13,
        handler="orders.handler",
        code=lambda_.Code.from_asset(str(Path("discreet").resolve())),
    )
