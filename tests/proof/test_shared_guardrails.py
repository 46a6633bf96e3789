"""Projects share an import of the guardrails without any effect on each other."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from local_extensions import answers
from proof import dependencies, variants
from proof.matrix import prover
from proof.warm_kernel import SynthFailed, WarmProcess, guardrails

RULE = '''

import tap_guardrails.pages  # not one of the shared modules
from tap_guardrails.rules import rule


@rule("OWN101", "silent", "AWS::S3::Bucket")
def buckets_are_blue(bucket):
    """Buckets are blue.

    Nobody finds them otherwise.
    https://example.com

        - bucket
    """
    yield "is not blue"
'''


@pytest.fixture
def project(tmp_path: Path) -> Callable[[str], Path]:
    """Return a function that renders the default project into a folder."""

    def render(name: str) -> Path:
        (tmp_path / name).mkdir()
        made = prover.bake(variants.default(), tmp_path / name)
        dependencies.link(made, str(variants.default().answers["python_version"]))
        return made

    return render


@pytest.fixture(scope="module")
def synth() -> Iterator[WarmProcess]:
    """Return a warm synth whose first project has unchanged guardrails."""
    process = WarmProcess()
    yield process
    process.close()


def test_rules_of_a_project_end_with_it(project: Callable[[str], Path], synth: WarmProcess) -> None:
    own = project("own")
    with (own / "infra" / "rules.py").open("a", encoding="utf-8") as file:
        file.write(RULE)
    for _ in range(2):  # registered again without a complaint about its ID
        with pytest.raises(SynthFailed, match="OWN101 Is not blue"):
            synth(own)
    synth(project("other"))
    assert not bytecode()


def test_changes_of_variables_end_with_their_project(
    project: Callable[[str], Path], synth: WarmProcess
) -> None:
    careless, faulty = project("careless"), project("faulty")
    with (careless / "infra" / "rules.py").open("a", encoding="utf-8") as file:
        file.write(
            "\nimport tap_guardrails.plugin\nfrom tap_guardrails.rules import RULES\n"
            "RULES.clear()\ntap_guardrails.plugin.verdict = None\n"
        )
    for made in (careless, faulty):
        topic = made / "infra" / "topic.py"
        source = topic.read_text(encoding="utf-8")
        assert "enforce_ssl=True" in source
        topic.write_text(source.replace("enforce_ssl=True", "enforce_ssl=False"), encoding="utf-8")
    with pytest.raises(SynthFailed, match="NoneType"):
        synth(careless)
    with pytest.raises(SynthFailed, match=r"TAP\d{3}"):
        synth(faulty)


def test_changed_guardrails_are_used(project: Callable[[str], Path], synth: WarmProcess) -> None:
    synth(project("unchanged"))
    changed = project("changed")
    with (changed / "tap_guardrails" / "rule.py").open("a", encoding="utf-8") as file:
        file.write("\nraise RuntimeError('these guardrails are mine')\n")
    with pytest.raises(SynthFailed, match="these guardrails are mine"):
        synth(changed)


def test_only_equal_files_fit(project: Callable[[str], Path]) -> None:
    made = project("made")
    assert guardrails.fits(made)
    extra = made / "tap_guardrails" / "more.py"
    extra.touch()
    assert not guardrails.fits(made)
    extra.unlink()
    (made / "tap_guardrails" / "__pycache__").mkdir()
    assert guardrails.fits(made)
    (made / "tap_guardrails" / "rule.py").unlink()
    assert not guardrails.fits(made)


def test_variables_are_restored() -> None:
    module = type(sys)("module")
    first, names, kept = [1], {"a": 1}, {1, 2}
    vars(module).update(first=first, names=names, kept=kept, text="old")
    state = guardrails._state(module)
    first.append(2)
    names.clear()
    kept.add(3)
    vars(module).update(text="new", more=1)
    del vars(module)["kept"]
    guardrails._restore(module, state)
    assert (first, names, kept) == ([1], {"a": 1}, {1, 2})
    assert (module.text, module.kept) == ("old", kept)
    assert not hasattr(module, "more")


def bytecode() -> list[Path]:
    """Return the bytecode in the template's folder, which would be rendered."""
    return list(guardrails.FOLDER.rglob("*.pyc"))


def test_the_templates_folder_gets_no_bytecode() -> None:
    folder = answers.TEMPLATE_ROOT / answers.PROJECT_FOLDER / "tap_guardrails"
    assert folder == guardrails.FOLDER
    assert not bytecode()
