"""Tests of the packages that are the same in every project, imported from the template."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from proof import cold_process
from tests.conftest import Bake
from tests.support import assemblies
from tests.support.memory import tmp_path as tmp_path

if TYPE_CHECKING:
    from tap_project.changes import Report
    from tap_project.changes.specification import Specification
    from tests.support.changes import Compare

# Bytecode beside them would be rendered.
sys.dont_write_bytecode = True


@pytest.fixture(autouse=True)
def at_the_root(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the project be a repository, although it is a folder of the template's here."""
    from tap_project import repository

    monkeypatch.setattr(repository, "folder", lambda: "")


@pytest.fixture(scope="session")
def specification(bake: Bake) -> Specification:
    """Return the resource types of the locked CDK CLI."""
    from tap_project.changes.specification import Specification

    return Specification(cold_process.cdk_cli(bake()).parents[1] / "db.json.gz")


@pytest.fixture
def compare(
    specification: Specification, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Compare:
    """Return a function that compares the resources of the stack tap-dev."""
    from tap_project import cost
    from tap_project.changes import compare as compare_assemblies

    monkeypatch.setattr(cost, "own_prices", dict)

    def run(
        before: Mapping[str, Any],
        after: Mapping[str, Any],
        reasons: Mapping[str, str] | None = None,
    ) -> Report:
        old = assemblies.write(tmp_path / "before", tap_dev=assemblies.stack(before))
        new = assemblies.write(tmp_path / "after", tap_dev=assemblies.stack(after))
        return compare_assemblies(old, new, reasons, specification)

    return run
