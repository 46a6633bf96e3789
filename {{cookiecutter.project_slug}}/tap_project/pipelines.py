"""Writes the pipelines of a project in a folder of a repository: `make pipelines`.

GitHub and GitLab read pipelines at the root of a repository only. Those of the project stay the
source, which updates of the template change; their copies at the root run in the project's folder,
and only if it changes. `make check` finds copies that are out of date.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Callable, Iterator, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

import yaml

from tap_project import answers, repository
from tap_project.assembly import ROOT, OperationError

WORKFLOWS = Path(".github") / "workflows"
GITLAB = ".gitlab-ci.yml"
# Inputs of actions that are paths in the repository: `path`, `cache-dependency-glob`, ...
PATHS = re.compile(r"(.*-)?(path|paths|glob|file|directory)")


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the pipelines for the root of the repository, or check them."""
    parser = argparse.ArgumentParser(prog="make pipelines", description=main.__doc__)
    parser.add_argument("--check", action="store_true", help="only check that they are up to date")
    given = parser.parse_args(arguments)
    try:
        folder = repository.folder()
        if not folder or answers.ci() == "none":
            if not given.check:
                print(_nothing(folder))
            return 0
        name = str(import_module("infra.settings").PROJECT)
        wanted = github(name, folder) if answers.ci() == "github" else gitlab(name, folder)
        if given.check:
            return _check(wanted)
        for file, text in wanted.items():
            path = repository.top() / file
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
            print(f"Wrote {file} at the root of the repository")
        if answers.ci() == "gitlab":
            _include(name, folder)
    except OperationError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def github(name: str, folder: str) -> dict[str, str]:
    """Return the workflows for the root of the repository, by path.

    Args:
        name: the project's name.
        folder: its folder in the repository.
    """
    found = {}
    for source in sorted((ROOT / WORKFLOWS).glob("*.y*ml")):
        workflow = _load(source)
        target = WORKFLOWS / f"{name}-{source.name}"
        found[target.as_posix()] = _dump(_workflow(workflow, name, folder, target), source, folder)
    return found


def gitlab(name: str, folder: str) -> dict[str, str]:
    """Return the child pipeline for the root of the repository, by path.

    Args:
        name: the project's name.
        folder: its folder in the repository.
    """
    source = ROOT / GITLAB
    target = f".gitlab/{name}.yml"
    return {target: _dump(_child(_load(source), name, folder), source, folder)}


def _nothing(folder: str) -> str:
    if folder:
        return "The project has no pipelines."
    return "The project is at the root of its repository, where its pipelines are."


def _check(wanted: dict[str, str]) -> int:
    present = {file: repository.top() / file for file in wanted}
    if not any(path.is_file() for path in present.values()):
        print("No pipeline runs for this folder of the repository; try: make pipelines")
        return 0
    for file, path in present.items():
        if not path.is_file() or path.read_text(encoding="utf-8") != wanted[file]:
            print(f"{file} is not up to date; try: make pipelines", file=sys.stderr)
            return 1
    return 0


def _workflow(workflow: dict[str, Any], name: str, folder: str, target: Path) -> dict[str, Any]:
    workflow["name"] = f"{name} {workflow['name']}"
    events = workflow["on"]
    for event in ("pull_request", "push"):
        if event in events:
            paths = [f"{folder}/**", target.as_posix()]
            events[event] = {**(events[event] or {}), "paths": paths}
    workflow["defaults"] = {"run": {"working-directory": folder}}
    environments = {job["environment"] for job in workflow["jobs"].values() if "environment" in job}
    for part in (workflow, *workflow["jobs"].values()):
        if "concurrency" in part:
            part["concurrency"]["group"] = f"{name}-{part['concurrency']['group']}"
    for job in workflow["jobs"].values():
        if "environment" in job:
            job["environment"] = f"{name}-{job['environment']}"
        job["steps"] = [*_steps(job["steps"], name, folder, environments)]
    return workflow


def _steps(
    steps: list[dict[str, Any]], name: str, folder: str, environments: set[str]
) -> Iterator[dict[str, Any]]:
    checked_out = False
    for step in steps:
        checked_out = checked_out or str(step.get("uses", "")).startswith("actions/checkout@")
        _change_step(step, name, folder, environments)
        if "run" in step and not checked_out:
            step["working-directory"] = "."  # the project's folder does not exist yet
        yield step
        if step.get("name") == "Update":
            yield {"name": "Pipelines", "run": "make pipelines"}


def _change_step(step: dict[str, Any], name: str, folder: str, environments: set[str]) -> None:
    for key, value in step.get("with", {}).items():
        if PATHS.fullmatch(key):
            step["with"][key] = "\n".join(_below(folder, line) for line in value.splitlines())
    if "working-directory" in step:
        step["working-directory"] = f"{folder}/{step['working-directory']}"
    if str(step.get("env", {}).get("BRANCH", "")).startswith("update-"):
        step["env"]["BRANCH"] = f"{name}-{step['env']['BRANCH']}"
    if "run" in step:
        step["run"] = _run(step["run"], name, environments)


