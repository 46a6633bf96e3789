"""The Jinja extension of cookiecutter.json: checks each answer and adds the filters."""

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

from local_extensions import answers, foreign, hints, literals, record, verification
from local_extensions.current import release
from local_extensions.places import PLACES, region_of

RELEASE = release()
# Questions to ask again after an invalid answer, if not only the question itself.
ASK_AGAIN = {"worker": ("api", "worker")}
QUESTION = re.compile(r"cookiecutter\.([a-z]\w*)")
# A project has about a hundred small files, 2 MiB in blocks of 4 KiB.
FREE_BYTES = 16 * 2**20


class AnswersExtension(Extension):
    """Adds the filter `checked`, the filters of `literals.py`, `foreign` and the template's folder.

    Hooks are rendered to a lone temporary file (https://github.com/cookiecutter/cookiecutter/issues/824);
    with `template_root` they can import modules of the template.

    cookiecutter renders each answer of its command line or of a configuration file as a template
    before it is checked. `preprocess` rejects answers with template syntax: their code would run,
    and a mistake in it would print a traceback.
    """

    def __init__(self, environment: Environment) -> None:
        super().__init__(environment)
        self._asking = True
        self._given: dict[str, Any] | None = None
        self._rendered: dict[str, list[str]] = {}
        environment.tests["is_production"] = literals.is_production
        environment.filters["checked"] = self._checked
        environment.filters["validated_folder"] = validated_folder
        environment.filters["record"] = record.text
        environment.filters.update({filter_.__name__: filter_ for filter_ in literals.FILTERS})
        environment.globals["prices"] = answers.prices()
        environment.globals["template_root"] = str(answers.TEMPLATE_ROOT)
        environment.globals["foreign"] = foreign
        logging.getLogger("cookiecutter.hooks").addFilter(without_traceback)

    def preprocess(self, source: str, name: str | None, filename: str | None = None) -> str:
        """Reject template syntax in answers, and validate all answers before files are written.

        Raises:
            click.ClickException: an answer contains template syntax; the message is one line.
        """
        if name is not None or not self._asking:
            return source
        if source == answers.PROJECT_FOLDER:
            self._asking = False
            return "{{ cookiecutter | validated_folder }}"
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
        """Return whether the source is a hook; cookiecutter creates an environment for each."""
        return self._given is None and "\n" in source and "template_root" in source

    def _checked(self, given: dict[str, Any], question: str) -> str:
        """Check one answer; cookiecutter renders the entries of a list one by one, as choices."""
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
    """Remove the traceback from cookiecutter's message about a failed hook.

    The hook has printed the reason in one line, which the traceback would hide.
    """
    record.exc_info = record.exc_text = None
    return True


def checked(given: dict[str, Any], question: str) -> str:
    """Return the normalised answer, and store it in `given`.

    On a terminal, ask again after an invalid answer, accept a place as a region, and print what
    helps with the next question.

    Raises:
        click.ClickException: the answer is invalid and there is no terminal.
    """
    while question in given:
        if isinstance(given[question], str):
            given[question] = _meant(question, answers.normalised(question, given[question]))
        problem = answers.problem(question, given)
        if problem is None and question == "project_slug":
            problem = _occupied(str(given[question]))
        if problem is None:
            _say_before_the_next(question, given)
            return str(given[question])
        if not _is_interactive():
            raise click.ClickException(str(problem))
        _ask_again(problem, given)
    return ""  # a replay asks only for missing answers; `validated_folder` checks all


def _meant(question: str, value: str) -> str:
    """Return the answer that a person on a terminal means."""
    if not _is_interactive():
        return value
    if question == "alarm_email" and value.lower() == hints.ME:
        return hints.git_email() or value
    if question == "aws_region" and value not in PLACES and (region := region_of(value)):
        _print(f"{region} is {PLACES[region]}")
        return region
    return value


def _occupied(slug: str) -> answers.Problem | None:
    """Return the problem with a slug whose folder exists, before further questions.

    Raises:
        click.ClickException: no project can be written to the output folder.
    """
    context = click.get_current_context(silent=True)
    parameters = context.params if context is not None else {}
    if not parameters.get("output_dir"):
        return None
    try:
        verification.is_required()
    except ValueError as error:
        raise click.ClickException(str(error)) from None
    output = Path(parameters["output_dir"]).absolute()
    if found := _place_problems(output / slug):
        raise click.ClickException(found[0])
    if parameters.get("overwrite_if_exists") or not (output / slug).exists():
        return None
    longest = answers.SLUG_LENGTHS[1]
    others = (f"{slug[: longest - 2].rstrip('-')}-{number}" for number in range(2, 10))
    free = next((other for other in others if not (output / other).exists()), None)
    why = f"is taken: {output / slug} exists (--overwrite-if-exists renders over it)"
    return answers.Problem("project_slug", slug, why, free)


