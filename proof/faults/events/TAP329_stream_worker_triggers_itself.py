"""Write to the table whose stream invokes the function, without a filter."""

from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_lambda as lambda_
from constructs import IConstruct

from proof.faults import resources
from proof.faults.tree import own_function


def fault(stack: cdk.Stack, **fixed: Any) -> IConstruct:
    resources.stream_reader(stack, "Reader", "table_writer.handler", **fixed)
    return own_function(stack, "table_writer.handler")


def fix(stack: cdk.Stack) -> None:
    inserted = {"eventName": lambda_.FilterRule.is_equal("INSERT")}
    fault(stack, filters=[lambda_.FilterCriteria.filter(inserted)])
