"""Let SNS invoke a function for topics of any account."""

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_

from proof.faults import resources
from proof.faults.tree import alarm_topic

SNS = iam.ServicePrincipal("sns.amazonaws.com")
S3 = iam.ServicePrincipal("s3.amazonaws.com")


def fault(stack: cdk.Stack) -> lambda_.Function:
    function = resources.function(stack, "Report")
    function.add_permission("Sns", principal=SNS)
    return function


def fix(stack: cdk.Stack) -> None:
    function, topic = resources.function(stack, "Report"), alarm_topic(stack)
    function.add_permission("Sns", principal=SNS, source_arn=topic.topic_arn)


def fault_bucket(stack: cdk.Stack) -> lambda_.Function:
    """Let S3 invoke a function for buckets of any account."""
    function = resources.function(stack, "Report")
    function.add_permission("S3", principal=S3)
    return function


def fix_bucket(stack: cdk.Stack) -> None:
    function = resources.function(stack, "Report")
    function.add_permission("S3", principal=S3, source_account=cdk.Stack.of(function).account)


def fault_account(stack: cdk.Stack) -> lambda_.Function:
    """Let another account invoke a function."""
    function = resources.function(stack, "Report")
    function.add_permission("Partner", principal=iam.AccountPrincipal("444455556666"))
    return function
