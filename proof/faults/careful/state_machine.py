"""A state machine."""

import aws_cdk as cdk
from aws_cdk import aws_stepfunctions as stepfunctions
from aws_cdk import aws_stepfunctions_tasks as tasks

from proof.faults import resources
from proof.faults.tree import level_2, own_function


def change(stack: cdk.Stack) -> None:
    worker = level_2(own_function(stack, "worker.handler"))
    call = tasks.LambdaInvoke(stack, "Call", lambda_function=worker)
    logs = stepfunctions.LogOptions(
        destination=resources.log_group(stack, "StatesLogs"), level=stepfunctions.LogLevel.ALL
    )
    machine = stepfunctions.StateMachine(
        stack,
        "States",
        definition_body=stepfunctions.DefinitionBody.from_chainable(call),
        logs=logs,
        tracing_enabled=True,
    )
    resources.output(stack, "States", machine.state_machine_arn)
