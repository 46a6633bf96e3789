"""The `make dev` that runs in this project: at most one, and found by `make call`."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import time
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

import boto3

from tap_emulator.emulator import Emulator
from tap_emulator.target import EMULATOR_PATIENCE_SECONDS, Target
from tap_project.assembly import ROOT, OperationError

# Everything in the folder is deleted when make dev ends; the lock beside it is an empty file.
FOLDER = ROOT / "build" / "dev"
LOCK = ROOT / "build" / "dev.lock"
# `make call` holds the lock for an instant, to see whether it is free.
TRIES, TRY_SECONDS = 5, 0.1


@dataclass(frozen=True, kw_only=True)
class Instance:
    """A running `make dev`: where it is, and what it has deployed.

    Args:
        environment: the environment's name in infra/settings.py.
        variables: the environment variables that let AWS SDKs use it.
        api_url: the URL of the API, with a slash at its end; None without an API.
        examples: requests for `make call`.
        debugged: whether a debugger can stop a function, which then needs time.
    """

    environment: str
    stack: str
    region: str
    outputs: dict[str, str]
    emulator: Emulator
    variables: dict[str, str]
    api_url: str | None
    examples: list[str]
    debugged: bool

    def dump(self, folder: Path) -> None:
        """Write the instance for `current`, and a file for shells."""
        write(folder / "instance.json", json.dumps(asdict(self)))
        write(folder / "shell", shell_file(self))

    @classmethod
    def load(cls, folder: Path) -> Instance:
        """Return the instance of `dump`.

        Raises:
            FileNotFoundError: it is not deployed yet.
        """
        found = json.loads((folder / "instance.json").read_text(encoding="utf-8"))
        return cls(**{**found, "emulator": Emulator(**found["emulator"])})

    def target(self) -> Target:
        """Return the deployed stack, and use the emulator in this process."""
        use(self.variables)
        return Target(
            stack=self.stack,
            outputs=self.outputs,
            session=boto3.Session(region_name=self.region),
            emulator=self.emulator,
            patience=EMULATOR_PATIENCE_SECONDS,
        )


def use(variables: Mapping[str, str]) -> None:
    """Let the AWS SDK in this process use an emulator, and nothing of the caller's account."""
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        del os.environ[name]
    os.environ.update(variables)


def shell_file(instance: Instance) -> str:
    """Return a file that lets a shell's AWS CLI use the emulator, as the README's commands do."""
    outputs = dict(instance.outputs)
    if instance.api_url is not None:
        outputs["ApiUrl"] = instance.api_url
    lines = [
        "# Lets the AWS CLI and SDKs of a shell use `make dev`: . build/dev/shell",
        "unset AWS_PROFILE AWS_SESSION_TOKEN",
        f"export AWS_DEFAULT_REGION='{instance.region}' AWS_REGION='{instance.region}'",
        *(f"export {name}='{value}'" for name, value in instance.variables.items()),
        'export CURL_CA_BUNDLE="$AWS_CA_BUNDLE"',
        # Version 1 of the CLI has addresses of SQS that variables don't change.
        'aws() { command aws --endpoint-url "$AWS_ENDPOINT_URL" "$@"; }',
        "output() {",
        '  case "$1" in',
        *(f"    {name}) echo '{value}' ;;" for name, value in outputs.items()),
        '    *) echo "no output $1" >&2; return 1 ;;',
        "  esac",
        "}",
    ]
    return "\n".join(lines) + "\n"


def write(file: Path, text: str) -> None:
    """Write a file that others see complete or not at all, and only this user can read."""
    new = file.with_name(f"{file.name}.new")
    new.touch(mode=0o600)
    new.write_text(text, encoding="utf-8")
    new.replace(file)


@contextmanager
def alone() -> Generator[Path]:
    """Yield the folder of the only `make dev` of this project, empty; delete it at the end.

    Raises:
        OperationError: another one runs.
    """
    folder = FOLDER
    LOCK.parent.mkdir(parents=True, exist_ok=True)
    with LOCK.open("a", encoding="utf-8") as opened:
        for left in reversed(range(TRIES)):
            if _locked(opened.fileno()):
                break
            if not left:
                raise OperationError(
                    "make dev already runs in this project; use it (make call), or end it with"
                    " Ctrl-C in its terminal"
                )
            time.sleep(TRY_SECONDS)
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)


def current() -> Instance:
    """Return the `make dev` that runs in this project.

    Raises:
        OperationError: none runs, or it is not ready yet.
    """
    if not LOCK.exists() or _is_free(LOCK):
        raise OperationError("make dev does not run; start it in another terminal: make dev")
    try:
        return Instance.load(FOLDER)
    except FileNotFoundError:
        raise OperationError(
            "make dev is not ready yet; try again when it has printed its URL"
        ) from None


def _is_free(lock: Path) -> bool:
    with lock.open("a", encoding="utf-8") as opened:
        return _locked(opened.fileno())


def _locked(descriptor: int) -> bool:
    """Lock a file until its descriptor is closed; return whether that succeeded."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
