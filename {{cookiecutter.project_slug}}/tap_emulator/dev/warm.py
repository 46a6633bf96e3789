"""Synthesizes the app once, in a process that has loaded the CDK before it is needed.

`python -m tap_emulator.dev.warm` waits for a line on its input. Each process makes one synth, so
that no state of one synth reaches the next. CDK_OUTDIR is set before the start, because the CDK
reads it then.
"""

from __future__ import annotations

import ast
import importlib
import json
import runpy
import sys
import tempfile
import traceback
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from types import TracebackType

ROOT = Path(__file__).resolve().parents[2]


def load() -> None:
    """Synthesize a stack of one resource: starting the CDK is more than half of a synth's time."""
    cdk = importlib.import_module("aws_cdk")
    importlib.import_module("cdk_nag")
    for module in sorted(set(_imported())):
        importlib.import_module(f"aws_cdk.{module}")
    context = json.loads((ROOT / "cdk.json").read_text(encoding="utf-8"))["context"]
    with tempfile.TemporaryDirectory() as outdir:
        app = cdk.App(analytics_reporting=False, context=context, outdir=outdir)
        stack = cdk.Stack(app, "Stack")
        cdk.CfnResource(stack, "Handle", type="AWS::CloudFormation::WaitConditionHandle")
        app.synth()


def _imported() -> Iterator[str]:
    """Yield the modules of the CDK that infra/ imports."""
    for file in (ROOT / "infra").rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and node.module == "aws_cdk":
                yield from (name.name for name in node.names if name.name.startswith("aws_"))


def main() -> None:
    """Load the CDK, wait, and run app.py."""
    # This is only faster: whatever fails here, the synth reports.
    with suppress(Exception):
        load()
    if not sys.stdin.readline():
        return
    # Bytecode names the second in which its source was saved: a second save would go unnoticed.
    sys.dont_write_bytecode = True
    sys.argv = ["app.py"]
    try:
        runpy.run_path(str(ROOT / "app.py"), run_name="__main__")
    except Exception as error:  # whatever the project raises
        traceback.print_exception(type(error), error, _of_project(error.__traceback__))
        sys.exit(1)


def _of_project(trace: TracebackType | None) -> TracebackType | None:
    """Return the part of a traceback that starts in infra/."""
    while trace is not None:
        file = Path(trace.tb_frame.f_code.co_filename)
        if file.is_relative_to(ROOT / "infra") and file != ROOT / "infra" / "app.py":
            break
        trace = trace.tb_next
    return trace


if __name__ == "__main__":
    main()
