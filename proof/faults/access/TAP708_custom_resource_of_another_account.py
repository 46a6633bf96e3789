"""Call a function of another account from a custom resource."""

import aws_cdk as cdk
from aws_cdk import custom_resources

from proof.faults import resources


def fault(stack: cdk.Stack, service_token: str | None = None) -> cdk.CustomResource:
    theirs = stack.format_arn(
        service="lambda",
        account="444455556666",
        resource="function",
        resource_name="seed",
        arn_format=cdk.ArnFormat.COLON_RESOURCE_NAME,
    )
    return cdk.CustomResource(stack, "Seed", service_token=service_token or theirs)


def fix(stack: cdk.Stack) -> None:
    provider = custom_resources.Provider(
        stack,
        "Provider",
        log_group=resources.log_group(stack, "SeedLogs"),
        on_event_handler=resources.function(stack, "SeedFunction"),
    )
    fault(stack, service_token=provider.service_token)
