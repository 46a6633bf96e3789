"""Use a module of the CDK that is not imported."""

from pathlib import Path

PLACE = "infra/paging.py"
CODE = """
from aws_cdk import aws_sns as sns


def page(alarm, topic: sns.ITopic) -> None:
    alarm.add_alarm_action(cloudwatch_actions.SnsAction(topic))
"""
IMPORT = "from aws_cdk import aws_cloudwatch_actions as cloudwatch_actions"


def fault(project: Path, code: str = CODE) -> str:
    (project / PLACE).write_text(code, encoding="utf-8")
    return f"{PLACE}:6"


def fix(project: Path) -> None:
    fault(project, f"{IMPORT}{CODE}")
