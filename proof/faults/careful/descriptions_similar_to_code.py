"""Names and descriptions that are similar to code."""

from pathlib import Path

import aws_cdk as cdk

from proof.faults.files import replace

OWNER = '"arn:aws:iam::1:role/x dummy1a vpc-12345 Fn::GetStackOutput"'


def change(stack: cdk.Stack) -> None:
    description = "See arn:aws:s3:::example and vpc-12345"
    cdk.CfnOutput(stack, "Note", value="x", description=description)


def change_settings(project: Path) -> None:
    """An owner and a description that are similar to code."""
    replace(project / "infra" / "settings.py", '"platform-team"', OWNER)
    old, new = 'description = "', 'description = "A wrapper around aws-cdk-lib>=2 <3, '
    replace(project / "pyproject.toml", old, new)