def _say_before_the_next(question: str, given: Mapping[str, Any]) -> None:
    asked = list(answers.asked())
    following = asked[asked.index(question) + 1 :][:1]
    if following and following[0] not in given and _is_interactive():
        line = hints.before(following[0], given)
        if line:
            _print(line)


def _print(line: str) -> None:
    """Print a line between questions."""
    from rich import get_console
    from rich.text import Text

    get_console().print(Text(f"  {line}", style="dim"), soft_wrap=True)


def templates() -> dict[str, str]:
    """Return the variables that cookiecutter.json computes, with their Jinja sources."""
    return {
        name: source
        for name, source in answers.questions().items()
        if isinstance(source, str) and QUESTION.search(source)
    }


@pass_environment
def validated_folder(environment: Environment, given: dict[str, Any]) -> str:
    """Return the project's folder after validating all answers and the output folder.

    cookiecutter renders the folder's name before it writes files, also in a replay and without
    hooks.

    Raises:
        click.ClickException: there are problems; the message has one line for each.
    """
    problems = [str(problem) for problem in answers.problems(given)]
    if not problems:
        private = answers.private_problems(given, _computed(environment, given))
        problems = [str(problem) for problem in private]
    # cruft renders into a temporary folder, without verification.
    if "_output_dir" in given:
        problems += _surroundings(given)
    if problems:
        raise click.ClickException("\n".join(problems))
    return str(given["project_slug"])


def _computed(environment: Environment, given: Mapping[str, Any]) -> dict[str, str]:
    """Return the values of the private variables for these answers."""
    return {
        name: environment.from_string(source).render(cookiecutter=given)
        for name, source in templates().items()
        if name.startswith("__")
    }


def _surroundings(given: Mapping[str, Any]) -> list[str]:
    """Return the problems that prevent writing or the requested verification."""
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
    return [*found, *_place_problems(project)]


def _place_problems(project: Path) -> list[str]:
    """Return the problem that prevents writing a project into its folder."""
    place = next(folder for folder in (project, *project.parents) if folder.exists())
    elsewhere = "try --output-dir with another folder"
    if not place.is_dir():
        return [f"{place} is a file, so {project} can't be made; {elsewhere}"]
    if not os.access(place, os.W_OK | os.X_OK):
        return [f"{place} is not writable; {elsewhere}"]
    if (free := shutil.disk_usage(place).free) < FREE_BYTES:
        complaint = f"{free // 2**10} KiB are free, and a project needs {FREE_BYTES // 2**10}"
        return [f"{place} is on a full disk: {complaint}; {elsewhere}"]
    return []


def _is_interactive() -> bool:
    """Return whether the cookiecutter command asks its questions on a terminal."""
    context = click.get_current_context(silent=True)
    return context is not None and context.params.get("no_input") is False and sys.stdin.isatty()


def _default(question: str) -> str:
    """Return the default of a free text, unless it is computed from other answers."""
    default = str(answers.asked()[question])
    return "" if "{{" in default or answers.RULES[question](default) else default


def _ask_again(problem: answers.Problem, given: dict[str, Any]) -> None:
    """Print the problem, then ask as cookiecutter does, with the suggestion as the default."""
    # Imported here because only a terminal needs them; cookiecutter has loaded them by then.
    from cookiecutter.prompt import read_user_choice, read_user_variable
    from rich import get_console
    from rich.text import Text

    asked = answers.asked()
    prompts = answers.questions()["__prompts__"]
    get_console().print(Text(str(problem), style="prompt.invalid"), soft_wrap=True)
    for name in ASK_AGAIN.get(problem.question, (problem.question,)):
        prefix = f"  [dim][{list(asked).index(name) + 1}/{len(asked)}][/] "
        ask: Callable[..., str] = read_user_variable
        default: object = problem.suggestion or _default(name)
        if isinstance(asked[name], list):
            ask, default = read_user_choice, asked[name]
        try:
            given[name] = ask(name, default, prompts, prefix)
            if f"__{name}" in given:  # it was computed before another question
                given[f"__{name}"] = given[name]
        except EOFError:
            raise click.Abort from None
