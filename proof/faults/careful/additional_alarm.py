"""An additional alarm."""

import aws_cdk as cdk

from proof.faults import resources
from proof.faults.tree import level_2, own_function


def change(stack: cdk.Stack) -> None:
    invocations = level_2(own_function(stack, "worker.handler")).metric_invocations()
    resources.alarm(stack, "Invocations", invocations, threshold=10_000)
