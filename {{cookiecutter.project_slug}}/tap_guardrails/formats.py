"""A verdict as JSON and as SARIF 2.1.0, and the baseline of accepted findings.

https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from tap_guardrails import REPOSITORY, __version__
from tap_guardrails.places import Places
from tap_guardrails.rule import RULES, Finding, Note
from tap_guardrails.verdict import Verdict

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
# Hashes of assets differ with every change of the code.
HASH = re.compile(r"[0-9a-f]{64}")


class InvalidBaselineError(ValueError):
    """A baseline file can't be read. The message contains the fix."""


def as_json(verdict: Verdict) -> dict[str, Any]:
    """Return a verdict as JSON: findings, not_judged and coverage."""
    return {
        "findings": [_finding(each) for each in verdict.findings],
        "not_judged": [_note(each) for each in verdict.not_judged],
        "coverage": asdict(verdict.coverage),
    }


def _finding(finding: Finding) -> dict[str, str]:
    return {
        "rule": finding.rule.id,
        "profile": finding.rule.profile,
        "construct": finding.path,
        "logical_id": finding.logical_id,
        "template": finding.template,
        "message": finding.message,
        "fix": finding.fix,
        "evidence": finding.rule.evidence,
        "page": finding.rule.page,
    }


def _note(note: Note) -> dict[str, str]:
    return {"template": note.template, "subject": note.subject, "reason": note.reason}


def as_sarif(verdict: Verdict, places: Places, assembly: Path) -> dict[str, Any]:
    """Return a verdict as a SARIF log; subjects that can't be judged are notifications.

    Args:
        verdict: findings and notes.
        places: the lines that create the constructs; a finding without one is in its template.
        assembly: the cloud assembly, as the user gave it.
    """
    rules = {each.rule.id: each.rule for each in verdict.findings} | RULES
    return {
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {
                    "driver": {
                        "name": "tap-guardrails",
                        "version": __version__,
                        "informationUri": REPOSITORY,
                        "rules": [
                            {
                                "id": rule.id,
                                "shortDescription": {"text": rule.title},
                                "fullDescription": {"text": rule.why},
                                "help": {"text": rule.fix},
                                "helpUri": rule.page,
                                "properties": {"profile": rule.profile},
                            }
                            for _, rule in sorted(rules.items())
                        ],
                    }
                },
                "results": [_result(each, places, assembly) for each in verdict.findings],
                "invocations": [
                    {
                        "executionSuccessful": True,
                        "toolExecutionNotifications": [
                            {
                                "level": "note",
                                "message": {"text": f"{each.subject}: not judged: {each.reason}"},
                            }
                            for each in verdict.not_judged
                        ],
                    }
                ],
            }
        ],
    }


def _result(finding: Finding, places: Places, assembly: Path) -> dict[str, Any]:
    file, _, line = (places.of(finding.path) or "").partition(":")
    if not file and finding.template:
        file = (assembly / finding.template).as_posix()
    elif not file:
        file, _, line = finding.path.partition(":")
    physical: dict[str, Any] = {"artifactLocation": {"uri": file}}
    physical["region"] = {"startLine": int(line) if line.isdecimal() else 1}
    location: dict[str, Any] = {"physicalLocation": physical}
    if finding.template:
        location["logicalLocations"] = [{"fullyQualifiedName": finding.path, "kind": "resource"}]
    return {
        "ruleId": finding.rule.id,
        "level": "error",
        "message": {"text": finding.message},
        "locations": [location],
        "partialFingerprints": {"finding/v1": "|".join(_key(_finding(finding)))},
    }


def _key(entry: Mapping[str, str]) -> tuple[str, ...]:
    """Return what identifies a finding or a note in a baseline."""
    names = ("rule", "template", "construct", "logical_id", "subject", "message", "reason")
    return tuple(HASH.sub("<hash>", entry.get(name, "")) for name in names)


def without_accepted(
    verdict: Verdict, file: Path, judged: Callable[[Mapping[str, str]], bool]
) -> tuple[Verdict, int]:
    """Return a verdict without the findings of a baseline, and how many those are.

    The file is created with all findings if it is missing. Accepted findings that no longer occur
    are removed from it.

    Args:
        verdict: findings and notes.
        file: the baseline.
        judged: whether this run would find an entry again. Others stay in the baseline.

    Raises:
        InvalidBaselineError: the file is not a baseline.
        OSError: the file can't be read or written.
    """
    current = [_finding(each) for each in verdict.findings]
    unknown = [_note(each) for each in verdict.not_judged]
    everything = {_key(each) for each in [*current, *unknown]}
    known = _entries(file) if file.exists() else {}
    accepted = {_key(each) for kind in known.values() for each in kind}
    if not file.exists():
        accepted = everything
    kept = {
        kind: [each for each in found if _key(each) in accepted]
        + [each for each in known.get(kind, []) if not judged(each)]
        for kind, found in (("findings", current), ("not_judged", unknown))
    }
    content = json.dumps(kept, indent=1, sort_keys=True) + "\n"
    if not file.exists() or file.read_text(encoding="utf-8") != content:
        file.write_text(content, encoding="utf-8")
    left = replace(
        verdict,
        findings=[f for f in verdict.findings if _key(_finding(f)) not in accepted],
        not_judged=[n for n in verdict.not_judged if _key(_note(n)) not in accepted],
    )
    return left, len(kept["findings"]) + len(kept["not_judged"])


def _entries(file: Path) -> dict[str, list[dict[str, str]]]:
    problem = f"{str(file)!r} is not a baseline; delete it to accept the current findings"
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
        found = {kind: list(content[kind]) for kind in ("findings", "not_judged")}
        for each in [*found["findings"], *found["not_judged"]]:
            _key(each)
        return found
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise InvalidBaselineError(problem) from error
