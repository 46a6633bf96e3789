"""Export an output in every environment."""

import aws_cdk as cdk


def fault(stack: cdk.Stack) -> cdk.Stack:
    cdk.CfnOutput(stack, "Exported", value="x", export_name="tap-x")  # TAP604
    return stack


def fault_weak(stack: cdk.Stack) -> cdk.CfnResource:
    """Read the output of another stack inside a string."""
    output = {"Fn::GetStackOutput": {"StackName": "x", "OutputName": "y"}}
    return cdk.CfnResource(
        stack,
        "Theirs",
        type="AWS::SSM::Parameter",
        properties={"Type": "String", "Value": {"Fn::Join": ["", [output]]}},
    )
