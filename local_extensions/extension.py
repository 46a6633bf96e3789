"""The Jinja extension of cookiecutter.json: checks answers as they are given, adds the filters."""

from __future__ import annotations

import logging
import os
import re
import shutil
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import click
from jinja2 import Environment, pass_environment
from jinja2.ext import Extension

from local_extensions import answers, foreign, literals, verification
from local_extensions.current import release

RELEASE = release()
# Questions that a bad answer makes cookiecutter ask again, where it isn't the refused one alone.
ASK_AGAIN = {"worker": ("api", "worker")}
QUESTION = re.compile(r"cookiecutter\.([a-z]\w*)")
# A project has about a hundred small files, 2 MiB in blocks of 4 KiB.
FREE_BYTES = 16 * 2**20


class AnswersExtension(Extension):
    """Adds the filter `checked`, the filters of `literals.py`, `foreign` and the template's folder.

    Hooks are rendered to a lone temporary file (https://github.com/cookiecutter/cookiecutter/issues/824);
    with `template_root` they can import what lies beside them.

    cookiecutter renders each answer of its command line or of a configuration file as a template
    before anybody checks it. `preprocess` refuses those that hold template code: it would run, and
    a mistake in it would end in a traceback.
    """

    def __init__(self, environment: Environment) -> None:
        super().__init__(environment)
        self._asking = True
        self._given: dict[str, Any] | None = None
        self._rendered: dict[str, list[str]] = {}
        environment.tests["is_production"] = literals.is_production
        environment.filters["checked"] = self._checked
        environment.filters["admitted"] = admitted
        environment.filters.update({filter_.__name__: filter_ for filter_ in literals.FILTERS})
        environment.globals["prices"] = answers.prices()
        environment.globals["template_root"] = str(answers.TEMPLATE_ROOT)
        environment.globals["foreign"] = foreign
        logging.getLogger("cookiecutter.hooks").addFilter(without_traceback)

    def preprocess(self, source: str, name: str | None, filename: str | None = None) -> str:
        """Refuse template code in an answer, and have all answers judged before a file is written.

        Raises:
            click.ClickException: an answer holds template code; the message is one line.
        """
        if name is not None or not self._asking:
            return source
        if source == answers.PROJECT_FOLDER:
            self._asking = False
            return "{{ cookiecutter | admitted }}"
        if "checked(" not in source or source not in answers.questions().values():
            self._note(source)
        return source

    def _note(self, source: str) -> None:
        given = self._given or {}
        question = next((q for q in answers.asked() if q not in given), None)
        if question not in answers.RULES:
            return
        if self._given is not None and source in templates().values():
            needed = [q for q in QUESTION.findall(source) if q not in given]
            if needed:
                raise click.ClickException(f"{needed[0]} is a mapping, not text")
        self._rendered.setdefault(question, []).append(source)
        code = any(opening in source for opening in answers.JINJA_OPENINGS)
        if code and source not in answers.questions().values() and not self._is_hook(source):
            value = answers.normalised(question, source)
            raise click.ClickException(str(answers.problem(question, {question: value})))

    def _is_hook(self, source: str) -> bool:
        """Tell whether a hook is rendered; cookiecutter makes an environment for each of them."""
        return self._given is None and "\n" in source and "template_root" in source

    def _checked(self, given: dict[str, Any], question: str) -> str:
        """Check one answer; a list in its place was taken for choices, and rendered one by one."""
        self._given = given
        sources = self._rendered.pop(question, [])
        before = list(answers.asked())[: list(answers.asked()).index(question)]
        if question not in given and before and given.keys() >= set(before):
            # cookiecutter asks for a mapping last, as JSON.
            raise click.ClickException(f"{question} is a mapping, not text")
        if question in given and question in answers.RULES and len(sources) > 1:
            given[question] = sources
        return checked(given, question)


def without_traceback(record: logging.LogRecord) -> bool:
    """Have cookiecutter say that a hook failed without where in cookiecutter it noticed.

    The hook has said why in one line, which ten lines of traceback would scroll away.
    """
    record.exc_info = record.exc_text = None
    return True


