"""Somebody checks out the code with umask 077."""

import tempfile
from pathlib import Path

import aws_cdk as cdk
from aws_cdk import aws_lambda as lambda_

from proof.faults import resources


def fault(stack: cdk.Stack, mode: int = 0o600) -> lambda_.Function:
    with tempfile.TemporaryDirectory() as service:
        resources.copy_handlers(service)
        for file in Path(service).iterdir():
            file.chmod(mode)
        code = lambda_.Code.from_asset(service)
        return resources.function(stack, "Report", code=code)


def fix(stack: cdk.Stack) -> None:
    fault(stack, mode=0o644)
