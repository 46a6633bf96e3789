"""Put each known fault into a freshly rendered project, and see which guardrail refuses it.

`python -m proof.mutants` prints the table rule, fault, caught, beginning with what the tools of
`make check` refuse; then what careful changes provoke (nothing), and what the guardrails cost. It
exits with 1 when a fault survives, when a careful change is refused, or when the cost is too high.

The faults are the files of proof/faults. One is caught when the synth fails, the report of its own
rule names the construct and a fix, and no other rule refuses it. It is healed when the synth is
silent after the fix as printed. Without code for that, the fix is to take the fault back: the synth
of the project without it is silent.
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
    """Print the table; 1 when anything falls short."""
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
    print(f"{len(soon)} faults refused before a template is judged")
    print(f"{len(faults)} faults, {len(careful)} careful changes, {missed} not as they should be")
    advice = sum(bool(fault.advice) for fault in faults)
    healed = sum(bool(fault.fix) for fault in faults)
    print(f"{healed} healed by the fix as printed, {advice} fixes are advice")
    print(f"{len(faults) - healed - advice} healed by taking the fault back")
    return 1 if missed or not count or took > MOST * total else 0


def _silence_reports() -> None:
    """Hide what jsii prints, which is each report, but not why this process ends."""
    terminal = os.fdopen(os.dup(2), "w")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
    sys.excepthook = lambda _, error, __: traceback.print_exception(error, file=terminal)


def _fine(change: Change) -> str:
    if not change.rule:
        return "not refused"
    if change.rule in refused_by_tools.COMMANDS:
        return "caught by make check"
    if change.fix:
        return "caught, healed as printed"
    return f"caught; advice: {change.advice}" if change.advice else "caught"


if __name__ == "__main__":
    raise SystemExit(main())
