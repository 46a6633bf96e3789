"""Filter messages by a field that no event has."""

import aws_cdk as cdk
from aws_cdk import aws_lambda as lambda_

from proof.faults.tree import find


def fault(stack: cdk.Stack) -> lambda_.CfnEventSourceMapping:
    construct = find(stack, lambda_.CfnEventSourceMapping)
    pattern = '{"body": {"kind": ["order"]}}'
    construct.add_property_override("FilterCriteria.Filters", [{"Pattern": pattern}])
    return construct
