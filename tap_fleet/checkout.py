"""The state of one checkout: release, edits, exceptions, findings and locks."""

from __future__ import annotations

import ast
import json
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from tap_guardrails.model import App
from tap_guardrails.seal import SEAL, changes
from tap_guardrails.verdict import verdict

RECORD = ".cruft.json"
LOCKS = "requirements"
SECONDS_OF_A_DAY = 24 * 3600
# What a synth reads, besides the sealed packages.
SOURCES = ("app.py", "cdk.json", "infra", "service", "requirements")
CONFLICT = "<<<<<<< "
SKIPPED = {".git", ".venv", "build", "cdk.out", "node_modules"}
TEXTS = {".json", ".md", ".py", ".toml", ".txt", ".yml"}


@dataclass(frozen=True)
class Accepted:
    """A finding that the project accepts.

    Args:
        finding: the id, such as `tap::TAP110`.
        reason: why.
        place: file and line.
    """

    finding: str
    reason: str
    place: str


@dataclass
class Checkout:
    """What is known about a checkout; `problems` says what can't be read.

    Args:
        path: its folder.
        project: the project's name.
        release: the tag of the template, or the commit; empty if it is unknown.
        template: the template's address.
        additions: what `make add` added.
        edited: sealed files that differ, and how.
        accepted: findings that the project accepts.
        findings: rule and message of each open finding; None without a synthesized app.
        lock_days: days since the locks were changed; None if it is unknown.
        problems: what can't be read.
    """

    path: str
    project: str = ""
    release: str = ""
    template: str = ""
    additions: list[str] = field(default_factory=list)
    edited: list[str] = field(default_factory=list)
    accepted: list[Accepted] = field(default_factory=list)
    findings: list[str] | None = None
    lock_days: int | None = None
    problems: list[str] = field(default_factory=list)


def read(root: Path, releases: dict[str, str]) -> Checkout:
    """Return the state of a checkout.

    Args:
        root: the project's folder.
        releases: names of releases by commit.
    """
    found = Checkout(str(root))
    if not root.is_dir():
        found.problems.append("is no folder")
        return found
    _read_record(root, found, releases)
    _read_seal(root, found)
    found.problems += [f"{path} has a merge conflict" for path in conflicts(root)]
    found.accepted = list(accepted(root))
    _read_findings(root, found)
    found.lock_days = lock_days(root)
    return found


def _read_record(root: Path, found: Checkout, releases: dict[str, str]) -> None:
    try:
        state = json.loads((root / RECORD).read_text(encoding="utf-8"))
        commit = state["commit"] or ""
        found.template = str(state["template"])
        found.project = str(state["context"]["cookiecutter"]["project_slug"])
        added = state.get("additions", [])
        found.additions = [
            " ".join(each[key] for key in ("what", "name") if each.get(key)) for each in added
        ]
    except FileNotFoundError:
        found.problems.append(f"has no {RECORD}: it was not rendered from this template")
        return
    except (OSError, ValueError, LookupError, TypeError) as error:
        found.problems.append(f"{RECORD} can't be read: {error}")
        return
    found.release = releases.get(commit, commit[:12])


def _read_seal(root: Path, found: Checkout) -> None:
    if not (root / SEAL).is_file():
        found.problems.append(f"has no {SEAL}")
        return
    found.edited = [f"{path} {difference}" for path, difference in changes(root)]


def accepted(root: Path) -> Iterator[Accepted]:
    """Yield each acknowledgement in the project's own code, with its reason.

    They are read from the code, so that the project needs no synth; a text that is computed is
    shown as its code.
    """
    for file in sorted((root / "infra").rglob("*.py")):
        try:
            tree = ast.parse(file.read_text(encoding="utf-8"))
        except (OSError, SyntaxError, ValueError):
            continue
        for node in ast.walk(tree):
            if not isinstance(node, ast.Call):
                continue
            name = (
                node.func.attr if isinstance(node.func, ast.Attribute) else ast.unparse(node.func)
            )
            keywords = {keyword.arg: keyword.value for keyword in node.keywords}
            if name == "Acknowledgment" and {"id", "reason"} <= keywords.keys():
                finding, reason = keywords["id"], keywords["reason"]
            elif name == "acknowledge" and len(node.args) == 3:
                finding, reason = node.args[1:]
            else:
                continue
            place = f"{file.relative_to(root).as_posix()}:{node.lineno}"
            yield Accepted(_text(finding), _text(reason), place)


