"""Pass a parameter that is deprecated."""

import aws_cdk as cdk
from aws_cdk import aws_dynamodb as dynamodb

STACK = cdk.Stack()
KEY = dynamodb.Attribute(name="pk", type=dynamodb.AttributeType.STRING)
TABLE = dynamodb.Table(  # refused by jsii: use `pointInTimeRecoverySpecification` instead
    STACK, "Table", partition_key=KEY, point_in_time_recovery=True
)
