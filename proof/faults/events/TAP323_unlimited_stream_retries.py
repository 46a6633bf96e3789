"""Read a stream with unlimited retries."""

from typing import Any

import aws_cdk as cdk
from constructs import IConstruct

from proof.faults import resources


def fault(stack: cdk.Stack, **fixed: Any) -> IConstruct:
    return resources.stream_reader(stack, "Reader", **{"retry_attempts": None, **fixed})


def fix(stack: cdk.Stack) -> None:
    fault(
        stack,
        bisect_batch_on_error=True,
        max_record_age=cdk.Duration.hours(6),
        retry_attempts=5,
    )


def fault_bisect(stack: cdk.Stack, **fixed: Any) -> IConstruct:
    """Read a stream without splitting failing batches."""
    return resources.stream_reader(stack, "Reader", **{"bisect_batch_on_error": None, **fixed})


def fix_bisect(stack: cdk.Stack) -> None:
    fault_bisect(stack, bisect_batch_on_error=True)
