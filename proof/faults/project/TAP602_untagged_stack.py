"""Tag the resources of a stack, but not the stack."""

from typing import Any

import aws_cdk as cdk

from proof.faults.tree import app_of

TAGS = {"Project": "orders", "Owner": "platform-team", "Environment": "dev"}


def fault(stack: cdk.Stack, **fixed: Any) -> cdk.Stack:
    more = cdk.Stack(app_of(stack), f"{stack.stack_name}-more", **fixed)
    for key, value in TAGS.items():
        cdk.Tags.of(more).add(key, value)
    cdk.CfnWaitConditionHandle(more, "Handle")
    return more


def fix(stack: cdk.Stack) -> None:
    fault(stack, tags={"Project": "orders", "Owner": "platform-team", "Environment": "dev"})
