"""Write the pictures in docs/images, and the figures in README.md: `make readme`.

The figures are between marks in README.md. Counts and pictures follow from the repository, and a
test compares them. Figures of long runs are those of docs/results.json. `--record` also records the
runs of cookiecutter again, which takes a minute; `--record questions` only that one. `--screens`
writes the pictures of the explorer and of the site that `make docs` built.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from local_extensions.answers import TEMPLATE_ROOT
from proof import dependencies, variants
from proof.matrix.prover import bake
from proof.warm_kernel import WarmProcess
from tools import rules
from tools.readme import (
    architecture,
    dashboard,
    faults,
    recording,
    refusal,
    runs,
    screens,
    terminal,
)
from tools.readme import variants as map_
from tools.readme.themes import THEMES

README = TEMPLATE_ROOT / "README.md"
IMAGES = TEMPLATE_ROOT / "docs" / "images"
RESULTS = TEMPLATE_ROOT / "docs" / "results.json"
JUDGES = TEMPLATE_ROOT / "docs" / "judges.md"
REFUSAL = IMAGES / "refusal.txt"
BLOCK = re.compile(r"(<!-- (\w+) of make readme -->\n).*?(<!-- end -->)", re.DOTALL)


def produced() -> Mapping[str, Any]:
    """Write the outputs of the default project's commands; return the template of production."""
    with tempfile.TemporaryDirectory() as folder:
        project = bake(variants.Variant((), ()), Path(folder))  # every default
        dependencies.link(project, "3.14")
        synth = WarmProcess()
        try:
            for name, text in runs.texts(project, synth):
                runs.file(name).write_text(text, encoding="utf-8")
        finally:
            synth.close()
        return production(project)


def production(project: Path) -> Mapping[str, Any]:
    """Return the template of production of a synthesized project."""
    (file,) = (project / "cdk.out").glob("*-prod.template.json")
    found: Mapping[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return found


def synthesized(template: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield name and text of each picture that follows from the default stack."""
    counts = Counter(each["Type"] for each in template["Resources"].values())
    for name, theme in THEMES.items():
        yield f"architecture-{name}.svg", architecture.picture(counts, theme)
        yield f"dashboard-{name}.svg", dashboard.picture(template, theme)


def computed() -> Iterator[tuple[str, str]]:
    """Yield name and text of each picture that needs no synth."""
    costs = map_.all_costs()
    for name, theme in THEMES.items():
        yield f"variants-{name}.svg", map_.picture(costs, theme)
    for name, each in recording.ALL.items():
        yield f"{name}.svg", terminal.of_cast(each.cast.read_text(encoding="utf-8"))
    for name in runs.COMMANDS:
        yield f"{name}.svg", runs.picture(name)
    yield "refusal.svg", refusal.picture(REFUSAL.read_text(encoding="utf-8"))


def counts() -> str:
    """Return the sentence of counts."""
    documented = rules.pages().documented().values()
    core = sum(each.profile == "core" for each in documented)
    return (
        f"{len(variants.product())} infrastructure variants, each rendered, synthesized and checked"
        f" by the tests · {len(documented)} guardrails, {core} of them for any CDK app · synth"
        " without credentials, network or Docker"
    )


def results() -> str:
    """Return the table of the runs in docs/results.json, and of the judges."""
    runs = json.loads(RESULTS.read_text(encoding="utf-8"))
    lines = ["| run | result | |", "|---|---|---|"]
    for run in runs.values():
        lines.append(f"| `{run['command']}` | {run['figures']} | {run['date']}, {run['machine']} |")
    page = JUDGES.read_text(encoding="utf-8")
    _, total, ours, nag, cdk, lint, checkov, *_ = [
        cell.strip() for cell in _one(r"^\| all \|.*$", page).strip("|").split("|")
    ]
    date = _one(r"(?<=\| measured \| )[\d-]+", page)
    lines.append(
        f"| `make judges` | of {total} breakages of good templates, guardrails notice {ours},"
        f" checkov {checkov}, cdk-nag {nag}, CDK validation {cdk}, cfn-lint {lint}"
        f" ([docs/judges.md](docs/judges.md)) | {date} |"
    )
    return "\n".join(lines)


def _one(pattern: str, text: str) -> str:
    found = re.search(pattern, text, re.MULTILINE)
    if not found:
        raise ValueError(f"docs/judges.md has no line {pattern!r}")
    return found.group(0)


def caption() -> str:
    """Return when and where the generation was recorded."""
    header, _ = terminal.cast(recording.GENERATION.cast.read_text(encoding="utf-8"))
    where = "from a clone of this repository; played faster"
    return f"`--no-input`, recorded on {header['title']}, {where}."


BLOCKS: Mapping[str, Callable[[], str]] = {
    "counts": counts,
    "results": results,
    "faults": lambda: "\n".join(faults.table()),
    "caption": caption,
}


def written(text: str) -> str:
    """Return README.md with the figures of now.

    Raises:
        ValueError: a mark is missing or unknown.
    """
    found = [match.group(2) for match in BLOCK.finditer(text)]
    if sorted(found) != sorted(BLOCKS):
        raise ValueError(f"README.md has the marks {found}, not {list(BLOCKS)}")
    return BLOCK.sub(lambda match: f"{match[1]}{BLOCKS[match[2]]()}\n{match[3]}", text)


def main(arguments: Sequence[str] | None = None) -> int:
    """Write pictures and figures."""
    parser = argparse.ArgumentParser(prog="make readme", description=main.__doc__)
    parser.add_argument(
        "--record",
        nargs="*",
        choices=recording.ALL,
        metavar="NAME",
        help=f"record again: {', '.join(recording.ALL)}; without NAME, all",
    )
    parser.add_argument(
        "--screens", action="store_true", help="only write the pictures of pages, by Chromium"
    )
    given = parser.parse_args(arguments)
    IMAGES.mkdir(exist_ok=True)
    if given.screens:
        try:
            for picture in screens.made():
                print(f"docs/images/{picture.name}: written")
        except (FileNotFoundError, ValueError) as error:
            print(error, file=sys.stderr)
            return 1
        return 0
    if given.record is not None:
        for name in given.record or recording.ALL:
            recording.write(recording.ALL[name])
    REFUSAL.write_text(refusal.report(), encoding="utf-8")
    for name, text in (*synthesized(produced()), *computed()):
        file = IMAGES / name
        before = file.read_text(encoding="utf-8") if file.is_file() else ""
        file.write_text(text, encoding="utf-8")
        print(f"docs/images/{name}: {'unchanged' if before == text else 'updated'}")
    README.write_text(written(README.read_text(encoding="utf-8")), encoding="utf-8")
    print("README.md: written")
    return 0


if __name__ == "__main__":
    sys.exit(main())
