"""tap-guardrails, installed from this repository, checks any cloud assembly."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tarfile
import venv
import zipfile
from pathlib import Path
from typing import Any

import pytest

from proof.warm_kernel import WarmProcess
from tests.conftest import TEMPLATE, Bake
from tests.guardrails.assembly import PROJECT, Assembly, resource

Done = subprocess.CompletedProcess[str]
SOURCES = {
    file.relative_to(PROJECT).as_posix()
    for pattern in ("*.py", "*.json", "py.typed")
    for file in (PROJECT / "tap_guardrails").rglob(pattern)
}


def run(*command: str | Path, folder: Path) -> Done:
    """Run a command without the caller's settings of Python and pip."""
    kept = {n: v for n, v in os.environ.items() if not n.startswith(("PYTHON", "PIP_"))}
    return subprocess.run(
        [str(part) for part in command],
        cwd=folder,
        env=kept,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a copy of the repository's files that are in git or not ignored."""
    listed = "git ls-files -z --cached --others --exclude-standard".split()
    names = subprocess.run(listed, cwd=TEMPLATE, check=True, capture_output=True, text=True)
    folder = tmp_path_factory.mktemp("checkout")
    for name in names.stdout.split("\0"):
        source, target = TEMPLATE / name, folder / name
        if name and source.is_file():
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(source.read_bytes())
    return folder


@pytest.fixture(scope="module")
def wheel(checkout: Path) -> Path:
    """Return the wheel, built without network by the build backend of requirements/test.txt."""
    out = checkout / "dist"
    command = "-m pip wheel --no-index --no-deps --no-build-isolation --quiet --wheel-dir".split()
    done = run(sys.executable, *command, out, ".", folder=checkout)
    assert done.returncode == 0, done.stderr
    (built,) = out.iterdir()
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of commands of an environment with only the wheel."""
    folder = tmp_path_factory.mktemp("installed")
    venv.create(folder, with_pip=False)
    command = "-m pip --python . install --no-index --no-deps --quiet".split()
    done = run(sys.executable, *command, wheel, folder=folder)
    assert done.returncode == 0, done.stderr
    return folder / "bin"


@pytest.fixture(scope="module")
def assembly(bake: Bake, warm_synth: WarmProcess) -> Path:
    """Return the cloud assembly of the default project."""
    return warm_synth(bake())


def test_the_wheel_contains_the_rules_and_the_fleet_command(wheel: Path) -> None:
    fleet = {f"tap_fleet/{file.name}" for file in (TEMPLATE / "tap_fleet").glob("*.py")}
    assert fleet
    with zipfile.ZipFile(wheel) as archive:
        names = {name for name in archive.namelist() if ".dist-info/" not in name}
        (metadata,) = [name for name in archive.namelist() if name.endswith("/METADATA")]
        text = archive.read(metadata).decode()
    assert names == SOURCES | fleet
    assert "Requires-Dist" not in text
    assert "\nName: tap-guardrails\n" in text


def test_the_wheel_contains_the_same_bytes_as_projects(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        for name in SOURCES:
            assert archive.read(name) == (PROJECT / name).read_bytes(), name


def test_a_source_distribution_builds_the_same_wheel(
    checkout: Path, wheel: Path, tmp_path: Path
) -> None:
    code = "from setuptools.build_meta import build_sdist; print(build_sdist('dist'))"
    done = run(sys.executable, "-c", code, folder=checkout)
    assert done.returncode == 0, done.stderr
    file = checkout / "dist" / done.stdout.split()[-1]
    with tarfile.open(file) as archive:
        archive.extractall(tmp_path, filter="data")
    (unpacked,) = tmp_path.iterdir()
    assert not list(unpacked.rglob("tap_project")), "only the rules are distributed"
    code = "from setuptools.build_meta import build_wheel; print(build_wheel('.'))"
    done = run(sys.executable, "-c", code, folder=unpacked)
    assert done.returncode == 0, done.stderr
    with zipfile.ZipFile(unpacked / wheel.name) as one, zipfile.ZipFile(wheel) as other:
        assert sorted(one.namelist()) == sorted(other.namelist())


def test_a_clean_assembly_has_no_findings(installed: Path, assembly: Path, tmp_path: Path) -> None:
    done = run(installed / "tap-guardrails", "check", assembly, folder=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("Checked ")
    assert done.stdout.endswith("findings: 0.\n")


@pytest.mark.parametrize("form", ["command", "module"])
def test_a_fault_is_printed_with_its_fix(
    form: str, installed: Path, assembly: Path, tmp_path: Path
) -> None:
    out = tmp_path / "cdk.out"
    out.mkdir()
    for file in assembly.iterdir():
        (out / file.name).symlink_to(file)
    template = out / "tap-service-dev.template.json"
    changed = json.loads(template.read_text(encoding="utf-8"))
    (key,) = [r for r in changed["Resources"].values() if r["Type"] == "AWS::KMS::Key"]
    key["Properties"]["EnableKeyRotation"] = False
    template.unlink()
    template.write_text(json.dumps(changed), encoding="utf-8")
    commands: dict[str, list[str | Path]] = {
        "command": [installed / "tap-guardrails"],
        "module": [installed / "python", "-m", "tap_guardrails"],
    }
    done = run(*commands[form], "check", out, folder=tmp_path)
    assert done.returncode == 1
    assert done.stdout.endswith("findings: 1.\n")
    head, finding, fix, *_ = done.stderr.splitlines()
    assert head == "Encryption/Key in tap-service-dev"
    assert finding.startswith("  TAP217 ")
    assert "enable_key_rotation=True" in fix
    assert "Rejected: 1 finding." in done.stderr


def test_an_acknowledged_fault_is_not_a_finding(installed: Path, tmp_path: Path) -> None:
    entry: dict[str, Any] = {
        "type": "aws:cdk:acknowledged-rules",
        "data": {"tap::TAP217": "Rotated by hand"},
    }
    key = {"Key": resource("AWS::KMS::Key", properties={"Tags": tags()})}
    outputs = {"KeyArn": {"Value": {"Fn::GetAtt": ["Key", "Arn"]}}}
    path: dict[str, Any] = {"type": "aws:cdk:logicalId", "data": "Key"}
    for name, entries in (("plain", [path]), ("excused", [path, entry])):
        stack = Assembly(tmp_path / name)
        stack.stack(key, Outputs=outputs, metadata={"/app/Key": entries})
    plain = run(installed / "tap-guardrails", "check", "plain", folder=tmp_path)
    excused = run(installed / "tap-guardrails", "check", "excused", folder=tmp_path)
    assert "TAP217" in plain.stderr
    assert "TAP217" not in excused.stderr
    assert "TAP001" not in excused.stderr


def tags() -> list[dict[str, str]]:
    return [{"Key": key, "Value": "x"} for key in ("Project", "Owner", "Environment")]


@pytest.mark.parametrize("content", [None, "{}", "{", "[]"], ids=["missing", "{}", "{", "[]"])
def test_an_empty_assembly_is_an_error(
    content: str | None, installed: Path, tmp_path: Path
) -> None:
    if content is not None:
        (tmp_path / "manifest.json").write_text(content, encoding="utf-8")
    done = run(installed / "tap-guardrails", "check", tmp_path, folder=tmp_path)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert str(tmp_path) in done.stderr


@pytest.mark.parametrize(
    "arguments",
    [[], ["check"], ["check", ".", "--profile", "x"], ["judge"], ["rules", "TAP999"]],
    ids=str,
)
def test_a_usage_error_has_a_separate_exit_code(
    arguments: list[str], installed: Path, tmp_path: Path
) -> None:
    assert run(installed / "tap-guardrails", *arguments, folder=tmp_path).returncode == 2


def test_the_rules_are_listed(installed: Path, tmp_path: Path) -> None:
    listed = run(installed / "tap-guardrails", "rules", folder=tmp_path)
    one = run(installed / "tap-guardrails", "rules", "TAP302", folder=tmp_path)
    assert (listed.returncode, one.returncode) == (0, 0)
    assert "TAP302" in listed.stdout
    assert one.stdout.startswith("TAP302  ")


def test_the_module_of_a_project_prints_the_same(installed: Path, tmp_path: Path) -> None:
    wanted = run(installed / "tap-guardrails", "rules", "TAP302", folder=tmp_path)
    command = [sys.executable, "-B", "-m", "tap_guardrails", "rules", "TAP302"]
    assert run(*command, folder=PROJECT).stdout == wanted.stdout
