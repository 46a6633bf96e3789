"""The option space of the template, computed from cookiecutter.json.

`python -m proof.variants` lists every variant; `--help` lists the other outputs.
"""

from __future__ import annotations

import argparse
import itertools
import json
import random
import shlex
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from typing import Any

from local_extensions import answers

Answer = str | bool
Answers = tuple[tuple[str, Answer], ...]

# Every choice or yes-or-no question is part of the product, except these: they change no
# resource, so they are cycled over the product instead of multiplying it.
PROJECT_QUESTIONS = ("python_version", "ci", "package_manager", "license")
UNRENDERED_QUESTIONS = ("verify",)
# Also asked, and ignored, without an API.
DEPENDENT_QUESTION, DEPENDS_ON = "api_auth", "api"

ENVIRONMENTS = ("dev,prod", "prod", "dev,test,prod", "dev,test,staging,prod")
# How often each is dealt: two environments on average, as most projects have.
SHARES = {"environments": (4, 2, 1, 1)}
ALARM_EMAILS = ("", "on-call@example.com")


@dataclass(frozen=True)
class Variant:
    """One project that the template can render."""

    infrastructure: Answers
    project: Answers

    @property
    def answers(self) -> dict[str, Answer]:
        """The answers by question, ready for `bake(**variant.answers)`."""
        return dict(self.infrastructure + self.project)

    @property
    def id(self) -> str:
        """A name made of the answers, in the order of the questions."""
        return ".".join(
            f"{_label(question, value)}-{dependent}" if dependent else _label(question, value)
            for question, value, dependent in self._labelled()
        )

    @property
    def arguments(self) -> list[str]:
        """Further arguments of `cookiecutter <template>` that render this variant unverified."""
        given = {**self.answers, "verify": False}
        return ["--no-input", "--default-config", *(f"{q}={_typed(v)}" for q, v in given.items())]

    @property
    def command(self) -> str:
        """The command line that reproduces this variant from a checkout of the template."""
        # A separate folder, because files of another variant would stay in a shared one.
        output = ["--output-dir", f"out/{self.id}", "--overwrite-if-exists"]
        return shlex.join(["cookiecutter", ".", *output, *self.arguments])

    def __str__(self) -> str:
        return self.id

    def _labelled(self) -> Iterable[tuple[str, Answer, Answer | None]]:
        given = dict(self.infrastructure)
        for question, value in self.infrastructure:
            if question == DEPENDS_ON and value != "none":
                yield question, value, given.get(DEPENDENT_QUESTION)
            elif question != DEPENDENT_QUESTION:
                yield question, value, None


def infrastructure_options(asked: Mapping[str, Any]) -> dict[str, list[Answer]]:
    """Return the values of each question that changes resources, the default first."""
    elsewhere = (*PROJECT_QUESTIONS, *UNRENDERED_QUESTIONS)
    return {
        question: list(default) if isinstance(default, list) else [default, not default]
        for question, default in asked.items()
        if isinstance(default, list | bool) and question not in elsewhere
    }


def project_options(asked: Mapping[str, Any]) -> dict[str, list[Answer]]:
    """Return the answers that are cycled over the product: the default, then every other case."""
    options: dict[str, list[Answer]] = {
        question: list(asked[question]) for question in PROJECT_QUESTIONS
    }
    default = asked["aws_region"]
    others = [r[0] for p, r in answers.REGIONS.items() if p != answers.PARTITIONS[default]]
    options["aws_region"] = [default, *others]
    options["alarm_email"] = list(ALARM_EMAILS)
    options["environments"] = list(ENVIRONMENTS)
    return options


def space(asked: Mapping[str, Any]) -> tuple[Variant, ...]:
    """Return every valid combination of infrastructure answers, each with project answers.

    Project answers are dealt out evenly and shuffled, so that they don't run in step with the
    product; each value meets each infrastructure value many times. The same questions always
    give the same variants.
    """
    options = infrastructure_options(asked)
    rows = [
        tuple(zip(options, values, strict=True))
        for values in itertools.product(*options.values())
        if _is_asked_for(dict(zip(options, values, strict=True)), options)
    ]
    columns = [
        _dealt(question, _shared(question, values), rows)
        for question, values in project_options(asked).items()
    ]
    return tuple(
        Variant(row, project) for row, project in zip(rows, zip(*columns, strict=True), strict=True)
    )


@cache
def product() -> tuple[Variant, ...]:
    """Return every variant of the current template."""
    return space(answers.asked())


@cache
def all_pairs() -> tuple[Variant, ...]:
    """Return few variants that contain every valid pair of infrastructure answers.

    Chosen greedily from the product, the default's infrastructure first, so that no pair is lost
    to the constraint between API and worker.
    """
    pairs = {
        variant: set(itertools.combinations(variant.infrastructure, 2)) for variant in product()
    }
    unmet = set().union(*pairs.values())
    chosen = []
    while unmet:
        best = max(pairs, key=lambda variant: len(pairs[variant] & unmet))
        unmet -= pairs[best]
        chosen.append(best)
    return tuple(chosen)


def each_value() -> tuple[Variant, ...]:
    """Return the default, and for each other value the default with that value."""
    first = default()
    found = [first]
    options = infrastructure_options(answers.asked()) | project_options(answers.asked())
    for question, values in options.items():
        for value in values[1:]:
            found.append(
                Variant(
                    _with(first.infrastructure, question, value),
                    _with(first.project, question, value),
                )
            )
    return tuple(found)


