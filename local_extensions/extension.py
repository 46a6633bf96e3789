"""The Jinja extension of cookiecutter.json: checks answers as they are given, adds the filters."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import click
from jinja2 import Environment
from jinja2.ext import Extension

from local_extensions import answers, foreign, literals

# Questions that a bad answer makes cookiecutter ask again, where it isn't the refused one alone.
ASK_AGAIN = {"worker": ("api", "worker")}


class AnswersExtension(Extension):
    """Adds the filter `checked`, the filters of `literals.py`, `foreign` and the template's folder.

    Hooks are rendered to a lone temporary file (https://github.com/cookiecutter/cookiecutter/issues/824);
    with `template_root` they can import what lies beside them.
    """

    def __init__(self, environment: Environment) -> None:
        super().__init__(environment)
        environment.filters["checked"] = checked
        environment.filters.update({filter_.__name__: filter_ for filter_ in literals.FILTERS})
        environment.globals["template_root"] = str(answers.TEMPLATE_ROOT)
        environment.globals["foreign"] = foreign


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
    return ""  # a replay asks only for what its file lacks; pre_gen_project judges the whole


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
