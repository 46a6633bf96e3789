"""Integrate an API with a function whose timeout is five minutes."""

from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_lambda as lambda_

from proof.faults import resources
from proof.faults.tree import find, level_2, own_function


def fault(stack: cdk.Stack, **fixed: Any) -> lambda_.CfnFunction:
    slow = {"timeout": cdk.Duration.minutes(5), **fixed}
    resources.rest_api(stack, "Orders", **slow)
    return own_function(stack, "nothing.handler")


def fix(stack: cdk.Stack) -> None:
    fault(stack, timeout=cdk.Duration.seconds(20))


def fault_alias(stack: cdk.Stack) -> lambda_.CfnFunction:
    """Put a slow function behind an alias and an API."""
    worker = own_function(stack, "worker.handler")
    version = level_2(worker).current_version
    alias = lambda_.Alias(stack, "Live", alias_name="live", version=version)
    slow = find(stack, apigateway.RestApi).root.add_resource("slow")
    slow.add_method("GET", apigateway.LambdaIntegration(alias))
    return worker
