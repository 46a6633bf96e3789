"""Let clients send the password."""

import aws_cdk as cdk
from aws_cdk import aws_cognito as cognito

from proof.faults.tree import find

ANSWERS = {"api": "http", "api_auth": "cognito"}


def fault(stack: cdk.Stack) -> cognito.CfnUserPoolClient:
    construct = find(stack, cognito.CfnUserPoolClient)
    construct.explicit_auth_flows = ["ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"]
    return construct
