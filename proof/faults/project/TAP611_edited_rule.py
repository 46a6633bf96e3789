"""Edit a rule in a sealed package."""

from pathlib import Path

from proof.faults.files import replace

ADVICE = "the edit is reverted with git"


def fault(project: Path) -> str:
    replace(project / "tap_guardrails" / "rules" / "trail.py", '"""TAP25x', '"""Ours: TAP25x')
    return "tap_guardrails/rules/trail.py"
