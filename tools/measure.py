"""Measures the size of a project and the cost of changes: `python -m tools.measure`.

Lines are counted in a newly rendered default project, without locks and without the sealed
packages; generated files are counted separately. The cost of a change is counted in the patches of
`tools/changes`, which a test applies and proves. Jinja conditions are counted in Python files of
the template, those without `.py` in their template name included.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from local_extensions.answers import PROJECT_FOLDER, TEMPLATE_ROOT

CHANGES = TEMPLATE_ROOT / "tools" / "changes"
SEALED = ("tap_emulator/", "tap_guardrails/", "tap_project/")
# Locks and texts that are fixed or written by a command.
LOCKS = re.compile(r"requirements/\w+\.txt|package-lock\.json")
GENERATED = re.compile(r"cdk\.json|LICENSE|docs/cost\.md|openapi\.json|AGENTS\.md")
# Parts of pages that `make picture` writes.
WRITTEN = re.compile(r"<!-- (\w+) of `make picture` -->\n.*?<!-- end of \1 -->\n", re.DOTALL)
AREAS = {
    "service": r"service/",
    "infrastructure": r"infra/|app\.py",
    "tests": r"tests/(?!live/)",
    "live tests": r"tests/live/",
    "docs": r"docs/|README\.md",
    "pipelines": r"\.github/|\.gitlab-ci\.yml",
    "other": r"",
}
# `{% if %}`, `{% elif %}`, and `if` within an expression or a statement.
CONDITION = re.compile(r"\{%-?\s*(?:if|elif)\b|\{[{%][^}]*?\bif\b[^}]*?[%}]\}")


def owned(project: Path) -> Iterator[tuple[str, str]]:
    """Yield each file that the owner maintains with its text."""
    for file in sorted(project.rglob("*")):
        path = file.relative_to(project).as_posix()
        if file.is_file() and not path.startswith((*SEALED, ".venv/")) and not LOCKS.search(path):
            yield path, file.read_text(encoding="utf-8")


def by_area(project: Path) -> tuple[Counter[str], Counter[str]]:
    """Return the owned lines by area, and the generated lines by file."""
    lines: Counter[str] = Counter()
    generated: Counter[str] = Counter()
    for path, text in owned(project):
        count = len(text.splitlines())
        if GENERATED.fullmatch(path):
            generated[path] += count
            continue
        own = len(WRITTEN.sub("", text).splitlines())
        if own < count:
            generated[path] += count - own
        count = own
        area = next(name for name, pattern in AREAS.items() if re.match(pattern, path))
        lines[area] += count
    return lines, generated


def sources() -> Iterator[Path]:
    """Yield the template's files that become Python modules."""
    project = TEMPLATE_ROOT / PROJECT_FOLDER
    for folder in (project / "infra", project / "service", project / "tests", project):
        pattern = "*" if folder == project else "**/*"
        for file in sorted(folder.glob(pattern)):
            if file.is_file() and (file.suffix == ".py" or "_module}}" in file.name):
                yield file
    yield from sorted((TEMPLATE_ROOT / "templates").rglob("*.py"))


def conditions(text: str) -> int:
    """Return the number of Jinja conditions in a source."""
    return len(CONDITION.findall(text))


def cost(patch: Path) -> tuple[int, int]:
    """Return the number of files that a patch touches, and of lines that it adds or removes."""
    command = ["git", "apply", "--numstat", str(patch)]
    done = subprocess.run(command, check=True, capture_output=True, text=True, cwd=TEMPLATE_ROOT)
    rows = [line.split("\t") for line in done.stdout.splitlines()]
    return len(rows), sum(int(added) + int(removed) for added, removed, _ in rows)


def rendered(folder: Path) -> Path:
    """Render a default project and return its folder."""
    command = [sys.executable, "-m", "cookiecutter", str(TEMPLATE_ROOT), "--no-input"]
    options = ["--default-config", "--output-dir", str(folder), "verify=false"]
    subprocess.run([*command, *options], check=True, capture_output=True)
    (project,) = folder.iterdir()
    return project


def main() -> int:
    """Print the figures."""
    with tempfile.TemporaryDirectory() as folder:
        lines, generated = by_area(rendered(Path(folder)))
    print("Lines in a default project:")
    for area in AREAS:
        print(f"  {area:16} {lines[area]:6}")
    print(f"  {'total':16} {lines.total():6}")
    print(f"  generated beside them: {generated.total()} ({', '.join(sorted(generated))})")
    print("Changes of a default project (files, lines):")
    for patch in sorted(CHANGES.glob("*.patch")):
        files, changed = cost(patch)
        print(f"  {patch.stem:16} {files:3} {changed:5}")
    found = {file: conditions(file.read_text(encoding="utf-8")) for file in sources()}
    print(f"Jinja conditions in {len(found)} Python files: {sum(found.values())}")
    for file, count in found.items():
        if count:
            print(f"  {count:3} {file.relative_to(TEMPLATE_ROOT)}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