def _text(node: ast.expr) -> str:
    if isinstance(node, ast.Constant):
        return str(node.value)
    return ast.unparse(node)


def conflicts(root: Path) -> list[str]:
    """Return the files with the markers that an update, a change or a merge left."""
    return sorted(
        file.relative_to(root).as_posix()
        for file in _files(root)
        if (file.suffix in TEXTS or file.name == "Makefile") and _has_conflict(file)
    )


def _has_conflict(file: Path) -> bool:
    text = file.read_text(encoding="utf-8", errors="replace")
    return text.startswith(CONFLICT) or f"\n{CONFLICT}" in text


def _files(folder: Path) -> Iterator[Path]:
    for each in sorted(folder.iterdir()):
        if each.is_dir() and not each.is_symlink():
            if each.name not in SKIPPED:
                yield from _files(each)
        elif each.is_file():
            yield each


def changed_since(root: Path, synth: float) -> str | None:
    """Return the newest source file that changed after a synth, or None.

    Args:
        synth: when it was, in seconds since 1970.
    """
    files = [file for name in SOURCES for file in _sources(root / name)]
    newest = max(files, key=lambda file: file.stat().st_mtime, default=None)
    if newest is None or newest.stat().st_mtime <= synth:
        return None
    return newest.relative_to(root).as_posix()


def _sources(path: Path) -> Iterator[Path]:
    if path.is_dir():
        yield from (file for file in _files(path) if file.suffix in TEXTS)
    elif path.is_file():
        yield path


def _read_findings(root: Path, found: Checkout) -> None:
    assembly = root / "cdk.out"
    if not (assembly / "manifest.json").is_file():
        return
    changed = changed_since(root, (assembly / "manifest.json").stat().st_mtime)
    if changed is not None:
        found.problems.append(
            f"cdk.out is older than {changed}; to judge what is there: make synth"
        )
    try:
        judged = verdict(App(assembly, root))
    except (AttributeError, OSError, ValueError, LookupError, TypeError) as error:
        found.problems.append(f"cdk.out can't be judged: {error}")
        return
    found.findings = [f"{each.rule.id} {each.path}: {each.message}" for each in judged.findings]


def lock_days(root: Path, now: float | None = None) -> int | None:
    """Return the days since the locks were committed; without git, since they were written."""
    locks = sorted((root / LOCKS).glob("*.txt"))
    if not locks:
        return None
    try:
        done = subprocess.run(
            ["git", "log", "-1", "--format=%ct", "--", LOCKS],
            cwd=root,
            capture_output=True,
            text=True,
            check=False,
        )
        changed = float(done.stdout or 0)
    except (OSError, ValueError):
        changed = 0
    changed = changed or max(lock.stat().st_mtime for lock in locks)
    return max(0, int(((now or time.time()) - changed) / SECONDS_OF_A_DAY))


def releases_of(template: Path) -> dict[str, str]:
    """Return the names of a template's releases by commit; empty without git."""
    try:
        done = subprocess.run(
            [
                "git",
                "for-each-ref",
                "--format=%(objectname) %(*objectname) %(refname:short)",
                "refs/tags",
            ],
            cwd=template,
            capture_output=True,
            text=True,
            check=False,
        )
    except OSError:
        return {}
    names = {}
    for line in done.stdout.splitlines():
        first, peeled, name = line.split(" ")
        names[peeled or first] = name
    return names
