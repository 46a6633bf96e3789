"""Somebody reads a stream without a destination for records that failed."""

import aws_cdk as cdk
from aws_cdk import aws_lambda_event_sources as event_sources
from constructs import IConstruct

from proof.faults import resources

ALSO = {"TAP302"}  # the permission to send to the queue


def fault(stack: cdk.Stack, **fixed: event_sources.SqsDlq) -> IConstruct:
    return resources.stream_reader(stack, "Reader", **{"on_failure": None, **fixed})


def fix(stack: cdk.Stack) -> None:
    resources.stream_reader(stack, "Reader")
