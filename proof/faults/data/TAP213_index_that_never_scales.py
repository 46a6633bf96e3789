"""Scale a table, but not the writes of its index."""

import aws_cdk as cdk
from aws_cdk import aws_applicationautoscaling as scaling
from aws_cdk import aws_dynamodb as dynamodb

from proof.faults.tree import find, find_all, remove

ANSWERS = {"api": "http", "worker": "sqs", "billing_mode": "provisioned", "network": "nat"}
ALSO = {"TAP121"}


def fault(stack: cdk.Stack) -> dynamodb.CfnTable:
    dimension = "dynamodb:index:WriteCapacityUnits"
    target = find(stack, scaling.CfnScalableTarget, scalable_dimension=dimension)
    for policy in [*find_all(stack, scaling.CfnScalingPolicy)]:
        if stack.resolve(policy.scaling_target_id) == stack.resolve(target.ref):
            remove(policy)
    remove(target)
    return find(stack, dynamodb.CfnTable)
