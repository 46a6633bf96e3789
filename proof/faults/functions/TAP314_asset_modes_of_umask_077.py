"""Check out the code with umask 077."""

import subprocess
import tempfile
from pathlib import Path

import aws_cdk as cdk
from aws_cdk import aws_lambda as lambda_

from proof.faults import resources


def fault(stack: cdk.Stack, command: str = "chmod -R go= service") -> lambda_.Function:
    with tempfile.TemporaryDirectory() as folder:
        service = Path(folder) / "service"
        resources.copy_handlers(str(service))
        subprocess.run(command.split(), cwd=folder, check=True)
        code = lambda_.Code.from_asset(str(service))
        return resources.function(stack, "Report", code=code)


def fix(stack: cdk.Stack) -> None:
    fault(stack, command="chmod -R u=rwX,go=rX service")
