"""Disable the termination protection of production."""

import aws_cdk as cdk
from aws_cdk import aws_dynamodb as dynamodb

from proof.faults.tree import find

ANSWERS = {"audit_trail": False}


def fault(stack: cdk.Stack) -> dynamodb.CfnTable | None:
    if not stack.termination_protection:
        return None
    stack.termination_protection = False  # TAP209
    return find(stack, dynamodb.CfnTable)


def fix(stack: cdk.Stack) -> None:
    if fault(stack):
        stack.termination_protection = True
