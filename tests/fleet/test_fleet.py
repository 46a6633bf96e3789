"""`tap-fleet` reports the state of checkouts, and runs no code of theirs."""

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tap_fleet.__main__ import main
from tap_fleet.checkout import Accepted, accepted, lock_days, releases_of
from tests.conftest import Bake
from tests.lifecycle.conftest import commit, git

Copy = Callable[[str], Path]


@pytest.fixture
def copy(bake: Bake, tmp_path: Path) -> Copy:
    """Return a function that copies a rendered project into the fleet, under a name."""

    def make(name: str) -> Path:
        folder = tmp_path / "fleet" / name
        shutil.copytree(bake(), folder)
        return folder

    return make


def reported(
    capsys: pytest.CaptureFixture[str], *arguments: str
) -> tuple[int, dict[str, dict[str, Any]]]:
    """Return the exit code, and the checkouts of the JSON report by folder name."""
    status = main([*arguments, "--json"])
    found = json.loads(capsys.readouterr().out)["checkouts"]
    return status, {Path(each["path"]).name: each for each in found}


def test_a_rendered_project_needs_no_attention(
    copy: Copy, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    copy("one")
    status, found = reported(capsys, str(tmp_path / "fleet"))
    assert status == 0
    one = found["one"]
    assert one["project"] == "tap-service"
    assert (one["edited"], one["findings"], one["problems"]) == ([], None, [])
    assert {"AwsSolutions-APIG3"} <= {each["finding"] for each in one["accepted"]}


def test_edits_additions_and_releases_are_reported(
    copy: Copy, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    template = tmp_path / "template"
    template.mkdir()
    git(template, "init", "--quiet")
    commit(template)
    git(template, "tag", "--annotate", "--message", "first", "v1.0.0")
    folder = copy("edited")
    (folder / "tap_project" / "cdk.py").write_text("edited", encoding="utf-8")
    record = json.loads((folder / ".cruft.json").read_text(encoding="utf-8"))
    record["commit"] = git(template, "rev-parse", "HEAD").strip()
    record["additions"] = [{"what": "table", "name": "orders"}, {"what": "budget"}]
    (folder / ".cruft.json").write_text(json.dumps(record), encoding="utf-8")
    status, found = reported(capsys, str(folder), "--template", str(template))
    assert status == 1
    edited = found["edited"]
    assert edited["edited"] == ["tap_project/cdk.py was edited"]
    assert edited["release"] == "v1.0.0"
    assert edited["additions"] == ["table orders", "budget"]


def test_findings_of_a_synthesized_app_are_reported(
    copy: Copy, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = copy("found")
    out = folder / "cdk.out"
    out.mkdir()
    (out / "s.template.json").write_text(
        json.dumps({"Resources": {"Queue": {"Type": "AWS::SQS::Queue", "Properties": {}}}}), "utf-8"
    )
    artifact = {
        "type": "aws:cloudformation:stack",
        "environment": "aws://unknown-account/us-east-1",
        "properties": {"templateFile": "s.template.json"},
    }
    manifest = {"version": "48.0.0", "artifacts": {"s": artifact}}
    (out / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    status, found = reported(capsys, str(folder))
    assert status == 1
    assert any("Queue" in finding for finding in found["found"]["findings"])


def test_conflicts_of_an_update_are_reported(
    copy: Copy, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = copy("updated")
    stack = folder / "infra" / "stack.py"
    text = stack.read_text(encoding="utf-8")
    stack.write_text(f"{text}<<<<<<< yours\n=======\n>>>>>>> template\n", encoding="utf-8")
    status, found = reported(capsys, str(folder))
    assert status == 1
    assert "infra/stack.py has a merge conflict" in found["updated"]["problems"]


def test_an_old_synth_is_reported(copy: Copy, capsys: pytest.CaptureFixture[str]) -> None:
    folder = copy("old")
    manifest = folder / "cdk.out" / "manifest.json"
    manifest.parent.mkdir()
    manifest.write_text('{"version": "48.0.0", "artifacts": {}}', encoding="utf-8")
    os.utime(manifest, (0, 0))
    settings = folder / "infra" / "settings.py"
    os.utime(settings, (4e9, 4e9))
    _, found = reported(capsys, str(folder))
    older = "cdk.out is older than infra/settings.py; to judge what is there: make synth"
    assert older in found["old"]["problems"]
    os.utime(manifest, (4e9, 4e9))
    assert not reported(capsys, str(folder))[1]["old"]["problems"]


@pytest.mark.parametrize(
    ("record", "problem"),
    [("{", "can't be read"), ('{"commit": "a"}', "can't be read"), ("[]", "can't be read")],
)
def test_a_broken_record_is_a_problem(
    copy: Copy, capsys: pytest.CaptureFixture[str], record: str, problem: str
) -> None:
    folder = copy("broken")
    (folder / ".cruft.json").write_text(record, encoding="utf-8")
    status, found = reported(capsys, str(folder))
    assert status == 1
    assert problem in found["broken"]["problems"][0]


def test_a_missing_folder_is_a_problem_and_an_empty_one_an_error(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    status, found = reported(capsys, str(tmp_path / "nowhere"))
    assert (status, found["nowhere"]["problems"]) == (1, ["is no folder"])
    assert main([str(tmp_path)]) == 2
    assert "no project in" in capsys.readouterr().err


def test_the_page_escapes_text_and_loads_nothing(
    copy: Copy, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = copy("<script>")
    page = tmp_path / "fleet.html"
    assert main([str(folder), "--html", str(page)]) == 0
    text = page.read_text(encoding="utf-8")
    assert "&lt;script&gt;" in text
    assert "<script" not in text
    assert "http" not in text
    assert "1 checkout, 1 release;" in capsys.readouterr().out


def test_acknowledgements_are_read_from_the_code(tmp_path: Path) -> None:
    (tmp_path / "infra").mkdir()
    (tmp_path / "infra" / "a.py").write_text(
        'acknowledge(self, "A-1", "why")\n'
        'cdk.Acknowledgment(id=f"B{x}", reason="because")\n'
        "acknowledge(self)\n",
        encoding="utf-8",
    )
    (tmp_path / "infra" / "b.py").write_text("not python (", encoding="utf-8")
    assert list(accepted(tmp_path)) == [
        Accepted("A-1", "why", "infra/a.py:1"),
        Accepted("f'B{x}'", "because", "infra/a.py:2"),
    ]


def test_the_age_of_locks_is_that_of_their_commit(tmp_path: Path) -> None:
    assert lock_days(tmp_path) is None
    (tmp_path / "requirements").mkdir()
    lock = tmp_path / "requirements" / "synth.txt"
    lock.touch()
    assert lock_days(tmp_path) == 0
    git(tmp_path, "init", "--quiet")
    commit(tmp_path)
    committed = float(git(tmp_path, "log", "-1", "--format=%ct"))
    assert lock_days(tmp_path, now=committed + 10.5 * 24 * 3600) == 10
    assert releases_of(tmp_path) == {}
