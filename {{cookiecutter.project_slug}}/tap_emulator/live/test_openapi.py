"""The API answers as openapi.json says, also to requests that nobody thought of.

Collected for projects with an API, and by `make live` only: an account would keep the items.
"""

import pytest

from tap_emulator.callers import Caller
from tap_emulator.fuzzing.run import run
from tap_emulator.target import Target
from tap_project.openapi import Document


@pytest.mark.first_environment
def test_answers_conform_to_openapi_json(
    target: Target, caller: Caller, pytestconfig: pytest.Config
) -> None:
    report = run(target, caller, pytestconfig.getoption("--examples"))
    if not report.passed:
        raise AssertionError(report.text)
    assert report.tested == len(list(Document.read().operations()))
