"""Writes template.yaml, Backstage's form for this template: `python -m tools.backstage --write`.

Its form has the questions of cookiecutter.json, their labels, defaults and choices.
https://backstage.io/docs/features/software-templates/writing-templates
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml

from local_extensions import answers
from local_extensions.answers import TEMPLATE_ROOT
from local_extensions.backstage import CONTENTS

FILE = TEMPLATE_ROOT / "template.yaml"
COMMAND = "make seal"
HEAD = f"""\
# Backstage's form for this template, written by `{COMMAND}` from cookiecutter.json. Change `owner`,
# the last page and the last steps for your Backstage. It needs cookiecutter 2.7 or newer beside it.
"""
# The first question of each page of the form.
PAGES = {"project_name": "Service", "api": "Architecture", "owner": "Ownership and tools"}
# Not asked: Backstage publishes the rendered files, without an environment.
FIXED = {"verify": False}
EXTENSION = f"{CONTENTS}.local_extensions.backstage.BackstageExtension"


def template() -> dict[str, Any]:
    """Return the entity."""
    pages: list[dict[str, Any]] = []
    for question in answers.asked():
        if question in PAGES:
            pages.append({"title": PAGES[question], "properties": {}})
        if question not in FIXED:
            pages[-1]["properties"][question] = field(question)
    pages[0] = {"title": pages[0]["title"], "required": ["project_name"], **pages[0]}
    pages.append(
        {
            "title": "Repository",
            "required": ["repoUrl"],
            "properties": {
                "repoUrl": {
                    "title": "Repository",
                    "type": "string",
                    "ui:field": "RepoUrlPicker",
                    "ui:options": {"allowedHosts": ["github.com"]},
                }
            },
        }
    )
    return {
        "apiVersion": "scaffolder.backstage.io/v1beta3",
        "kind": "Template",
        "metadata": {
            "name": "tap-template",
            "title": "AWS service (CDK, Python)",
            "description": "An AWS CDK project with least-privilege roles, alarms and guardrails",
            "tags": ["aws", "cdk", "python", "serverless"],
        },
        "spec": {
            "owner": answers.asked()["owner"],
            "type": "service",
            "parameters": pages,
            "steps": _steps(),
            "output": {
                "links": [
                    {"title": "Repository", "url": "${{ steps.publish.output.remoteUrl }}"},
                    {
                        "title": "Component",
                        "icon": "catalog",
                        "entityRef": "${{ steps.register.output.entityRef }}",
                    },
                ]
            },
        },
    }


def field(question: str) -> dict[str, Any]:
    """Return the JSON schema of a question, as Backstage's form shows it."""
    default = answers.asked()[question]
    prompt = answers.questions()["__prompts__"][question]
    if isinstance(default, list):
        return {
            "title": prompt["__prompt__"],
            "type": "string",
            "default": default[0],
            "enum": default,
            "enumNames": [prompt[choice] for choice in default],
            "ui:widget": "radio",
        }
    if isinstance(default, bool):
        return {"title": prompt, "type": "boolean", "default": default}
    found: dict[str, Any] = {"title": prompt, "type": "string"}
    # A default that is computed from other answers is left to cookiecutter.
    if default and "{{" not in str(default):
        found["default"] = default
    return {**found, **LIMITS.get(question, {})}


LIMITS: dict[str, dict[str, Any]] = {
    "project_slug": {
        "pattern": f"^{answers.KEBAB_CASE.pattern}$",
        "minLength": answers.SLUG_LENGTHS[0],
        "maxLength": answers.SLUG_LENGTHS[1],
        "description": "From the name, if empty",
    },
    "aws_region": {"title": "AWS region", "enum": sorted(answers.PARTITIONS)},
    "environments": {
        "pattern": f"^{answers.KEBAB_CASE.pattern}(,{answers.KEBAB_CASE.pattern})*$",
        "description": "Comma-separated",
    },
    "alarm_email": {"format": "email"},
}


def _steps() -> list[dict[str, Any]]:
    asked = [question for question in answers.asked() if question not in FIXED]
    values = {question: "${{ parameters." + question + " }}" for question in asked}
    name = "${{ parameters.project_slug or (parameters.repoUrl | parseRepoUrl).repo }}"
    return [
        {
            "id": "render",
            "name": "Render",
            "action": "fetch:cookiecutter",
            "input": {
                "url": "./",
                "values": {**values, **FIXED},
                "extensions": [EXTENSION],
                "copyWithoutRender": answers.questions()["_copy_without_render"],
            },
        },
        {
            "id": "describe",
            "name": "Write catalog-info.yaml",
            "action": "catalog:write",
            "input": {
                "entity": {
                    "apiVersion": "backstage.io/v1alpha1",
                    "kind": "Component",
                    "metadata": {
                        "name": name,
                        "title": "${{ parameters.project_name }}",
                        "description": "${{ parameters.description }}",
                    },
                    "spec": {
                        "type": "service",
                        "lifecycle": "experimental",
                        "owner": "${{ parameters.owner }}",
                    },
                }
            },
        },
        {
            "id": "publish",
            "name": "Publish",
            "action": "publish:github",
            "input": {
                "repoUrl": "${{ parameters.repoUrl }}",
                "description": "${{ parameters.description }}",
                "defaultBranch": "main",
            },
        },
        {
            "id": "register",
            "name": "Register",
            "action": "catalog:register",
            "input": {
                "repoContentsUrl": "${{ steps.publish.output.repoContentsUrl }}",
                "catalogInfoPath": "/catalog-info.yaml",
            },
        },
    ]


def text() -> str:
    """Return template.yaml."""
    body: str = yaml.safe_dump(template(), sort_keys=False, allow_unicode=True, width=100)
    return HEAD + body


def main(arguments: Sequence[str] | None = None, file: Path = FILE) -> int:
    """Write the file if asked to; return 1 if it is stale."""
    parser = argparse.ArgumentParser(prog="python -m tools.backstage", description=__doc__)
    parser.add_argument("--write", action="store_true", help="write the file")
    given = parser.parse_args(arguments)
    before = file.read_text(encoding="utf-8") if file.is_file() else ""
    if before == text():
        print(f"{file.name} is up to date.")
        return 0
    if not given.write:
        print(f"{file.name} differs from cookiecutter.json; try: {COMMAND}", file=sys.stderr)
        return 1
    file.write_text(text(), encoding="utf-8")
    print(f"{file.name}: updated.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
