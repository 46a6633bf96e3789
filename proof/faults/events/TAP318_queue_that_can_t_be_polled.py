"""Read a queue with a role that may not."""

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_sqs as sqs

from proof.faults import resources
from proof.faults.tree import child, role_of


def fault(stack: cdk.Stack) -> lambda_.Function:
    kept = resources.queue(stack, "DeadLetters", retention_period=cdk.Duration.days(14))
    queue = resources.queue(
        stack,
        "Jobs",
        dead_letter_queue=sqs.DeadLetterQueue(max_receive_count=5, queue=kept),
        retention_period=cdk.Duration.days(4),
        visibility_timeout=cdk.Duration.seconds(60),
    )
    function = resources.function(stack, "Works", "batches.handler")
    lambda_.CfnEventSourceMapping(
        stack,
        "Source",
        event_source_arn=queue.queue_arn,
        function_name=function.function_name,
        function_response_types=["ReportBatchItemFailures"],
        scaling_config={"maximumConcurrency": 2},
    )
    return function


def fix(stack: cdk.Stack) -> None:
    role, queue = role_of(fault(stack)), child(stack, "Jobs", sqs.Queue)
    role.add_to_policy(
        iam.PolicyStatement(
            actions=["sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage"],
            resources=[queue.queue_arn],
        )
    )
