"""Add an endpoint to the public subnets only."""

import aws_cdk as cdk
from aws_cdk import aws_ec2 as ec2

from proof.faults.tree import find, find_all

ANSWERS = {"network": "nat"}


def fault(stack: cdk.Stack) -> ec2.CfnVPCEndpoint:
    endpoint = find(stack, ec2.CfnVPCEndpoint)
    tables = [cdk.Fn.ref(_id(stack, each)) for each in find_all(stack, ec2.CfnRouteTable)]
    endpoint.route_table_ids = tables[:1]
    return endpoint


def _id(stack: cdk.Stack, table: ec2.CfnRouteTable) -> str:
    return str(stack.resolve(table.logical_id))
