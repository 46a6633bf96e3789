"""What the hook prints: steps with their time, and one screen about the new project."""

from __future__ import annotations

import os
import shlex
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from local_extensions.literals import environment_names, is_production

# What `make bootstrap` needs to trust one repository.
REPOSITORY = {
    "github": " ARGS=--repository=OWNER/NAME",
    "gitlab": " ARGS=--repository=GROUP/NAME",
    "none": "",
}


class Console:
    """Lines on standard output; colour and a running clock on a terminal only."""

    # A constant (RUF012).
    COLOURS = {"bold": "1", "dim": "2", "green": "32", "yellow": "33"}  # noqa: RUF012

    def __init__(self) -> None:
        self._stream = sys.stdout
        self.live = self._stream.isatty() and os.environ.get("TERM") != "dumb"
        self._coloured = self.live and not os.environ.get("NO_COLOR") and os.name != "nt"
        if hasattr(self._stream, "reconfigure"):
            # Don't fail if the terminal can't show a character of a path.
            self._stream.reconfigure(errors="replace")

    def line(self, colour: str | None, text: str) -> None:
        """Print a line in place of the running clock."""
        print(f"{self._erase()}{self.coloured(colour, text)}", flush=True, file=self._stream)

    def coloured(self, colour: str | None, text: str) -> str:
        """Return a text in a colour, if the terminal has colours."""
        if colour is None or not self._coloured:
            return text
        return f"\x1b[{self.COLOURS[colour]}m{text}\x1b[0m"

    def section(self, colour: str, title: str, lines: Iterable[str]) -> None:
        """Print a title and indented lines below it, after a blank line; nothing without lines."""
        found = list(lines)
        if found:
            self.line(None, "")
            self.line(colour, title)
        for text in found:
            self.line(None, f"  {text}")

    def tick(self, text: str) -> None:
        """Show the progress of a step, in place, on a terminal."""
        if self.live:
            print(f"{self._erase()}{text}", end="", flush=True, file=self._stream)

    def flush(self) -> None:
        """Erase the running clock, so that others can print."""
        print(self._erase(), end="", flush=True, file=self._stream)

    def _erase(self) -> str:
        return "\r\x1b[K" if self.live else ""


def notes(answers: Mapping[str, Any]) -> list[str]:
    """Return what is open with these answers, and where it is set."""
    found = []
    if not answers["alarm_email"]:
        found.append(
            "No one is subscribed to the alarms yet: set alarm_email in infra/settings.py."
        )
    if answers["network"] == "existing":
        found.append(
            "The ids of the VPC are placeholders: set network of each environment in"
            " infra/settings.py."
        )
    productive = any(is_production(name) for name in environment_names(answers["environments"]))
    if answers["audit_trail"] and not productive:
        found.append(
            "Without a production environment there is no audit trail: set production=True for one"
            " in infra/settings.py."
        )
    return found


def next_commands(project: Path, answers: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return the commands to type next, in working order, each with its purpose."""
    first = environment_names(answers["environments"])[0]
    inside = any((folder / ".git").exists() for folder in project.parents)
    commands = [(in_folder(project), "")]
    if not inside and not (project / ".git").exists():
        commands.append(("git init --initial-branch=main", ""))
    if inside and answers["ci"] != "none":
        # Pipelines are read at the root of a repository.
        commands.append(("make pipelines", "copies the pipelines to the root of the repository"))
    return [
        *commands,
        ("git add . && git commit --message 'New project'", ""),
        ("make check", "lint, types, synth and tests"),
        ("make dev", "runs the service here, without AWS"),
        (
            f"make bootstrap ENV={first}{REPOSITORY[answers['ci']]}",
            "once per environment; asks first",
        ),
        (f"make doctor ENV={first}", "credentials, quotas, subscriptions"),
        (f"make deploy ENV={first}", ""),
    ]


def aligned(commands: Iterable[tuple[str, str]]) -> list[str]:
    """Return commands with their purposes as comments, in one column where they are short."""
    found = list(commands)
    width = max((len(command) for command, purpose in found if purpose), default=0)
    return [f"{command:{width}}  # {purpose}" if purpose else command for command, purpose in found]


def in_folder(project: Path) -> str:
    """Return the command that changes into the project's folder."""
    return f"cd {shlex.quote(str(project))}"
