"""Change the metric of the alarm on dead letters."""

import aws_cdk as cdk
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_sqs as sqs

from proof.faults import resources
from proof.faults.tree import find, find_all, level_2, watch_something_else


def fault(stack: cdk.Stack) -> sqs.Queue:
    main = find(stack, sqs.CfnQueue, redrive_policy=None)
    waiting = stack.resolve(main.attr_queue_name)
    for alarm in [*find_all(stack, cloudwatch.CfnAlarm)]:
        if str(waiting) in str(stack.resolve([alarm.dimensions, alarm.metrics])):
            watch_something_else(alarm)
    queue: sqs.Queue = level_2(main)
    return queue


def fix(stack: cdk.Stack) -> None:
    queue = fault(stack)
    resources.alarm(stack, "Wait", queue.metric_approximate_number_of_messages_visible())
