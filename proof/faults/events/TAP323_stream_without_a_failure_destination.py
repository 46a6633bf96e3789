"""Read a stream without a destination for records that failed."""

import aws_cdk as cdk
from constructs import IConstruct

from proof.faults import resources

ALSO = {"TAP302"}  # the permission to send to the queue


def fault(stack: cdk.Stack) -> IConstruct:
    return resources.stream_reader(stack, "Reader", on_failure=None)


def fix(stack: cdk.Stack) -> None:
    resources.stream_reader(stack, "Reader")
