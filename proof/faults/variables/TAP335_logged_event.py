"""Log the event of each request in the handler."""

import tempfile
from pathlib import Path

import aws_cdk as cdk
from aws_cdk import aws_lambda as lambda_

from proof.faults import resources

LOGGED = """
@logger.inject_lambda_context(log_event=True)
@tracer.capture_lambda_handler(capture_response=False)
def answer(event: object, context: object) -> None:
    pass
"""


def fault(stack: cdk.Stack) -> lambda_.Function:
    with tempfile.TemporaryDirectory() as folder:
        resources.copy_handlers(folder)
        file = Path(folder) / "nothing.py"
        file.write_text(file.read_text(encoding="utf-8") + LOGGED, encoding="utf-8")
        code = lambda_.Code.from_asset(folder, exclude=["**/__pycache__/**"])
        return resources.function(stack, "Answers", code=code)
