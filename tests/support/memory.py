"""Folders of tests in memory: many tests write hundreds of files, and read most of them once."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from proof import scratch


@pytest.fixture
def tmp_path() -> Iterator[Path]:
    """Return a folder for one test, which is deleted after it; not for installed packages."""
    with tempfile.TemporaryDirectory(
        prefix="tap-test-", dir=scratch.folder(), ignore_cleanup_errors=True
    ) as folder:
        yield Path(folder)
