"""Arguments that `make new` rejects before cookiecutter starts."""

from __future__ import annotations

from pathlib import Path

import pytest

from local_extensions import answers
from tools import new


@pytest.mark.parametrize(("question", "default"), answers.asked().items())
def test_every_question_can_be_answered(question: str, default: object) -> None:
    value = default[-1] if isinstance(default, list) else "yes"
    assert new.checked(f"{question}={value}") == f"{question}={value}"


@pytest.mark.parametrize(
    ("given", "line"),
    [
        ("wroker=sqs", "there is no question 'wroker'; try worker"),
        ("worker", "'worker' is not QUESTION=VALUE; try ARGS='api=http worker=sqs'"),
        ("__worker=sqs", "there is no question '__worker'; try worker"),
        ("verify=maybe", "verify 'maybe' is neither yes nor no; try verify=yes"),
        ("network=nta", "network 'nta' is not one of endpoints, nat, existing, none; try 'nat'"),
    ],
    ids=["misspelled", "no value", "private", "neither yes nor no", "no such choice"],
)
def test_an_unknown_argument_is_rejected_in_one_line(
    given: str, line: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert new.main([given]) == 2
    assert capsys.readouterr().err == f"{line}\n"


def test_an_unknown_question_without_a_close_match_lists_all_questions() -> None:
    with pytest.raises(new.UnusableAnswer, match=r"api, api_auth, .*worker"):
        new.checked("zzz=1")


@pytest.mark.parametrize("below", ["", "/folder"], ids=["a file", "below a file"])
def test_an_output_that_is_not_a_folder_is_rejected_in_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], below: str
) -> None:
    file = tmp_path / "file"
    file.touch()
    assert new.main(["--output", f"{file}{below}"]) == 2
    error = capsys.readouterr().err
    assert error.startswith(f"OUT '{file}{below}' ")
    assert error.endswith("; try OUT=out\n")
    assert error.count("\n") == 1
