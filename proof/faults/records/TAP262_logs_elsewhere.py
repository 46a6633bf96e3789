"""Write the flow log to a bucket of others."""

import aws_cdk as cdk
from aws_cdk import aws_ec2 as ec2

from proof.faults.tree import find


def fault(stack: cdk.Stack) -> ec2.CfnFlowLog:
    construct = find(stack, ec2.CfnFlowLog)
    construct.log_destination = "arn:aws:s3:::flow-logs-of-others"
    return construct
