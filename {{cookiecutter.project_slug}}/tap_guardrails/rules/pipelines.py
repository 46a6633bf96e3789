"""TAP612: the pipelines deploy the environments in the settings."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from tap_guardrails.model import App
from tap_guardrails.rule import rule

DEPLOYS = re.compile(r"^[^#\n]*\bmake deploy ENV=([\w-]+)", re.MULTILINE)


@rule("TAP612", "silent", profile="house")
def pipelines_deploy_every_environment(app: App) -> Iterator[tuple[str, str]]:
    """Each environment has a job that deploys it, and each such job has an environment.

    The pipeline never deploys an environment without a job. If an environment is renamed or
    removed, its job fails, and the stack with the old name remains with its data.
    Limits: Only workflows of GitHub and GitLab are read, for the command `make deploy ENV=...`.
    https://docs.aws.amazon.com/cdk/v2/guide/stacks.html

        run: make deploy ENV=prod  # a job of .github/workflows/deploy.yml or .gitlab-ci.yml
        # or, before an environment is removed
        make destroy ENV=prod
    """
    if app.project is None:
        return
    environments = {
        template.tags["Environment"] for template in app.templates if "Environment" in template.tags
    }
    jobs = dict(_jobs(app.project))
    if not jobs or not environments:
        return
    files = sorted({file for deploys in jobs.values() for file in deploys})
    for name in sorted(environments - jobs.keys()):
        yield files[0], f"no job deploys the environment {name!r}"
    for name in sorted(jobs.keys() - environments):
        yield jobs[name][0], f"deploys {name!r}, which is not an environment of the settings"


def _jobs(project: Path) -> Iterator[tuple[str, list[str]]]:
    """Yield the environments that pipelines deploy, each with the files of its jobs."""
    found: dict[str, list[str]] = {}
    workflows = project / ".github" / "workflows"
    for file in [*sorted(workflows.glob("*.y*ml")), project / ".gitlab-ci.yml"]:
        if file.is_file():
            for name in DEPLOYS.findall(file.read_text(encoding="utf-8")):
                found.setdefault(name, []).append(file.relative_to(project).as_posix())
    yield from found.items()
