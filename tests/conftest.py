"""Fixtures that every test of the template shares."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Protocol

import pytest
from pytest_cookies.plugin import Cookies

from local_extensions import answers
from proof import prerequisites, scratch
from proof.warm_kernel import WarmProcess

TEMPLATE = answers.TEMPLATE_ROOT


class Bake(Protocol):
    """Renders a project from the defaults and the given answers."""

    def __call__(self, **given: str | bool) -> Path: ...


Command = Callable[..., "subprocess.CompletedProcess[str]"]


def pytest_sessionstart(session: pytest.Session) -> None:
    """Exit with one line about a missing prerequisite, before tests fail because of it."""
    is_worker = hasattr(session.config, "workerinput")
    if not is_worker and not session.config.option.collectonly:
        missing = prerequisites.problem()
        if missing:
            raise pytest.UsageError(missing)


@pytest.fixture(scope="session")
def bake(
    _cookiecutter_config_file: Any, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Bake]:
    """Return a function that renders a project, unverified unless asked, and returns its folder.

    It is in memory where possible. An unknown question fails; cookiecutter would ignore it, and the
    test would not test it.
    """
    memory = scratch.folder() or tmp_path_factory.getbasetemp()
    with tempfile.TemporaryDirectory(
        prefix="tap-projects-", dir=memory, ignore_cleanup_errors=True
    ) as folder:
        yield _baker(Cookies(str(TEMPLATE), _new_folder(Path(folder)), _cookiecutter_config_file))


@pytest.fixture(scope="session")
def bake_on_disk(cookies_session: Any) -> Bake:
    """Return a function that renders projects into which packages are installed: as links."""
    return _baker(cookies_session)


def _new_folder(root: Path) -> Callable[[str], Path]:
    def new(name: str) -> Path:
        (root / name).mkdir()
        return root / name

    return new


def _baker(cookies: Cookies) -> Bake:
    def render(**given: str | bool) -> Path:
        unknown = given.keys() - answers.asked().keys()
        if unknown:
            raise ValueError(f"cookiecutter.json does not ask for {sorted(unknown)}")
        result = cookies.bake(extra_context={"verify": False, **given}, template=str(TEMPLATE))
        if result.exception is not None:
            raise result.exception
        folder = result.project_path
        assert isinstance(folder, Path)
        return folder

    return render


@pytest.fixture(scope="session")
def warm_synth() -> Iterator[WarmProcess]:
    """Return a synth that keeps one kernel warm for all tests of this process."""
    process = WarmProcess()
    yield process
    process.close()


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """Return an empty home folder, so that no test reads or writes the user's own."""
    folder = tmp_path / "home"
    folder.mkdir()
    return folder


@pytest.fixture
def environment(home: Path) -> dict[str, str]:
    """Return this process's environment with a separate home folder and an identity for git.

    It lacks the Node.js of other tests' kernels, because a project has to bring its own.
    """
    foreign = ("COOKIECUTTER_", "GIT_", "JSII_")
    return {
        **{name: value for name, value in os.environ.items() if not name.startswith(foreign)},
        "HOME": str(home),
        "USERPROFILE": str(home),
        "GIT_CONFIG_GLOBAL": os.devnull,
        **{f"GIT_{who}_NAME": "Someone" for who in ("AUTHOR", "COMMITTER")},
        **{f"GIT_{who}_EMAIL": "someone@example.com" for who in ("AUTHOR", "COMMITTER")},
    }


@pytest.fixture
def cookiecutter(tmp_path: Path, environment: dict[str, str]) -> Command:
    """Return a function that runs `cookiecutter` on this template, as a user would."""

    def run(
        *arguments: str, output: Path = tmp_path, **variables: str
    ) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "cookiecutter", str(TEMPLATE), "--output-dir", str(output)]
        return subprocess.run(
            [*command, *arguments],
            env={**environment, **variables},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )

    return run
