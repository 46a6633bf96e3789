"""A function that invokes another."""

import aws_cdk as cdk

from proof.faults import resources
from proof.faults.tree import own_function


def change(stack: cdk.Stack) -> None:
    worker = own_function(stack, "worker.handler")
    calling = resources.allow("lambda:InvokeFunction", on=worker.attr_arn)
    environment = {"WORKER_NAME": worker.ref}
    resources.function(stack, "Calls", "caller.handler", calling, environment=environment)
