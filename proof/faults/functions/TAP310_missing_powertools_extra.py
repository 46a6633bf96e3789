"""Leave out the extra of Powertools that Tracer needs."""

import aws_cdk as cdk
from aws_cdk import aws_lambda as lambda_

from proof.faults import resources

ENVIRONMENT = {"POWERTOOLS_SERVICE_NAME": "orders", "POWERTOOLS_METRICS_NAMESPACE": "shop"}
INSTALLED = {
    "aws-lambda-powertools": ["aws_lambda_powertools"],
    "aws-lambda-powertools[tracer]": ["aws_lambda_powertools", "aws_xray_sdk"],
}


def fault(stack: cdk.Stack, requirement: str = "aws-lambda-powertools") -> lambda_.Function:
    packages = INSTALLED[requirement]
    return resources.powertools_function(stack, "Report", packages, environment=ENVIRONMENT)


def fix(stack: cdk.Stack) -> None:
    fault(stack, "aws-lambda-powertools[tracer]")
