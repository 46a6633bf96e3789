"""The good templates that breakages start from, rendered and synthesized once."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from proof import cold_process
from proof.mutants.project import rendered

VARIANTS: dict[str, Mapping[str, str | bool]] = {
    "default": {"alarm_email": "on-call@example.com"},
    "http": {
        "alarm_email": "on-call@example.com",
        "api": "http",
        "api_auth": "cognito",
        "worker": "sqs",
        "billing_mode": "provisioned",
        "network": "nat",
    },
}
STACK = "prod"


@dataclass(frozen=True)
class Good:
    """A rendered project and its cloud assembly.

    Args:
        project: the folder of the project.
        assembly: its cloud assembly, whose production stack is broken.
        template: the file of that stack.
    """

    project: Path
    assembly: Path
    template: Path

    @property
    def body(self) -> dict[str, Any]:
        """The good template."""
        body: dict[str, Any] = json.loads(self.template.read_text(encoding="utf-8"))
        return body


def good(folder: Path) -> dict[str, Good]:
    """Render and synthesize each variant below a folder.

    Raises:
        AssertionError: a good project has findings.
    """
    os.environ.update(JSII_NODE=str(cold_process.NODE), JSII_DEPRECATED="fail")
    found = {}
    for name, answers in VARIANTS.items():
        project = rendered(folder / name, answers)
        assembly = folder / f"{name}.out"
        findings = project.report(out=assembly)
        assert not findings, f"the good project has findings: {findings[0]['description']}"
        (template,) = assembly.glob(f"*-{STACK}.template.json")
        found[name] = Good(project.folder, assembly, template)
    return found