def checked(given: dict[str, Any], question: str) -> str:
    """Return the answer in its normal form, and put it in place among those given.

    On a terminal a bad answer is asked for again.

    Raises:
        click.ClickException: the answer is bad and nobody can be asked; the message is one line.
    """
    while question in given:
        if isinstance(given[question], str):
            given[question] = answers.normalised(question, given[question])
        problem = answers.problem(question, given)
        if problem is None:
            return str(given[question])
        if not _somebody_answers():
            raise click.ClickException(str(problem))
        _ask_again(problem, given)
    return ""  # a replay asks only for what its file lacks; `admitted` judges the whole


def templates() -> dict[str, str]:
    """Return what cookiecutter.json computes from answers before it: variable to Jinja source."""
    return {
        name: source
        for name, source in answers.questions().items()
        if isinstance(source, str) and QUESTION.search(source)
    }


@pass_environment
def admitted(environment: Environment, given: dict[str, Any]) -> str:
    """Return the project's folder, once all answers and the place to write to are fine.

    cookiecutter renders the folder's name before it writes anything, also for a replay, and with
    hooks switched off.

    Raises:
        click.ClickException: something is wrong; the message has a line for each problem.
    """
    problems = [str(problem) for problem in answers.problems(given)]
    if not problems:
        private = answers.private_problems(given, _computed(environment, given))
        problems = [str(problem) for problem in private]
    # cruft renders into a temporary folder, and verifies nothing.
    if "_output_dir" in given:
        problems += _surroundings(given)
    if problems:
        raise click.ClickException("\n".join(problems))
    return str(given["project_slug"])


def _computed(environment: Environment, given: Mapping[str, Any]) -> dict[str, str]:
    """Return what the private variables have to be with these answers."""
    return {
        name: environment.from_string(source).render(cookiecutter=given)
        for name, source in templates().items()
        if name.startswith("__")
    }


def _surroundings(given: Mapping[str, Any]) -> list[str]:
    """Return why nothing can be written, or verified as it was asked for: a line for each."""
    found = []
    try:
        if verification.is_required() and not given.get("verify"):
            requirement = f"{verification.REQUIREMENT}=required"
            found.append(
                f"verify {given.get('verify')!r} contradicts {requirement}; try verify=yes"
            )
    except ValueError as error:
        found.append(str(error))
    project = Path(given["_output_dir"], str(given.get("project_slug")))
    place = next(folder for folder in (project, *project.parents) if folder.exists())
    elsewhere = "try --output-dir with another folder"
    if not place.is_dir():
        found.append(f"{place} is a file, so {project} can't be made; {elsewhere}")
    elif not os.access(place, os.W_OK | os.X_OK):
        found.append(f"{place} is not writable; {elsewhere}")
    elif (free := shutil.disk_usage(place).free) < FREE_BYTES:
        complaint = f"{free // 2**10} KiB are free, and a project needs {FREE_BYTES // 2**10}"
        found.append(f"{place} is on a full disk: {complaint}; {elsewhere}")
    return found


def _somebody_answers() -> bool:
    """Tell whether cookiecutter's own command asks its questions on a terminal."""
    context = click.get_current_context(silent=True)
    return context is not None and context.params.get("no_input") is False and sys.stdin.isatty()


def _ask_again(problem: answers.Problem, given: dict[str, Any]) -> None:
    """Say what is wrong, then ask as cookiecutter did, with the suggestion as the default."""
    # Imported here: only a terminal needs them, and cookiecutter itself has loaded them by then.
    from cookiecutter.prompt import read_user_choice, read_user_variable
    from rich import get_console
    from rich.text import Text

    asked = answers.asked()
    prompts = answers.questions()["__prompts__"]
    get_console().print(Text(str(problem), style="prompt.invalid"), soft_wrap=True)
    for name in ASK_AGAIN.get(problem.question, (problem.question,)):
        prefix = f"  [dim][{list(asked).index(name) + 1}/{len(asked)}][/] "
        ask: Callable[..., str] = read_user_variable
        default: object = problem.suggestion or ""
        if isinstance(asked[name], list):
            ask, default = read_user_choice, asked[name]
        try:
            given[name] = ask(name, default, prompts, prefix)
        except EOFError:
            raise click.Abort from None
