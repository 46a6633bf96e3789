"""Set a failure queue that the function's role can't send to."""

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_sqs as sqs

from proof.faults import resources
from proof.faults.tree import child, role_of


def _keeping(
    stack: cdk.Stack, queue: sqs.Queue, *statements: iam.PolicyStatement
) -> lambda_.Function:
    function = resources.function(stack, "Report", "nothing.handler", *statements)
    lost = function.metric("DestinationDeliveryFailures", statistic="Sum")
    resources.alarm(stack, "ReportFailuresLost", lost)
    failure = lambda_.CfnEventInvokeConfig.OnFailureProperty(destination=queue.queue_arn)
    lambda_.CfnEventInvokeConfig(
        stack,
        "ReportFailures",
        function_name=function.function_name,
        qualifier="$LATEST",
        destination_config=lambda_.CfnEventInvokeConfig.DestinationConfigProperty(
            on_failure=failure
        ),
    )
    return function


def fault(stack: cdk.Stack) -> lambda_.Function:
    return _keeping(stack, resources.queue(stack, "Failed"))


def fix(stack: cdk.Stack) -> None:
    role, queue = role_of(fault(stack)), child(stack, "Failed", sqs.Queue)
    role.add_to_policy(
        iam.PolicyStatement(actions=["sqs:SendMessage"], resources=[queue.queue_arn])
    )


def fault_key(stack: cdk.Stack) -> lambda_.Function:
    """Send failed events to a queue whose key the role may not use."""
    key = resources.key(stack, "FailedKey")
    queue = resources.queue(
        stack, "Failed", encryption=sqs.QueueEncryption.KMS, encryption_master_key=key
    )
    return _keeping(stack, queue, resources.allow("sqs:SendMessage", on=queue.queue_arn))


def fix_key(stack: cdk.Stack) -> None:
    role, key = role_of(fault_key(stack)), child(stack, "FailedKey", kms.Key)
    key.grant_encrypt_decrypt(role)
