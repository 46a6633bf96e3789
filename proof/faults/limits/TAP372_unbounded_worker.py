"""Poll a queue with any number of functions."""

from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_lambda as lambda_

from proof.faults import resources
from proof.faults.tree import child


def fault(stack: cdk.Stack, **fixed: Any) -> lambda_.Function:
    dead_letters = resources.queue(stack, "DeadLetters")
    resources.worked_on(stack, dead_letters, **{"max_concurrency": None, **fixed})
    return child(stack, "Works", lambda_.Function)


def fix(stack: cdk.Stack) -> None:
    fault(
        stack,
        max_concurrency=2,
    )
