"""Let anyone create an account."""

import aws_cdk as cdk
from aws_cdk import aws_cognito as cognito

from proof.faults.tree import find

ANSWERS = {"api": "http", "api_auth": "cognito"}


def fault(stack: cdk.Stack) -> cognito.CfnUserPool:
    construct = find(stack, cognito.CfnUserPool)
    construct.add_property_override("AdminCreateUserConfig.AllowAdminCreateUserOnly", False)
    return construct
