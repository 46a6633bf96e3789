"""The stack that a construct belongs to, and its settings."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import aws_cdk as cdk
from constructs import IConstruct

from infra.environment import Environment

if TYPE_CHECKING:
    from infra.base import BaseStack


def base_of(construct: IConstruct) -> BaseStack:
    """Return the stack that a construct belongs to.

    Raises:
        TypeError: the construct is in another kind of stack.
    """
    stack = cdk.Stack.of(construct)
    if not hasattr(stack, "settings"):
        raise TypeError(f"{construct.node.path!r} is in {stack!r}, which is not a BaseStack")
    return cast("BaseStack", stack)


def data_removal_policy(settings: Environment) -> cdk.RemovalPolicy:
    """Return the removal policy of data and its key.

    Production retains them, as do other environments with `retain_data=True`, also when the first
    deployment is rolled back: AWS does not delete a table or user pool with deletion protection and
    a bucket with objects, and a rollback that has to delete them fails. They have generated names,
    so that the copies left behind don't block the next deployment; their key has to stay usable.
    https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-attribute-deletionpolicy.html
    """
    return cdk.RemovalPolicy.RETAIN if settings.retains_data else cdk.RemovalPolicy.DESTROY
