"""Write the value of a secret into an output."""

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_secretsmanager as secretsmanager

from proof.faults import resources


def _secret(stack: cdk.Stack) -> secretsmanager.Secret:
    return secretsmanager.Secret(stack, "Partner")


def fault(stack: cdk.Stack) -> str:
    secret = _secret(stack)
    resources.output(stack, "Partner", secret.secret_arn)
    resources.output(stack, "Token", secret.secret_value.unsafe_unwrap())
    return stack.stack_name


def fix(stack: cdk.Stack) -> None:
    secret = _secret(stack)
    cdk.CfnOutput(stack, "SecretArn", value=secret.secret_arn)


def fault_access_key(stack: cdk.Stack) -> iam.CfnAccessKey:
    """Write the secret of an access key into an output."""
    user = iam.User(stack, "Partner")
    added = iam.CfnAccessKey(stack, "Key", user_name=user.user_name)
    resources.output(stack, "Key", added.attr_secret_access_key)
    return added


def fault_parameter(stack: cdk.Stack) -> str:
    """Write a password into the default of a parameter."""
    cdk.CfnParameter(stack, "PartnerPassword", default="orders-4711")
    return stack.stack_name
