"""Pass a token to a function in an environment variable."""

import aws_cdk as cdk
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_secretsmanager as secretsmanager

from proof.faults import resources


def _secret(stack: cdk.Stack) -> secretsmanager.Secret:
    added = secretsmanager.Secret(stack, "Partner")
    resources.output(stack, "Partner", added.secret_arn)
    return added


def fault(stack: cdk.Stack, environment: dict[str, str] | None = None) -> lambda_.Function:
    given = environment or {"PARTNER_TOKEN": "t0ken-of-orders"}
    return resources.function(stack, "Report", environment=given)


def fix(stack: cdk.Stack) -> None:
    secret = _secret(stack)
    fault(stack, environment={"SECRET_ARN": secret.secret_arn})


def fault_secret(stack: cdk.Stack) -> lambda_.Function:
    """Pass the value of a secret to a function in an environment variable."""
    value = _secret(stack).secret_value.unsafe_unwrap()
    return resources.function(stack, "Report", environment={"PARTNER_TOKEN": value})


def fault_container(
    stack: cdk.Stack, secrets: dict[str, ecs.Secret] | None = None
) -> ecs.FargateTaskDefinition:
    """Pass a password to a container in an environment variable."""
    task = ecs.FargateTaskDefinition(stack, "Task")
    task.add_container(
        "Container",
        environment=None if secrets else {"PASSWORD": "orders-4711"},
        image=ecs.ContainerImage.from_registry("public.ecr.aws/docker/library/busybox:1.37"),
        logging=ecs.LogDriver.aws_logs(
            stream_prefix="task", log_group=resources.log_group(stack, "TaskLogs")
        ),
        secrets=secrets,
    )
    return task


def fix_container(stack: cdk.Stack) -> None:
    secret = _secret(stack)
    fault_container(stack, secrets={"PASSWORD": ecs.Secret.from_secrets_manager(secret)})
