"""Pages, messages, docstrings and comments avoid phrases that a reader has to decode."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from local_extensions.answers import TEMPLATE_ROOT

# Riddles and ornaments; the right side is what to write.
PHRASES = {
    r"stands? in for": "replaces",
    r"of (its|their) own\b(?! accord)": "its, separate",
    r"by (itself|themselves)\b": "alone, automatically",
    r"(is|are|was|were) told\b": "receives, knows",
    r"takes? away": "removes",
    r"out of the box": "without configuration",
    r"under the hood": "internally",
    r"\b(simply|seamless(ly)?|effortless(ly)?|blazing(ly)?|leverages?)\b": "leave it out",
}
SUFFIXES = {".md", ".py", ".toml", ".yml", ".mk", ".in", ".html"}
SKIPPED = {".cache", ".git", ".hypothesis", ".venv", "build", "out", "node_modules"}


def files(folder: Path) -> Iterator[Path]:
    for each in sorted(folder.iterdir()):
        if each.is_dir() and each.name not in SKIPPED and not each.is_symlink():
            yield from files(each)
        elif each.is_file() and (each.suffix in SUFFIXES or each.name == "Makefile"):
            yield each


def test_texts_are_literal() -> None:
    read, found = 0, []
    for file in files(TEMPLATE_ROOT):
        if file == Path(__file__):
            continue
        read += 1
        for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1):
            for phrase, instead in PHRASES.items():
                if re.search(phrase, line, re.IGNORECASE):
                    place = file.relative_to(TEMPLATE_ROOT).as_posix()
                    found.append(f"{place}:{number}: {phrase}; try: {instead}")
    assert read > 400
    assert not found, "\n".join(found)
