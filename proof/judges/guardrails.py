"""The guardrails as a judge: their verdict on the cloud assembly with the broken template.

The assembly contains the assets, so that the rules read the handlers, and the project's folder,
whose settings name the alarms' addresses.
"""

from __future__ import annotations

import json
import os
import tempfile
from pathlib import Path
from typing import Any

from proof.judges.good import Good
from tap_guardrails import rules
from tap_guardrails.model import App
from tap_guardrails.verdict import verdict

assert rules.RULES


def findings(good: Good, template: dict[str, Any]) -> set[str]:
    """Return a line for each finding or note, with its rule first."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder)
        for entry in os.scandir(good.assembly):
            (copy / entry.name).symlink_to(entry.path)
        (copy / good.template.name).unlink()
        (copy / good.template.name).write_text(json.dumps(template), encoding="utf-8")
        result = verdict(App(copy, good.project))
    found = {f"{each.rule.id} {each.path}: {each.detail}" for each in result.findings}
    # A note alone does not fail a synth, but it is printed.
    found |= {f"TAP002 {note.subject}: {note.reason}" for note in result.not_judged}
    return found
