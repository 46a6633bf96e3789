"""An alias with provisioned concurrency."""

import aws_cdk as cdk
from aws_cdk import aws_lambda as lambda_

from proof.faults.tree import level_2, own_function


def change(stack: cdk.Stack) -> None:
    version = level_2(own_function(stack, "api.handler")).current_version
    lambda_.Alias(
        stack, "Live", alias_name="live", version=version, provisioned_concurrent_executions=5
    )
