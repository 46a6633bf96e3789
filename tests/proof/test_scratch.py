"""Short-lived files go into memory only where there is room, and programs can run."""

from __future__ import annotations

import os
from pathlib import Path
from types import SimpleNamespace

import pytest

from proof import scratch

choose = scratch.folder.__wrapped__  # not remembered


@pytest.fixture(autouse=True)
def memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(scratch, "MEMORY", tmp_path)
    monkeypatch.setattr(scratch, "FREE_BYTES", 0)
    monkeypatch.delenv("TMPDIR", raising=False)
    return tmp_path


def test_memory_is_used(memory: Path) -> None:
    assert choose() == str(memory)


def test_tmpdir_is_respected(memory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TMPDIR", str(memory))
    assert choose() is None


def test_a_small_memory_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scratch, "FREE_BYTES", 2**62)
    assert choose() is None


def test_memory_without_programs_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "statvfs", lambda _: SimpleNamespace(f_flag=scratch.NO_PROGRAMS))
    assert choose() is None


def test_a_machine_without_it_uses_its_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scratch, "MEMORY", Path("/nowhere"))
    assert choose() is None
