"""Put each known fault back into a freshly rendered project, and see which guardrail refuses it.

`python -m proof.mutants` prints the table rule, fault, caught, beginning with what the tools of
`make check` refuse; then what careful changes provoke (nothing), and what the guardrails cost. It
exits with 1 when a fault survives, when a careful change is refused, or when the cost is too high.

The faults stand in mutants.toml, each an edit of the project's source as a person would make it, in
a variant that has the feature. One is caught when the synth fails, the report of its own rule names
the construct and the fix, and no other guardrail cries. It is healed when the fix as printed stands
in the source again, and the synth is green: in the source as it was (whose synth is seen before the
first edit and after the last), or, where the fix is another way, in an edit of its own. What a fix
only advises is listed with the reason.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from collections.abc import Sequence
from itertools import chain
from pathlib import Path

from proof import cold_process
from proof.mutants import early
from proof.mutants.changes import Change, legitimate, mutants, refused_early
from proof.mutants.project import rendered
from proof.mutants.trial import tried, tried_early

MOST = 0.05  # of a synth's CPU time


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the table; 1 when anything falls short."""
    parser = argparse.ArgumentParser(prog="python -m proof.mutants", description=__doc__)
    parser.add_argument("rules", nargs="*", help="only the faults of these rules, like TAP101")
    wanted = parser.parse_args(arguments).rules
    faults = [change for change in mutants() if not wanted or change.rule in wanted]
    careful = [] if wanted else legitimate()
    soon = [] if wanted else refused_early()
    sys.dont_write_bytecode = True
    os.environ["JSII_NODE"] = str(cold_process.NODE)
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stderr.fileno())  # jsii prints each report there
    missed = 0
    with tempfile.TemporaryDirectory() as folder:
        results = tried_early(soon, Path(folder)) if soon else ()
        for change, what in chain(results, tried([*faults, *careful], Path(folder))):
            missed += bool(what)
            fine = _fine(change)
            print(f"{change.rule or '-':6}  {change.name:<48}  {what or fine}", flush=True)
        took, total = rendered(Path(folder) / "cost", {}).cost()
    print(f"guardrails: {took:.2f} of {total:.2f} CPU seconds of a synth ({took / total:.1%})")
    count = len(soon) + len(faults) + len(careful)
    print(f"{len(soon)} faults refused before a template is judged")
    print(f"{len(faults)} faults, {len(careful)} careful changes, {missed} not as they should be")
    advice = sum(bool(fault.advice) for fault in faults)
    variations = sum(fault.variation for fault in faults)
    healed = len(faults) - advice - variations
    print(f"{healed} healed by the fix as printed, {advice} fixes are advice")
    print(f"{variations} variations of these faults by other constructs")
    return 1 if missed or not count or took > MOST * total else 0


def _fine(change: Change) -> str:
    if not change.rule:
        return "not refused"
    if change.rule in early.COMMANDS:
        return "caught by make check"
    if change.variation:
        return "caught"
    return f"caught; advice: {change.advice}" if change.advice else "caught, healed as printed"


if __name__ == "__main__":
    raise SystemExit(main())
