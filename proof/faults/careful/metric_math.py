"""Other kinds of metric math."""

import aws_cdk as cdk
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_dynamodb as dynamodb

from proof.faults import resources
from proof.faults.tree import find, level_2, own_function


def change(stack: cdk.Stack) -> None:
    consumed = find(stack, dynamodb.Table).metric_consumed_write_capacity_units(statistic="Sum")
    used = cloudwatch.MathExpression(
        expression="100 * used / (PERIOD(used) * 100)", using_metrics={"used": consumed}
    )
    resources.alarm(stack, "Used", used, threshold=80)
    truncated = cloudwatch.Metric(
        namespace="AWS/Scheduler",
        metric_name="InvocationsSentToDeadLetterCount_Truncated_MessageSizeExceeded",
        dimensions_map={"ScheduleGroup": "default"},
    )
    resources.alarm(stack, "Truncated", truncated)


def change_rate(stack: cdk.Stack) -> None:
    """An alarm on a rate."""
    function = level_2(own_function(stack, "api.handler"))
    rate = cloudwatch.MathExpression(
        expression="100*e/MAX([e,i])",
        using_metrics={"e": function.metric_errors(), "i": function.metric_invocations()},
    )
    resources.alarm(stack, "Rate", rate, threshold=5)
