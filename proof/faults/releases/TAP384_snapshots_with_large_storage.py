"""Use SnapStart for a function with 1 GB of ephemeral storage."""

import aws_cdk as cdk
from aws_cdk import aws_lambda as lambda_

from proof.faults import resources
from proof.faults.tree import find, level_1


def _snapshots(stack: cdk.Stack) -> lambda_.Function:
    function = resources.function(stack, "Works")
    level_1(function).snap_start = lambda_.CfnFunction.SnapStartProperty(
        apply_on="PublishedVersions"
    )
    return function


def fault(stack: cdk.Stack) -> lambda_.CfnFunction:
    function: lambda_.CfnFunction = level_1(_snapshots(stack))
    function.ephemeral_storage = lambda_.CfnFunction.EphemeralStorageProperty(size=1024)
    return function


def fault_provisioned(stack: cdk.Stack) -> lambda_.CfnAlias:
    """Use SnapStart together with provisioned concurrency."""
    lambda_.Alias(
        stack,
        "Live",
        alias_name="live",
        version=_snapshots(stack).current_version,
        provisioned_concurrent_executions=5,
    )
    return find(stack, lambda_.CfnAlias)
