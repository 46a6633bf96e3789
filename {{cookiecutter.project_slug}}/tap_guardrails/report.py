"""The complete validation report of a synth.

The CDK CLI drops findings whose construct path is not in a selected stack: findings about a file,
the app or a stack that is not deployed now. It also drops the error of a failed plugin, and exits 0
(`filterReportsByStacks` in aws-cdk 2.1148.1). `app.py` uses this module instead, so that each
finding is printed and fails the synth, however it is started.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

REPORT = "validation-report.json"


def findings(assembly: Path) -> Iterator[str]:
    """Yield each finding of a cloud assembly's report, formatted for a terminal.

    Notes (severity `info`) are left to the CDK, which never fails because of them. Nothing is
    yielded without a report: the CDK writes none if no plugin reported anything.
    """
    file = assembly / REPORT
    if not file.is_file():
        return
    for plugin in json.loads(file.read_text(encoding="utf-8"))["pluginReports"]:
        found = [v for v in plugin.get("violations", []) if v.get("severity") != "info"]
        for violation in found:
            yield _formatted(violation, plugin["pluginName"])
        if not found and plugin.get("conclusion") == "failure":
            reason = (plugin.get("metadata") or {}).get("error", "no reason given")
            yield f"ERROR {plugin['pluginName']} failed: {reason}"


def _formatted(violation: dict[str, Any], plugin: str) -> str:
    severity = violation.get("customSeverity") or violation.get("severity") or "error"
    constructs = violation.get("violatingConstructs", [])
    paths = [each.get("constructPath") or "" for each in constructs]
    return formatted(
        violation["ruleName"],
        violation["description"],
        severity,
        plugin,
        paths,
        violation.get("suggestedFix"),
    )


def formatted(
    rule: str, text: str, severity: str, plugin: str, paths: Iterable[str], fix: str | None
) -> str:
    """Return a finding formatted for a terminal: the text, the constructs, the fix."""
    head = text if text.startswith(f"{rule} ") else f"{rule} {text}"
    lines = [f"{severity.upper()} {head} ({plugin})"]
    lines += [f"  {path}" for path in dict.fromkeys(paths) if path]
    if fix:
        lines += ["  Fix:", *(f"    {line}" for line in fix.splitlines())]
    return "\n".join(lines)
