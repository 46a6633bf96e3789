"""Writes the template of openapi.json: `python -m tools.openapi --write`.

`make openapi` of a project with each combination of answers that changes the document gives one
text. The lines in which they differ become conditions.
"""

from __future__ import annotations

import argparse
import difflib
import itertools
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from lifecycle.rendering import render
from local_extensions.answers import PROJECT_FOLDER, TEMPLATE_ROOT, questions

TEMPLATE = TEMPLATE_ROOT / "templates" / "openapi.json"
COMMAND = "python -m tools.openapi --write"
# The questions that change the document, with the values that differ.
QUESTIONS = {
    "api": ("rest", "http"),
    "api_auth": ("iam", "cognito"),
    "worker": ("s3", "stream", "none"),
}
Answers = tuple[str, ...]


def variants() -> list[Answers]:
    """Return the combinations of answers that have different documents."""
    return list(itertools.product(*QUESTIONS.values()))


def document(answers: Mapping[str, str]) -> str:
    """Return what `make openapi` writes in a project with these answers."""
    # Bytecode beside it would be rendered.
    sys.dont_write_bytecode = True
    folder = str(TEMPLATE_ROOT / PROJECT_FOLDER)
    if folder not in sys.path:
        sys.path.insert(0, folder)
    from tap_project.openapi.__main__ import generated

    with tempfile.TemporaryDirectory(prefix="tap-openapi-") as made:
        project = render(answers, Path(made))
        return generated(project)


def template() -> str:
    """Return the Jinja template that renders each of the documents."""
    texts = {each: document(dict(zip(QUESTIONS, each, strict=True))) for each in variants()}
    merged = "".join(_merged({each: text.splitlines(True) for each, text in texts.items()}))
    asked = questions()
    for name, field in (("project_name", "title"), ("description", "description")):
        literal = f'"{field}": "{asked[name]}"'
        if merged.count(literal) != 1:
            raise SystemExit(f"{literal} is not once in the document; try another placeholder")
        merged = merged.replace(literal, f'"{field}": {{{{ cookiecutter.{name} | json_string }}}}')
    return merged


def _merged(texts: Mapping[Answers, Sequence[str]]) -> Iterator[str]:
    """Yield the lines of a template; those that differ are in conditions."""
    (_, base), *_ = texts.items()
    blocks = {
        each: difflib.SequenceMatcher(None, base, text, autojunk=False).get_matching_blocks()
        for each, text in texts.items()
    }
    # For each line of the base, where each text has it.
    places = [
        {
            each: block.b + number - block.a
            for each, found in blocks.items()
            for block in found
            if block.a <= number < block.a + block.size
        }
        for number in range(len(base))
    ]
    before = dict.fromkeys(texts, 0)
    for number, found in enumerate(places):
        if len(found) == len(texts):
            yield from _choice({each: texts[each][before[each] : found[each]] for each in texts})
            yield base[number]
            before = {each: place + 1 for each, place in found.items()}
    yield from _choice({each: text[before[each] :] for each, text in texts.items()})


def _choice(parts: Mapping[Answers, Sequence[str]]) -> Iterator[str]:
    """Yield the parts under conditions on as few answers as possible."""
    if not any(parts.values()):
        return
    numbers = range(len(QUESTIONS))
    for size in numbers:
        for chosen in itertools.combinations(numbers, size + 1):
            by_answers: dict[Answers, list[str]] = {}
            for each, lines in parts.items():
                key = tuple(each[number] for number in chosen)
                if by_answers.setdefault(key, list(lines)) != list(lines):
                    break
            else:
                yield from _conditions([list(QUESTIONS)[number] for number in chosen], by_answers)
                return


def _conditions(names: Sequence[str], texts: Mapping[Answers, Sequence[str]]) -> Iterator[str]:
    """Yield one condition for each text."""
    grouped: dict[tuple[str, ...], list[Answers]] = {}
    for answers, lines in texts.items():
        grouped.setdefault(tuple(lines), []).append(answers)
    # The values that the answers' list leaves out have the text of the first one.
    default = tuple(next(iter(texts.values())))
    others = [(lines, answers) for lines, answers in grouped.items() if lines != default]
    word = "if"
    for lines, chosen in others:
        tests = [
            " and ".join(f"cookiecutter.{n} == '{v}'" for n, v in zip(names, each, strict=True))
            for each in chosen
        ]
        yield f"{{% {word} {' or '.join(tests)} %}}\n"
        yield from lines
        word = "elif"
    if default:
        yield "{% else %}\n"
        yield from default
    yield "{% endif %}\n"


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the template, or say whether it is current."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true", help="write templates/openapi.json")
    given = parser.parse_args(arguments)
    text = template()
    current = TEMPLATE.read_text(encoding="utf-8") if TEMPLATE.is_file() else ""
    if given.write:
        TEMPLATE.write_text(text, encoding="utf-8")
    name = TEMPLATE.relative_to(TEMPLATE_ROOT)
    if text == current:
        print(f"{name} is unchanged.")
        return 0
    print(f"{name} is written." if given.write else f"{name} is out of date; try: {COMMAND}")
    return 0 if given.write else 1


if __name__ == "__main__":
    sys.exit(main())
