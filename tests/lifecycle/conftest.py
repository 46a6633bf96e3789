"""A rendered project in a git repository."""

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from lifecycle.project import Project
from proof.matrix.prover import bake
from proof.variants import Answer, Variant, default
from tests.support.memory import tmp_path as tmp_path

Make = Callable[..., Project]


def git(folder: Path, *arguments: str) -> str:
    """Run git in a folder, without the machine's configuration."""
    environment = {
        "GIT_AUTHOR_NAME": "a",
        "GIT_AUTHOR_EMAIL": "a@example.com",
        "GIT_COMMITTER_NAME": "a",
        "GIT_COMMITTER_EMAIL": "a@example.com",
        "GIT_CONFIG_GLOBAL": "/dev/null",
        "PATH": "/usr/local/bin:/usr/bin:/bin",
    }
    done = subprocess.run(
        ["git", *arguments], cwd=folder, env=environment, capture_output=True, text=True, check=True
    )
    return done.stdout


def commit(folder: Path, message: str = "change") -> None:
    """Commit everything in a repository."""
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--allow-empty", "--message", message)


@pytest.fixture(scope="session")
def baked(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """Return a function that renders a variant of the default project, once for each."""
    made: dict[tuple[tuple[str, Answer], ...], Path] = {}

    def render(**answers: Answer) -> Path:
        key = tuple(sorted(answers.items()))
        if key not in made:
            folder = tmp_path_factory.mktemp("baked")
            given = {**default().answers, **answers}
            made[key] = bake(Variant(tuple(given.items()), ()), folder)
        return made[key]

    return render


@pytest.fixture
def make(baked: Callable[..., Path], tmp_path: Path) -> Make:
    """Return a function that makes a committed copy of a rendered project."""

    def copy(**answers: Answer) -> Project:
        folder = tmp_path / "any-name"
        shutil.copytree(baked(**answers), folder)
        git(folder, "init", "--quiet")
        commit(folder)
        return Project(folder)

    return copy
