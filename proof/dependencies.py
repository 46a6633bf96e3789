"""The functions' dependencies, vendored once for all variants with the same lock."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from types import ModuleType

from local_extensions import answers, foreign

CACHE = answers.TEMPLATE_ROOT / ".cache" / "dependencies"
API_TOOLS = answers.TEMPLATE_ROOT / ".cache" / "api"
UV = Path(sysconfig.get_path("scripts")) / "uv"
COMMANDS = answers.TEMPLATE_ROOT / answers.PROJECT_FOLDER / "tap_project"
RUN_UV, PACK = COMMANDS / "uv.py", COMMANDS / "archive.py"
ARCHIVE, HASH = "dependencies.zip", "dependencies.sha256"
# Files that installers leave beside a package; the project's Makefile also removes them.
NOTES = {"RECORD", "INSTALLER", "REQUESTED", "direct_url.json", "uv_cache.json", "uv_build.json"}


def uv(arguments: Sequence[str]) -> subprocess.CompletedProcess[str]:
    """Run uv as a project does, with the index and the certificates of pip's configuration."""
    environment = foreign.without(os.environ)
    environment["PATH"] = f"{UV.parent}{os.pathsep}{environment.get('PATH', os.defpath)}"
    return subprocess.run(
        [sys.executable, str(RUN_UV), *arguments],
        env=environment,
        check=False,
        capture_output=True,
        text=True,
    )


def vendored(requirements: Path, python: str) -> Path:
    """Return a folder with the packages of requirements/lambda.txt, as `make install` vendors them.

    It is made once for each lock and Lambda Python, and kept in .cache/.

    Raises:
        ValueError: the packages can't be installed; with the reason.
    """
    lock = sha256(requirements.read_bytes()).hexdigest()[:16]
    folder = CACHE / f"{lock}-{python}-packed"
    if folder.is_dir():
        return folder
    CACHE.mkdir(parents=True, exist_ok=True)
    made = Path(tempfile.mkdtemp(dir=CACHE, prefix="new-"))
    target = made / "python"
    command = "pip install --quiet --no-config --no-deps --require-hashes --only-binary :all:"
    command += f" --python-platform aarch64-manylinux_2_28 --python-version {python}"
    command += f" --python {sys.executable}"
    done = uv([*command.split(), "--target", str(target), "-r", str(requirements)])
    if done.returncode != 0:
        shutil.rmtree(made)
        reason = " ".join(done.stderr.split())
        raise ValueError(f"can't install {requirements.name} for Python {python}: {reason}")
    shutil.rmtree(target / "bin", ignore_errors=True)
    (target / ".lock").unlink(missing_ok=True)
    for note in target.glob("*.dist-info/*"):
        if note.name in NOTES:
            note.unlink()
    archive().pack(made, made / ARCHIVE)
    try:
        made.rename(folder)
    except OSError:  # another process was first
        shutil.rmtree(made)
    return folder


def link(project: Path, python: str) -> None:
    """Link a project to its vendored dependencies instead of copying them."""
    build = project / "build"
    build.mkdir(exist_ok=True)
    made = vendored(project / "requirements" / "lambda.txt", python)
    for name in (ARCHIVE, HASH):
        (build / name).symlink_to(made / name)


def link_api_tools(project: Path) -> None:
    """Link a project to the packages of requirements/api.txt, and generate its Python client.

    They are installed once for each lock, for this Python, and kept in .cache/.

    Raises:
        ValueError: the packages can't be installed, or the generator fails; with the reason.
    """
    requirements = project / "requirements" / "api.txt"
    if not requirements.is_file():
        return
    lock = sha256(requirements.read_bytes()).hexdigest()[:16]
    folder = API_TOOLS / f"{lock}-{sys.version_info.major}.{sys.version_info.minor}"
    if not folder.is_dir():
        API_TOOLS.mkdir(parents=True, exist_ok=True)
        made = Path(tempfile.mkdtemp(dir=API_TOOLS, prefix="new-"))
        install = "pip install --quiet --no-config --no-deps --require-hashes --python"
        _checked(
            uv([*install.split(), sys.executable, "--target", str(made), "-r", str(requirements)])
        )
        try:
            made.rename(folder)
        except OSError:  # another process was first
            shutil.rmtree(made)
    link = project / "build" / "api"
    if link.is_dir() and not link.is_symlink():
        shutil.rmtree(link)
    link.parent.mkdir(exist_ok=True)
    link.unlink(missing_ok=True)
    link.symlink_to(folder)
    command = [sys.executable, "-m", "tap_project.clients", "python"]
    _checked(subprocess.run(command, cwd=project, check=False, capture_output=True, text=True))


def _checked(done: subprocess.CompletedProcess[str]) -> None:
    if done.returncode:
        reason = " ".join(done.stderr.split())
        raise ValueError(f"{done.args[0]} failed: {reason}")


def archive() -> ModuleType:
    """Return the project's tap_project/archive.py, without byte-code beside it."""
    module = ModuleType("archive")
    exec(compile(PACK.read_text(encoding="utf-8"), PACK, "exec"), module.__dict__)
    return module


@contextmanager
def staged(project: Path, out: Path) -> Iterator[None]:
    """Link the dependencies that the CDK would copy to `asset.<hash>.zip`, unless that exists."""
    made = (project / "build" / ARCHIVE).resolve()
    known = made.with_name("staged")
    out.mkdir(parents=True, exist_ok=True)
    for name in known.read_text(encoding="utf-8").split() if known.is_file() else ():
        (out / name).symlink_to(made)
    yield
    for asset in out.glob("asset.*.zip"):
        if not asset.is_symlink() and asset.stat().st_size == made.stat().st_size:
            known.write_text(asset.name, encoding="utf-8")
