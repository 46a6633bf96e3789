"""Leave the version of the CDK CLI unpinned."""

from pathlib import Path

from proof.faults.files import replace

ADVICE = "the versions are in the locks"
GROUP = """
[dependency-groups]
synth = ["AWS_CDK_Lib[all] == 2.* ; python_version > '3'"]

[tool.ruff]
"""


def fault(project: Path) -> str:
    replace(project / "package.json", '"aws-cdk": "', '"aws-cdk": "^')
    return "package.json"


def fault_library(project: Path) -> str:
    """Leave the version of aws-cdk-lib unpinned."""
    replace(project / "requirements" / "synth.in", "aws-cdk-lib==", "aws-cdk-lib>=")
    return "requirements/synth.in"


def fault_group(project: Path) -> str:
    """Leave the version of aws-cdk-lib unpinned in a dependency group."""
    replace(project / "pyproject.toml", "\n[tool.ruff]\n", GROUP)
    return "pyproject.toml"
