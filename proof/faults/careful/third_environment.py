"""A third environment."""

import aws_cdk as cdk

ANSWERS = {"environments": "dev,test,prod", "worker": "sqs"}


def change(stack: cdk.Stack) -> None:
    """Change nothing: the answers are the change."""
