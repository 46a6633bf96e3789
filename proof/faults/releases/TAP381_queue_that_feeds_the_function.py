"""Feed a function that CodeDeploy shifts from a queue, past its alias."""

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_lambda_event_sources as event_sources
from aws_cdk import aws_sqs as sqs

from proof.faults import resources
from proof.faults.tree import find


def _worker(stack: cdk.Stack) -> tuple[lambda_.Function, lambda_.Alias, lambda_.IEventSource]:
    kept = sqs.DeadLetterQueue(max_receive_count=3, queue=resources.queue(stack, "Failed"))
    queue = resources.queue(
        stack,
        "Jobs",
        dead_letter_queue=kept,
        retention_period=cdk.Duration.days(4),
        visibility_timeout=cdk.Duration.seconds(60),
    )
    polling = resources.polling(queue)
    function = resources.function(stack, "Works", "batches.handler", polling)
    source = event_sources.SqsEventSource(queue, max_concurrency=2, report_batch_item_failures=True)
    return function, resources.canary(stack, function), source


def fault(stack: cdk.Stack) -> lambda_.CfnEventSourceMapping:
    function, _, source = _worker(stack)
    function.add_event_source(source)
    name = stack.resolve(function.function_name)
    return find(stack, lambda_.CfnEventSourceMapping, function_name=name)


def fix(stack: cdk.Stack) -> None:
    _, alias, source = _worker(stack)
    alias.add_event_source(source)


def fault_role(stack: cdk.Stack) -> iam.CfnPolicy:
    """Let a role invoke a function that CodeDeploy shifts, and not its alias."""
    _, policy = _called(stack)
    return policy


def _called(stack: cdk.Stack) -> tuple[lambda_.Alias, iam.CfnPolicy]:
    function = resources.function(stack, "Works")
    role = resources.shifting_role(
        stack, "Caller", resources.allow("lambda:InvokeFunction", on=function.function_arn)
    )
    default = role.node.find_child("DefaultPolicy").node.default_child
    assert isinstance(default, iam.CfnPolicy)
    return resources.canary(stack, function), default
