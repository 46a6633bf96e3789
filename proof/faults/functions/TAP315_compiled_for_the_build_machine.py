"""Deploy a module that is compiled for the build machine."""

import tempfile
from pathlib import Path

import aws_cdk as cdk
from aws_cdk import aws_lambda as lambda_

from proof.faults import resources

ADVICE = "the options depend on the installer"
X86_64 = b"\x7fELF" + bytes(14) + b"\x3e\x00"


def fault(stack: cdk.Stack) -> lambda_.Function:
    with tempfile.TemporaryDirectory() as service:
        resources.copy_handlers(service)
        module = Path(service) / "_fast.cpython-311-x86_64-linux-gnu.so"
        module.write_bytes(X86_64)  # TAP315
        code = lambda_.Code.from_asset(service)
        return resources.function(stack, "Report", code=code)
