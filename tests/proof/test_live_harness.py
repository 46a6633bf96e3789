"""The emulator's lifecycle: one line if it can't start, and no remains after it ends."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import textwrap
import time
from pathlib import Path

import pytest

from proof.live import harness


@pytest.fixture(autouse=True)
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the folder for temporary files, which has to be empty afterwards."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


def interpreter(folder: Path, code: str) -> Path:
    """Return a script that is started as the emulator's Python."""
    script = folder / "python"
    script.write_text(f"#!{sys.executable}\n{textwrap.dedent(code)}", encoding="utf-8")
    script.chmod(0o755)
    return script


def start(python: Path, log: Path) -> None:
    """Start an emulator that can't start."""
    with harness.emulator.running(python, log):
        pytest.fail("it started")


def test_a_missing_emulator_is_reported_in_one_line(tmp_path: Path, temporary: Path) -> None:
    missing = tmp_path / "nowhere" / "python"
    with pytest.raises(harness.emulator.EmulatorError) as error:
        start(missing, tmp_path / "log")
    assert str(error.value) == f"the emulator is not installed at {str(missing)!r}; try: make live"
    assert not list(temporary.iterdir())


def test_an_emulator_that_ends_is_reported_with_its_last_output(
    tmp_path: Path, temporary: Path
) -> None:
    failing = interpreter(tmp_path, "raise SystemExit('port 1 is taken')")
    with pytest.raises(harness.emulator.EmulatorError) as error:
        start(failing, tmp_path / "log")
    assert str(error.value) == "the emulator ended while it started: port 1 is taken"
    assert not list(temporary.iterdir())


def test_an_emulator_that_never_answers_times_out(
    tmp_path: Path, temporary: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(harness.emulator, "START_TIMEOUT_SECONDS", 0.3)
    silent = interpreter(tmp_path, "import time; time.sleep(600)")
    with pytest.raises(harness.emulator.EmulatorError, match=r"did not answer within 0\.3 seconds"):
        start(silent, tmp_path / "log")
    assert not list(temporary.iterdir())


def test_foreign_credentials_never_reach_the_emulator(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN", "REQUESTS_CA_BUNDLE", "SSL_CERT_FILE"):
        monkeypatch.setenv(name, "foreign")
    assert "foreign" not in harness.emulator._environment(Path("state"), 1, 2).values()


def test_the_emulator_listens_on_loopback_alone() -> None:
    environment = harness.emulator._environment(Path("state"), 1, 2)
    assert environment["BIND_HOST"] == "127.0.0.1"
    assert environment["AWS_ENDPOINT_URL"] == "https://127.0.0.1:1"


def test_the_emulator_ends_with_its_parent_process(tmp_path: Path) -> None:
    """The parent is killed without cleanup, as by a CI job or a closed terminal."""
    state = tmp_path / "state"
    state.mkdir()
    code = "import lifetime, time; lifetime.end_with_parent(); time.sleep(600)"
    orphan = subprocess.Popen(
        [sys.executable, "-c", code],
        cwd=harness.EXTENSION,
        env={**os.environ, "STATE_DIR": str(state)},
        stdin=subprocess.PIPE,
        start_new_session=True,
    )
    assert orphan.stdin is not None
    orphan.stdin.close()
    assert orphan.wait(timeout=20) != 0
    deadline = time.monotonic() + 20
    while state.exists():
        assert time.monotonic() < deadline, "the state folder stays"
        time.sleep(0.05)
