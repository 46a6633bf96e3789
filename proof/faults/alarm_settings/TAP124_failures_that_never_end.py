"""Add an alarm that keeps firing while data is missing."""

from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_cloudwatch as cloudwatch

from proof.faults import resources


def fault(stack: cdk.Stack, **fixed: Any) -> cloudwatch.Alarm:
    function = resources.function(stack, "Answers")
    given = {"treat_missing_data": cloudwatch.TreatMissingData.IGNORE, **fixed}
    return resources.alarm(stack, "Throttles", function.metric_throttles(), **given)


def fix(stack: cdk.Stack) -> None:
    fault(
        stack,
        treat_missing_data=cloudwatch.TreatMissingData.NOT_BREACHING,
    )
