"""Add a global table with the defaults of the CDK."""

import aws_cdk as cdk
from aws_cdk import aws_dynamodb as dynamodb

from proof.faults import resources

ALSO = {"TAP110", "TAP209", "TAP214"}


def fault(stack: cdk.Stack) -> dynamodb.TableV2:
    string = dynamodb.AttributeType.STRING
    partition_key = dynamodb.Attribute(name="pk", type=string)
    table = dynamodb.TableV2(stack, "Orders", partition_key=partition_key)
    resources.output(stack, "Orders", table.table_arn)
    return table