@cache
def default() -> Variant:
    """Return the variant of the default answers."""
    asked = answers.asked()
    return Variant(
        tuple((q, values[0]) for q, values in infrastructure_options(asked).items()),
        tuple((q, values[0]) for q, values in project_options(asked).items()),
    )


def by_id(variant_id: str) -> Variant:
    """Return the variant of the product with this id.

    Raises:
        ValueError: there is none; the message suggests the nearest.
    """
    known = {variant.id: variant for variant in product()}
    if variant_id not in known:
        nearest = get_close_matches(variant_id, known, n=1)
        remedy = f"; try {nearest[0]!r}" if nearest else ""
        raise ValueError(f"variant {variant_id!r} is not in the product{remedy}")
    return known[variant_id]


def shard(index: int, count: int) -> tuple[Variant, ...]:
    """Return the share of the machine with this index, from 1 to `count`.

    Raises:
        ValueError: not 1 <= index <= count.
    """
    if not 1 <= index <= count:
        raise ValueError(
            f"shard '{index}/{count}' is not between '1/{count}' and '{count}/{count}'"
        )
    return product()[index - 1 :: count]


def matrix(shards: int) -> dict[str, list[dict[str, int]]]:
    """Return a job's matrix for `fromJSON` of GitHub Actions."""
    return {
        "include": [
            {"shard": index, "shards": shards, "variants": len(shard(index, shards))}
            for index in range(1, shards + 1)
        ]
    }


def main(arguments: Sequence[str] | None = None) -> int:
    """Print variants, the command line of one, or the matrix of a CI job."""
    parser = argparse.ArgumentParser(prog="python -m proof.variants", description=__doc__)
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--pairs", action="store_true", help="all pairs instead of the product")
    which.add_argument("--shard", metavar="I/N", help="the share of machine I of N")
    which.add_argument("--shards", metavar="N", type=int, help="the matrix of a job on N machines")
    which.add_argument("--command", metavar="ID", help="the command line that renders a variant")
    parser.add_argument("--json", action="store_true", help="with answers and commands, as JSON")
    given = parser.parse_args(arguments)
    try:
        if given.shards is not None:
            if given.shards < 1:
                raise ValueError(f"--shards {given.shards} is below 1; try 8")
            found = matrix(given.shards)
            lines = [f"{row['shard']}/{row['shards']}" for row in found["include"]]
            print(json.dumps(found) if given.json else "\n".join(lines))
            return 0
        if given.command is not None:
            print(by_id(given.command).command)
            return 0
        chosen = _chosen(given.pairs, given.shard)
    except ValueError as error:
        print(error, file=sys.stderr)
        return 1
    if given.json:
        rows = [{"id": v.id, "answers": v.answers, "command": v.command} for v in chosen]
        print(json.dumps(rows, indent=2))
    else:
        print("\n".join(variant.id for variant in chosen))
    return 0


def _chosen(pairs: bool, share: str | None) -> tuple[Variant, ...]:
    if pairs:
        return all_pairs()
    if share is None:
        return product()
    index, slash, count = share.partition("/")
    if not (slash and index.isdecimal() and count.isdecimal()):
        raise ValueError(f"--shard {share!r} is not of the form I/N; try '1/8'")
    return shard(int(index), int(count))


def _is_asked_for(given: Mapping[str, Answer], options: Mapping[str, list[Answer]]) -> bool:
    """Return whether the template accepts these answers, and no other answers are equivalent."""
    if answers.contradiction(given) is not None:
        return False
    return (
        given[DEPENDS_ON] != "none" or given[DEPENDENT_QUESTION] == options[DEPENDENT_QUESTION][0]
    )


def _shared(question: str, values: Sequence[Answer]) -> list[Answer]:
    """Return the values of a question, each as often as its share."""
    shares = SHARES.get(question, (1,) * len(values))
    return [value for value, share in zip(values, shares, strict=True) for _ in range(share)]


def _dealt(
    question: str, values: Sequence[Answer], rows: Sequence[Answers]
) -> list[tuple[str, Answer]]:
    """Deal the values out evenly, and swap rows where one can't have its value."""

    def fit(row: Answers, dealt: tuple[str, Answer]) -> bool:
        return answers.contradiction(dict([*row, dealt])) is None

    column = [(question, values[n % len(values)]) for n in range(len(rows))]
    random.Random(question).shuffle(column)
    for n, row in enumerate(rows):
        if not fit(row, column[n]):
            other = next(
                m for m in _after(n, rows) if fit(row, column[m]) and fit(rows[m], column[n])
            )
            column[n], column[other] = column[other], column[n]
    return column


def _after(position: int, rows: Sequence[Answers]) -> Iterable[int]:
    return (n % len(rows) for n in range(position + 1, position + len(rows)))


def _with(given: Answers, question: str, value: Answer) -> Answers:
    return tuple((q, value if q == question else v) for q, v in given)


def _label(question: str, value: Answer) -> str:
    if isinstance(value, bool):
        subject = question.partition("_")[0]
        return subject if value else f"no_{subject}"
    return value


def _typed(value: Answer) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return value


if __name__ == "__main__":
    sys.exit(main())
