"""Short forms of CDK statements that every capability uses."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar, cast

import aws_cdk as cdk
from aws_cdk import region_info
from constructs import IConstruct

from infra.environment import Environment

if TYPE_CHECKING:
    from infra.base import BaseStack

Level1 = TypeVar("Level1", bound=cdk.CfnResource)


def base_of(construct: IConstruct) -> BaseStack:
    """Return the stack that a construct belongs to.

    Raises:
        TypeError: the construct is in another kind of stack.
    """
    stack = cdk.Stack.of(construct)
    if not hasattr(stack, "settings"):
        raise TypeError(f"{construct.node.path!r} is in {stack!r}, which is not a BaseStack")
    return cast("BaseStack", stack)


def label_of(construct: IConstruct) -> str:
    """Return a construct's ids below the stack in one word, such as `WorkerFunction`."""
    return "".join(scope.node.id for scope in construct.node.scopes[2:])


def output(construct: IConstruct, name: str, value: str, description: str) -> None:
    """Add an output to the construct's stack; its name is unique in the stack."""
    cdk.CfnOutput(cdk.Stack.of(construct), name, value=value, description=description)


def acknowledge(construct: IConstruct, finding: str, reason: str) -> None:
    """Accept a finding of cdk-nag or of CDK's own validation on one construct."""
    cdk.Validations.of(construct).acknowledge(cdk.Acknowledgment(id=finding, reason=reason))


def level_1(construct: IConstruct, kind: type[Level1]) -> Level1:
    """Return the CloudFormation resource of a construct, for properties that only it has.

    Raises:
        TypeError: the construct's main resource is of another kind.
    """
    resource = construct.node.default_child
    if not isinstance(resource, kind):
        raise TypeError(f"{construct.node.path!r} has {resource!r}, not a {kind.__name__}")
    return resource


def domain_suffix(region: str) -> str:
    """Return the domain of a region's service endpoints, such as `amazonaws.com`.

    The library may be older than the region, but knows those of China.
    """
    return region_info.RegionInfo.get(region).domain_suffix or "amazonaws.com"


def data_removal_policy(settings: Environment) -> cdk.RemovalPolicy:
    """Return whether data and its key are retained when they leave the stack.

    Production retains them, also when its first deployment is rolled back: AWS refuses to delete
    a table or user pool with deletion protection and a bucket with objects, and a rollback that has
    to delete them fails. They have generated names, so that the copies left behind don't block the
    next deployment; their key has to stay usable.
    https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-attribute-deletionpolicy.html
    """
    return cdk.RemovalPolicy.RETAIN if settings.production else cdk.RemovalPolicy.DESTROY
