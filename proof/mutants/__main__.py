"""Add each known fault to a freshly rendered project, and check which guardrail rejects it.

`python -m proof.mutants` prints a table of rule, fault and result, beginning with the faults that
tools of `make check` reject; then the findings on correct changes (none) and the guardrails' cost.
It exits with 1 if a fault is not caught, a correct change is rejected, or the cost is too high.

The faults are the files of proof/faults. A fault is caught if the synth fails, the finding of its
rule names the construct and a fix, and no other rule rejects it. It is fixed if the synth has no
findings after the printed fix. Without code for the fix, the fault is reverted: the project without
it has no findings.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import traceback
from collections.abc import Sequence
from itertools import chain
from pathlib import Path

from proof import cold_process
from proof.mutants import changes, refused_by_tools
from proof.mutants.changes import Change
from proof.mutants.project import rendered
from proof.mutants.trial import tried, tried_with_tools

MOST = 0.05  # of a synth's CPU time


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the table; return 1 if any result is wrong."""
    parser = argparse.ArgumentParser(prog="python -m proof.mutants", description=__doc__)
    parser.add_argument("only", nargs="*", help="only these rules, like TAP101, or `careful`")
    only = parser.parse_args(arguments).only
    faults = [change for change in changes.faults() if not only or change.rule in only]
    careful = changes.careful() if not only or "careful" in only else []
    soon = changes.refused_by_tools() if not only or "refused_by_tools" in only else []
    os.environ.update(JSII_NODE=str(cold_process.NODE), JSII_DEPRECATED="fail")
    _silence_reports()
    missed = 0
    with tempfile.TemporaryDirectory() as folder:
        results = tried_with_tools(soon, Path(folder)) if soon else ()
        for change, what in chain(results, tried([*faults, *careful], Path(folder))):
            missed += bool(what)
            print(f"{change.rule or '-':6}  {change.name:<56}  {what or _fine(change)}", flush=True)
        took, total = rendered(Path(folder) / "cost", changes.DEFAULT).cost()
    print(f"guardrails: {took:.2f} of {total:.2f} CPU seconds of a synth ({took / total:.1%})")
    count = len(soon) + len(faults) + len(careful)
    print(f"{len(soon)} faults rejected by tools before a template is checked")
    print(f"{len(faults)} faults, {len(careful)} correct changes, {missed} with a wrong result")
    advice = sum(bool(fault.advice) for fault in faults)
    healed = sum(bool(fault.fix) for fault in faults)
    print(f"{healed} fixed as printed, {advice} fixes are advice")
    print(f"{len(faults) - healed - advice} fixed by reverting the fault")
    return 1 if missed or not count or took > MOST * total else 0


def _silence_reports() -> None:
    """Hide jsii's output, which repeats each report, but not this process's own errors."""
    terminal = os.fdopen(os.dup(2), "w")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
    sys.excepthook = lambda _, error, __: traceback.print_exception(error, file=terminal)


def _fine(change: Change) -> str:
    if not change.rule:
        return "no findings"
    if change.rule in refused_by_tools.COMMANDS:
        return "caught by make check"
    if change.fix:
        return "caught, fixed as printed"
    return f"caught; advice: {change.advice}" if change.advice else "caught"


if __name__ == "__main__":
    raise SystemExit(main())
