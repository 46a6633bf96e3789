"""Give CodeDeploy's role no permissions."""

import aws_cdk as cdk
from aws_cdk import aws_codedeploy as codedeploy
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_

from proof.faults import resources
from proof.faults.tree import find


def _canary(stack: cdk.Stack) -> tuple[lambda_.Function, iam.Role]:
    function, role = resources.function(stack, "Works"), resources.shifting_role(stack, "Unable")
    resources.canary(stack, function, role=role.without_policy_updates())
    return function, role


def fault(stack: cdk.Stack) -> codedeploy.CfnDeploymentGroup:
    _canary(stack)
    return find(stack, codedeploy.CfnDeploymentGroup)


def fix(stack: cdk.Stack) -> None:
    function, role = _canary(stack)
    role.add_to_policy(
        iam.PolicyStatement(
            actions=["lambda:GetAlias", "lambda:UpdateAlias"],
            resources=[function.function_arn, f"{function.function_arn}:*"],
        )
    )
    role.add_to_policy(iam.PolicyStatement(actions=["cloudwatch:DescribeAlarms"], resources=["*"]))
