"""Issue access tokens that are valid for a day."""

import aws_cdk as cdk
from aws_cdk import aws_cognito as cognito

from proof.faults.tree import find

ANSWERS = {"api": "http", "api_auth": "cognito"}


def fault(stack: cdk.Stack) -> cognito.CfnUserPoolClient:
    construct = find(stack, cognito.CfnUserPoolClient)
    construct.access_token_validity = 1440
    return construct
