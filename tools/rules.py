"""Writes docs/rules.md, the reference of the rules: `python -m tools.rules --write`."""

from __future__ import annotations

import argparse
import importlib
import re
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

from local_extensions.answers import PROJECT_FOLDER, TEMPLATE_ROOT

PAGE = TEMPLATE_ROOT / "docs" / "rules.md"
COMMAND = "make seal"
INTRODUCTION = f"""\
# Rules

Written by `{COMMAND}` from the rules and their examples, which are run as tests. The commands
`tap-guardrails rules TAP302`, and `make rules RULE=TAP302` in a project, print the same.

| profile | rules |
|---|---|
| `core` | reject faults of any CDK app |
| `house` | also require the conventions of this template |

In a fix, a line that starts with `-` is the fault.
"""


def pages() -> ModuleType:
    """Return the module of the guardrails that documents the rules."""
    # Bytecode beside it would be rendered.
    sys.dont_write_bytecode = True
    folder = str(TEMPLATE_ROOT / PROJECT_FOLDER)
    if folder not in sys.path:
        sys.path.insert(0, folder)
    return importlib.import_module("tap_guardrails.pages")


def reference() -> str:
    """Return the page: a table of the subjects, and their rules."""
    return "\n".join((INTRODUCTION, *_contents(), *_sections())) + "\n"


def _contents() -> Iterator[str]:
    yield "| subject | rules |"
    yield "|---|---|"
    for subject, rules in pages().subjects().items():
        links = ", ".join(f"[{each.id}](#{each.id.lower()})" for each in rules)
        yield f"| [{_heading(subject)}](#{_anchor(subject)}) | {links} |"


def _sections() -> Iterator[str]:
    for subject, rules in pages().subjects().items():
        yield f"\n## {_heading(subject)}"
        for each in rules:
            # The anchor is the ID alone, so that a link survives a change of the title.
            yield f'\n### <a id="{each.id.lower()}"></a>{each.id}: {each.title}\n'
            yield from _body(each)


def _body(each: Any) -> Iterator[str]:
    module = pages()
    yield f"{module.facts(each)}\n\n{_prose(each.why)}"
    for name, text in (("Judged", module.judged(each)), ("Limits", each.limits)):
        if text:
            yield f"\n{name}: {_prose(text)}"
    for name, code in module.codes(each):
        yield f"\n{name.partition(' ')[0]}:\n\n```{_language(code)}\n{code}\n```"
    yield f"\nSource: <{each.evidence}>"


def single_pages() -> Iterator[tuple[str, str]]:
    """Yield the ID of each rule, and its page: `rules/TAP302.md` of the documentation site."""
    for subject, rules in pages().subjects().items():
        about = f"[Rules](index.md) / {_heading(subject)}"
        for each in rules:
            exception = (
                f"\nException:\n\n```python\ncdk.Validations.of(construct).acknowledge("
                f'cdk.Acknowledgment(id="tap::{each.id}", reason=WHY))\n```\n'
            )
            text = "\n".join(_body(each))
            yield each.id, f"{about}\n\n# {each.id}: {each.title}\n\n{text}\n{exception}"


def index() -> str:
    """Return the page `rules/index.md` of the site: the rules by subject, with their titles."""
    lines = [INTRODUCTION]
    for subject, rules in pages().subjects().items():
        lines += [f"## {_heading(subject)}", "", "| rule | profile | |", "|---|---|---|"]
        for each in rules:
            title = _prose(each.title).replace("|", "\\|")
            lines.append(f"| [{each.id}]({each.id}.md) | {each.profile} | {title} |")
        lines.append("")
    return "\n".join(lines)


def _language(code: str) -> str:
    """Return the language of a code block for Markdown."""
    if any(line.startswith("- ") for line in code.splitlines()):
        return "diff"
    return "text" if code.startswith("# .github/") else "python"


def _heading(subject: str) -> str:
    return subject.rstrip(".")


def _anchor(subject: str) -> str:
    """Return the anchor that GitHub gives to the heading of a subject."""
    return re.sub(r"[^\w\- ]", "", _heading(subject).lower()).replace(" ", "-")


def _prose(text: str) -> str:
    """Return a text in which Markdown keeps asterisks, angle brackets and underscores."""
    return re.sub(r"([*<_])", r"\\\1", text)


def main(arguments: Sequence[str] | None = None, page: Path = PAGE) -> int:
    """Write the page if asked to; return 1 if it is stale."""
    parser = argparse.ArgumentParser(prog="python -m tools.rules", description=__doc__)
    parser.add_argument("--write", action="store_true", help="write the page")
    given = parser.parse_args(arguments)
    before = page.read_text(encoding="utf-8") if page.is_file() else ""
    after = reference()
    if before == after:
        print(f"docs/{page.name} is up to date.")
        return 0
    if not given.write:
        print(f"docs/{page.name} differs from the rules; try: {COMMAND}", file=sys.stderr)
        return 1
    page.write_text(after, encoding="utf-8")
    print(f"docs/{page.name}: updated.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
