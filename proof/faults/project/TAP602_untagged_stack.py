"""Somebody tags the resources of a stack, but not the stack."""

from typing import Any

import aws_cdk as cdk

TAGS = {"Project": "more", "Owner": "us", "Environment": "test"}


def fault(stack: cdk.Stack, **fixed: Any) -> cdk.Stack:
    more = cdk.Stack(stack.node.root, f"{stack.stack_name}-more", **fixed)
    for key, value in TAGS.items():
        cdk.Tags.of(more).add(key, value)
    cdk.CfnOutput(more, "Nothing", value="x")
    return more


def fix(stack: cdk.Stack) -> None:
    fault(stack, tags={"Project": "more", "Owner": "us", "Environment": "test"})