def _run(script: str, name: str, environments: set[str]) -> str:
    script = script.replace("gh workflow run ", f"gh workflow run {name}-")
    for each in environments:
        script = script.replace(f'/environments/{each}"', f'/environments/{name}-{each}"')
        script = script.replace(f"The environment {each} ", f"The environment {name}-{each} ")
    return script


def _child(pipeline: dict[str, Any], name: str, folder: str) -> dict[str, Any]:
    # The source of a child pipeline is always its parent.
    _each_text(pipeline, lambda text: text.replace("$CI_PIPELINE_SOURCE", "$PARENT_SOURCE"))
    _each_text(pipeline, lambda text: text.replace("update-$WHAT", f"{name}-update-$WHAT"))
    default = pipeline.setdefault("default", {})
    enter = f"cd {folder}"
    default["before_script"] = [enter, *default.get("before_script", [])]
    parts = [part for part in pipeline.values() if isinstance(part, dict)]
    for part in parts:
        if "before_script" in part and part is not default:
            part["before_script"] = [enter, *part["before_script"]]
        if "artifacts" in part:
            paths = part["artifacts"]["paths"]
            part["artifacts"]["paths"] = [_below(folder, path) for path in paths]
        key = part.get("cache", {}).get("key", {})
        if isinstance(key, dict) and "files" in key:
            key["files"] = [_below(folder, path) for path in key["files"]]
        if "resource_group" in part:
            part["resource_group"] = f"{name}-{part['resource_group']}"
        if "environment" in part:
            part["environment"]["name"] = f"{name}-{part['environment']['name']}"
        variables = part.get("variables", {})
        role = str(variables.get("ROLE_VARIABLE", ""))
        if role.startswith("AWS_DIFF_ROLE_"):
            environment = str(variables["ENVIRONMENT"])
            variables["ROLE_VARIABLE"] = repository.diff_variable(
                f"{name}-{environment}", environment
            )
    return pipeline


def _each_text(value: Any, change: Callable[[str], str]) -> None:
    """Change every text in lists and objects."""
    items = value.items() if isinstance(value, dict) else enumerate(value)
    for key, item in list(items):
        if isinstance(item, str):
            value[key] = change(item)
        elif isinstance(item, dict | list):
            _each_text(item, change)


def _include(name: str, folder: str) -> None:
    """Write the root's .gitlab-ci.yml if there is none, or print what to add to it."""
    changes = [f"{folder}/**/*", f".gitlab/{name}.yml"]
    job = {
        "trigger": {"include": f".gitlab/{name}.yml", "strategy": "depend"},
        "variables": {"PARENT_SOURCE": "$CI_PIPELINE_SOURCE"},
        "rules": [
            {"if": '$CI_PIPELINE_SOURCE == "schedule"'},
            {"if": '$CI_PIPELINE_SOURCE == "merge_request_event"', "changes": changes},
            {"if": '$CI_COMMIT_BRANCH == "main"', "changes": changes},
        ],
    }
    text = _yaml({name: job})
    file = repository.top() / GITLAB
    if not file.exists():
        file.write_text(text, encoding="utf-8")
        print(f"Wrote {GITLAB} at the root of the repository")
    elif f".gitlab/{name}.yml" not in file.read_text(encoding="utf-8"):
        print(f"Add to {GITLAB} at the root of the repository:\n\n{text}")


def _below(folder: str, path: str) -> str:
    """Return a path of the project as one of the repository."""
    anywhere = path.startswith(("/", "~", "$")) or not path
    return path if anywhere else f"{folder}/{path}"


def _load(file: Path) -> dict[str, Any]:
    try:
        loaded: dict[Any, Any] = yaml.safe_load(file.read_text(encoding="utf-8"))
    except (OSError, yaml.YAMLError) as error:
        reason = " ".join(str(error).split())
        raise OperationError(f"{file.name} can't be read ({reason}); try: git diff") from error
    # YAML 1.1 reads the key `on` as true.
    return {"on" if key is True else key: value for key, value in loaded.items()}


def _dump(document: dict[str, Any], source: Path, folder: str) -> str:
    place = f"{folder}/{source.relative_to(ROOT).as_posix()}"
    return f"# Written by `make pipelines` in {folder}: edit {place} instead.\n{_yaml(document)}"


class _Dumper(yaml.SafeDumper):
    """Write texts of several lines as blocks."""


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    style = "|" if "\n" in text else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _text)
_Dumper.ignore_aliases = lambda *_: True  # type: ignore[method-assign]  # GitHub has no anchors


def _yaml(document: dict[str, Any]) -> str:
    return yaml.dump(document, Dumper=_Dumper, sort_keys=False, width=1000)


if __name__ == "__main__":
    sys.exit(main())
