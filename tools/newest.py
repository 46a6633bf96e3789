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
CDK = re.compile(r"^aws-cdk-lib==(.+)$", re.MULTILINE)


def main() -> int:
    """Lock the newest releases in the template; print the new CDK versions."""
    folder = TEMPLATE_ROOT / "build" / "newest"
    shutil.rmtree(folder, ignore_errors=True)
    render = "-m cookiecutter --no-input --default-config --output-dir".split()
    answers = [f"project_slug={SLUG}", "verify=no"]
    _run([sys.executable, *render, str(folder), str(TEMPLATE_ROOT), *answers], TEMPLATE_ROOT)
    project = folder / SLUG
    library = newest_library(project)
    cli = newest_cli(project)
    for lock in (project / "requirements").iterdir():
        shutil.copyfile(lock, TEMPLATE / "requirements" / lock.name)
    for name in ("package.json", "package-lock.json"):
        text = (project / name).read_text(encoding="utf-8")
        text = text.replace(f'"{SLUG}"', '"{{ cookiecutter.project_slug }}"')
        (TEMPLATE / name).write_text(text, encoding="utf-8")
    _run(["make", "lock", "ARGS=--upgrade"], TEMPLATE_ROOT)
    print(f"Locked aws-cdk-lib {library}, CDK CLI {cli} and the newest of everything else.")
    return 0


def newest_library(project: Path) -> str:
    """Resolve with an unpinned aws-cdk-lib, pin the result, lock, and return the version."""
    source = project / "requirements" / "synth.in"
    text = source.read_text(encoding="utf-8")
    source.write_text(CDK.sub(r"aws-cdk-lib>=\1,<3", text), encoding="utf-8")
    _run(["make", "lock", "ARGS=--upgrade"], project)
    lock = (project / "requirements" / "synth.txt").read_text(encoding="utf-8")
    found = CDK.search(lock.replace(" \\", ""))
    if found is None:
        raise RuntimeError(f"aws-cdk-lib is not in {project / 'requirements' / 'synth.txt'}")
    version = found.group(1).strip()
    source.write_text(CDK.sub(f"aws-cdk-lib=={version}", text), encoding="utf-8")
    _run(["make", "lock"], project)
    return version


def newest_cli(project: Path) -> str:
    """Pin the newest CLI of major version 2; the tag `latest` has pointed to a stray 3.0.0.

    https://github.com/aws/aws-cdk/issues/38113
    """
    _run(["make", "install"], project)
    node = (project / ".venv" / "bin" / "node").resolve()
    npm = node.parent.parent / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    listed = subprocess.run(
        [node, npm, "view", "aws-cdk@2", "version", "--json"],
        cwd=project,
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    versions = json.loads(listed)
    numbers = [versions] if isinstance(versions, str) else versions
    newest = max(numbers, key=lambda version: [int(part) for part in version.split(".")])
    package = project / "package.json"
    content = json.loads(package.read_text(encoding="utf-8"))
    content["devDependencies"]["aws-cdk"] = newest
    package.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
    lock = "install --package-lock-only --omit-lockfile-registry-resolved --no-audit --no-fund"
    _run([str(node), str(npm), *lock.split()], project)
    return str(newest)


def _run(command: list[str], folder: Path) -> None:
    subprocess.run(command, cwd=folder, check=True)


if __name__ == "__main__":
    sys.exit(main())
