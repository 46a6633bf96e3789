"""Renders a project: `python -m tools.new --output out -- api=http worker=sqs`.

On a terminal it asks the questions, with the given answers as defaults; elsewhere it uses the
defaults.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from collections.abc import Sequence
from difflib import get_close_matches
from pathlib import Path

from local_extensions import answers


class UnusableAnswer(ValueError):
    """An argument that is not an answer; its text is the line to print."""


# Cookiecutter's values for yes and no, in any case.
YES_OR_NO = ("1", "true", "t", "yes", "y", "on", "0", "false", "f", "no", "n", "off")


def checked(given: str) -> str:
    """Return an answer of the form `question=value`.

    cookiecutter would ignore an unknown question, and print a traceback for an unknown choice.

    Raises:
        UnusableAnswer: it has no `=`, or there is no such question or choice.
    """
    question, equals, value = given.partition("=")
    known = sorted(answers.asked())
    if not equals:
        raise UnusableAnswer(f"{given!r} is not QUESTION=VALUE; try ARGS='api=http worker=sqs'")
    if question not in known:
        close = get_close_matches(question, known, n=1) or [", ".join(known)]
        raise UnusableAnswer(f"there is no question {question!r}; try {close[0]}")
    default = answers.asked()[question]
    if isinstance(default, bool) and value.lower() not in YES_OR_NO:
        raise UnusableAnswer(f"{question} {value!r} is neither yes nor no; try {question}=yes")
    if isinstance(default, list) and (problem := answers.problem(question, {question: value})):
        raise UnusableAnswer(str(problem))
    return given


def main(arguments: Sequence[str] | None = None) -> int:
    """Render a project with the installed cookiecutter; return its exit code."""
    parser = argparse.ArgumentParser(prog="python -m tools.new", description=__doc__)
    parser.add_argument(
        "--output", type=Path, default=Path("out"), help="the folder to render into"
    )
    parser.add_argument("answers", nargs="*", metavar="QUESTION=VALUE")
    given = parser.parse_args(arguments)
    try:
        known = [checked(answer) for answer in given.answers]
    except UnusableAnswer as error:
        print(error, file=sys.stderr)
        return 2
    try:
        given.output.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        reason = "is not a folder" if given.output.exists() else f"can't be made: {error.strerror}"
        print(f"OUT {str(given.output)!r} {reason}; try OUT=out", file=sys.stderr)
        return 2
    asked = [] if sys.stdin.isatty() else ["--no-input"]
    command = ["cookiecutter", *asked, "--output-dir", str(given.output)]
    command += [str(answers.TEMPLATE_ROOT), *known]
    command = [sys.executable, "-m", *command]
    if os.name == "posix":
        # Replaces this process, so that signals to it stop cookiecutter.
        os.execv(sys.executable, command)
    return subprocess.call(command)


if __name__ == "__main__":
    sys.exit(main())
