"""Remove the job that deploys an environment."""

from pathlib import Path

from proof.faults.files import replace

ADVICE = "a job has many lines, similar to those of other environments"
WORKFLOW = ".github/workflows/deploy.yml"


def fault(project: Path) -> str:
    replace(project / WORKFLOW, "make deploy ENV=prod", "make diff ENV=prod")
    return WORKFLOW


def fault_renamed(project: Path) -> str:
    """Deploy an environment that the settings don't have."""
    replace(project / WORKFLOW, "make deploy ENV=prod", "make deploy ENV=production")
    return WORKFLOW
