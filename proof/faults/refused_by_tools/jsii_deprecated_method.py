"""Call a method that is deprecated."""

import aws_cdk as cdk
from aws_cdk import aws_dynamodb as dynamodb

STACK = cdk.Stack()
KEY = dynamodb.Attribute(name="pk", type=dynamodb.AttributeType.STRING)
TABLE = dynamodb.Table(STACK, "Table", partition_key=KEY)
TABLE.metric_throttled_requests()  # refused by jsii: metricThrottledRequests is deprecated
