"""Add a stack whose resources are not tagged."""

import aws_cdk as cdk
from aws_cdk import aws_kms as kms
from constructs import IConstruct

from proof.faults import resources
from proof.faults.tree import app_of

TAGS = {"Project": "more", "Owner": "us", "Environment": "dev"}


def fault(stack: cdk.Stack) -> kms.Key:
    more = cdk.Stack(app_of(stack), f"{stack.stack_name}-more", tags=TAGS)
    return resources.key(more, "Key")


def fix(stack: cdk.Stack) -> None:
    stack = cdk.Stack.of(fault(stack))
    for key, value in TAGS.items():
        cdk.Tags.of(stack).add(key, value)


def fault_helper(stack: cdk.Stack, *, restrict_default_security_group: bool = True) -> IConstruct:
    """Close the default security group with a helper function that the CDK can't tag."""
    vpc = resources.vpc(
        stack, "More", restrict_default_security_group=restrict_default_security_group
    )
    resources.function(stack, "Report", "nothing.handler", resources.interfaces(), vpc=vpc)
    return next((each for each in stack.node.children if "RestrictDefault" in each.node.id), stack)


def fix_helper(stack: cdk.Stack) -> None:
    fault_helper(stack, restrict_default_security_group=False)
