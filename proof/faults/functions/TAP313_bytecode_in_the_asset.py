"""Deploy bytecode of a test run with the code."""

import tempfile
from pathlib import Path
from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_lambda as lambda_

from proof.faults import resources


def fault(stack: cdk.Stack, **fixed: Any) -> lambda_.Function:
    with tempfile.TemporaryDirectory() as service:
        resources.copy_handlers(service)
        compiled = Path(service) / "__pycache__" / "nothing.cpython-313.pyc"
        compiled.parent.mkdir()
        compiled.write_bytes(b"x")
        code = lambda_.Code.from_asset(service, **fixed)
        return resources.function(stack, "Report", code=code)


def fix(stack: cdk.Stack) -> None:
    fault(stack, exclude=["**/__pycache__/**"])
