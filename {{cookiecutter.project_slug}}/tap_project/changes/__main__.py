"""Review a change of infrastructure: `make changes BASE=origin/main`.

Exit codes: 0, nothing needs a reason; 1, something does, or can't be deployed; 2, nothing could be
compared.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from tap_project.answers import reasons
from tap_project.assembly import ROOT, OperationError
from tap_project.changes import git, synthesis
from tap_project.changes.api import api_findings
from tap_project.changes.comparison import compare
from tap_project.changes.report import Finding, Report, Section, escaped

TERMINAL = "-"


def main(arguments: Sequence[str] | None = None) -> int:
    """Report what a change does to deployed stacks, from two cloud assemblies."""
    parser = argparse.ArgumentParser(prog="make changes", description=main.__doc__)
    parser.add_argument("--base", default="", metavar="REF", help="default: origin/main, or main")
    parser.add_argument(
        "--assemblies",
        nargs=2,
        type=Path,
        metavar=("BEFORE", "AFTER"),
        help="compare these cloud assemblies instead of a commit and the working tree",
    )
    parser.add_argument(
        "--markdown",
        nargs="?",
        const=TERMINAL,
        metavar="FILE",
        help="print Markdown, or write it to a file and print text",
    )
    given = parser.parse_args(arguments)
    try:
        if given.assemblies:
            before, after = given.assemblies
            base, report = given.base or str(before), compare(before, after, reasons())
        else:
            base, report = _of_commit(given.base)
    except OperationError as error:
        print(error, file=sys.stderr)
        if given.markdown not in (None, TERMINAL):
            _write(Path(given.markdown), f"The change can't be compared: {escaped(str(error))}\n")
        return 2
    if given.markdown == TERMINAL:
        print(report.markdown(base), end="")
    else:
        print(report.text(base))
    if given.markdown not in (None, TERMINAL):
        _write(Path(given.markdown), report.markdown(base))
    return 1 if report.failed else 0


def _of_commit(given: str) -> tuple[str, Report]:
    """Return the base and the report on the working tree."""
    commit = git.find(given)
    with tempfile.TemporaryDirectory(prefix="tap-changes-") as name:
        folder = Path(name)
        if not git.check_out(commit, folder / "base"):
            text = f"{commit} has no {commit.prefix}cdk.json: everything is new"
            return str(commit), Report([Finding(Section.ENVIRONMENTS, "", text)])
        before, after, notes = synthesis.synthesize_both(commit, folder / "base", folder)
        contract = api_findings(folder / "base", ROOT)
        report = compare(before, after, reasons(), further=contract)
    unknown = [Finding(Section.UNKNOWN, "", note) for note in notes]
    return str(commit), Report([*report.findings, *unknown])


def _write(file: Path, text: str) -> None:
    try:
        file.write_text(text, encoding="utf-8")
    except OSError as error:
        raise SystemExit(
            f"{file} can't be written ({error.strerror}); try: ARGS=--markdown"
        ) from error


if __name__ == "__main__":
    sys.exit(main())
