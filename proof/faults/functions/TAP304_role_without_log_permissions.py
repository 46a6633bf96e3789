"""Give a function a role that can't write its log."""

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs

from proof.faults import resources
from proof.faults.tree import child, role_of


def fault(stack: cdk.Stack) -> lambda_.Function:
    role = resources.function_role(stack, "ReportRole")
    group = resources.log_group(stack, "ReportLogs")
    return resources.function(stack, "Report", role=role, log_group=group)


def fix(stack: cdk.Stack) -> None:
    role, log_group = role_of(fault(stack)), child(stack, "ReportLogs", logs.LogGroup)
    role.add_to_policy(
        iam.PolicyStatement(
            actions=["logs:CreateLogStream", "logs:PutLogEvents"],
            resources=[log_group.log_group_arn],
        )
    )


def fault_vpc(stack: cdk.Stack) -> lambda_.Function:
    """Give a function in a VPC a role that can't create network interfaces."""
    return resources.function(stack, "Report", **resources.network(stack))


def fix_vpc(stack: cdk.Stack) -> None:
    role = role_of(fault_vpc(stack))
    role.add_to_policy(
        iam.PolicyStatement(
            actions=[
                "ec2:CreateNetworkInterface",
                "ec2:DeleteNetworkInterface",
                "ec2:DescribeNetworkInterfaces",
            ],
            resources=["*"],
            conditions={"Null": {"lambda:SourceFunctionArn": "true"}},
        )
    )
