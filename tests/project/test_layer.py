"""The functions' dependencies do not depend on the machine that locks and installs them."""

from __future__ import annotations

import os
import re
import shutil
import stat
import subprocess
import zipfile
from pathlib import Path
from types import ModuleType

import pytest

from local_extensions import answers
from proof import dependencies
from tests.conftest import TEMPLATE, Bake
from tests.support import pythons

pytestmark = pytest.mark.skipif(os.name == "nt", reason="a project's commands need POSIX")

UV = dependencies.UV.parent
FOLDERS = os.environ["PATH"].split(os.pathsep)
WITHOUT_UV = os.pathsep.join(name for name in FOLDERS if not Path(name, "uv").exists())
PATHS = {"pip": WITHOUT_UV, "uv": f"{UV}{os.pathsep}{WITHOUT_UV}"}
LOCKED = re.compile(r"^([a-z0-9-]+)==(\S+)(.*) \\$", re.MULTILINE)
LAMBDA = answers.questions()["python_version"]


def make(project: Path, installer: str, *arguments: str, umask: int = 0o022) -> None:
    """Run make in a project, with uv or with pip alone."""
    done = subprocess.run(
        ["make", *arguments],
        cwd=project,
        env={**os.environ, "PATH": PATHS[installer]},
        umask=umask,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]


def environment(project: Path, python: Path, *options: str) -> None:
    """Create the project's environment, without the packages for a synth."""
    subprocess.run([python, "-m", "venv", "--clear", *options, project / ".venv"], check=True)
    for stamp in (".python", ".synth"):
        (project / ".venv" / stamp).touch()


def assets_module(project: Path) -> ModuleType:
    """Load the project's tap_project/assets.py, which needs no CDK."""
    module = ModuleType("assets")
    exec((project / "tap_project" / "assets.py").read_text(encoding="utf-8"), module.__dict__)
    return module


def staged(project: Path, out: Path) -> dict[str, tuple[int, bytes]]:
    """Return mode and content of the deployed files; the CDK copies modes."""
    with zipfile.ZipFile(project / "build" / "dependencies.zip") as archive:
        for entry in archive.infolist():
            assert entry.external_attr >> 16 == 0o644
            assert entry.date_time == (1980, 1, 1, 0, 0, 0)
        archive.extractall(out / "asset.layer")
    shutil.copy(project / "build" / "dependencies.sha256", out / "asset.layer" / "hash")
    shutil.copytree(project / "service", out / "asset.service")
    assets_module(project).make_readable(out)
    return {
        path.relative_to(out).as_posix(): (
            stat.S_IMODE(path.stat().st_mode),
            b"" if path.is_dir() else path.read_bytes(),
        )
        for path in sorted(out.rglob("*"))
    }


def test_the_artefact_does_not_depend_on_the_machine_that_builds_it(
    bake: Bake, tmp_path: Path
) -> None:
    project = bake()
    made: dict[str, dict[str, tuple[int, bytes]]] = {}
    known = [python for _, python in sorted(pythons.installed().items())]
    oldest_and_newest = dict.fromkeys((known[0], known[-1]))  # one, if there is only one
    for python, umask in zip(oldest_and_newest, (0o077, 0o022), strict=False):
        environment(project, python)
        for installer, mask in (("pip", umask), ("uv", umask ^ 0o055)):
            shutil.rmtree(project / "build", ignore_errors=True)
            for file in (project / "service").iterdir():
                file.chmod(0o666 & ~mask)
            make(project, installer, "build/.dependencies", umask=mask)
            name = f"{installer}, {python}, {mask:03o}"
            made[name] = staged(project, tmp_path / str(len(made)))
    expected = made.popitem()[1]
    assert len(expected) > 400
    assert {mode for mode, _ in expected.values()} == {0o644, 0o755}
    assert made
    for name, artefact in made.items():
        assert artefact.keys() == expected.keys(), name
        different = [path for path in expected if artefact[path] != expected[path]]
        assert not different, name


@pytest.mark.parametrize("version", LAMBDA)
def test_the_functions_lock_is_for_lambdas_python(bake: Bake, version: str) -> None:
    project = bake(python_version=version)
    shipped = (project / "requirements" / "lambda.txt").read_text(encoding="utf-8")
    for name in ("lambda", "dev"):
        with (project / "requirements" / f"{name}.in").open("a", encoding="utf-8") as file:
            file.write("webob>=1.8\n")  # it needs legacy-cgi, on Python 3.13 and newer
    environment(project, next(iter(pythons.installed().values())), "--without-pip")
    (project / "tap_project" / "wheels.py").write_text("", encoding="utf-8")  # see test_indexes.py
    make(project, "uv", "lock")
    lock = (project / "requirements" / "lambda.txt").read_text(encoding="utf-8")
    locked = {name: (release, marker) for name, release, marker in LOCKED.findall(lock)}
    assert not [name for name, (_, marker) in locked.items() if marker]
    assert ("legacy-cgi" in locked) == (version != "3.12")
    added = {"legacy-cgi", "webob"}
    rest = {name: release for name, (release, _) in locked.items() if name not in added}
    assert rest == {name: release for name, release, _ in LOCKED.findall(shipped)}
    dev = (project / "requirements" / "dev.txt").read_text(encoding="utf-8")
    tested = {name: release for name, release, _ in LOCKED.findall(dev)}
    assert {name: tested[name] for name in locked} == {n: r for n, (r, _) in locked.items()}


def test_the_shipped_lock_of_functions_has_no_markers() -> None:
    text = (TEMPLATE / answers.PROJECT_FOLDER / "requirements" / "lambda.txt").read_text("utf-8")
    locked = LOCKED.findall(text)
    assert locked
    assert not [name for name, _, marker in locked if marker]


@pytest.mark.parametrize("package_manager", ["pip", "uv"])
def test_a_token_is_secret_and_everything_else_readable(bake: Bake, package_manager: str) -> None:
    pipeline = bake(ci="gitlab", package_manager=package_manager) / ".gitlab-ci.yml"
    lines = [line.strip() for line in pipeline.read_text(encoding="utf-8").splitlines()]
    (umask,) = [line for line in lines if "umask" in line]
    assert umask.startswith("(umask 077; echo ")
    assert umask.endswith(")")
