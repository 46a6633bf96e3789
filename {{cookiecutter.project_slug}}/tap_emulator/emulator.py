"""A local AWS emulator that runs within a `with` block."""

import json
import os
import shutil
import signal
import socket
import ssl
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Generator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path

START_TIMEOUT_SECONDS = 60
# Certificates and endpoints of the caller's shell would reach the functions, which inherit the
# emulator's environment.
_NOT_INHERITED = ("AWS_", "CURL_", "LAMBDA_", "MINISTACK_", "NODE_", "REQUESTS_", "SSL_")


class EmulatorError(Exception):
    """The emulator failed; its text is the line to print."""


@dataclass(frozen=True, kw_only=True)
class Emulator:
    """A running emulator: two endpoints on loopback, and the certificate of one."""

    endpoint: str
    plain_endpoint: str
    certificate: str
    log: str
    account: str = "111111111111"

    def dump(self, file: Path) -> None:
        """Write its address, for another process to `load`."""
        file.write_text(json.dumps(asdict(self)), encoding="utf-8")

    @classmethod
    def load(cls, file: Path) -> "Emulator":
        """Return the emulator of `dump`."""
        return cls(**json.loads(file.read_text(encoding="utf-8")))

    def environment(self, account: str) -> dict[str, str]:
        """Return the variables for AWS SDKs to use this emulator, as root of an account."""
        return {
            "AWS_ACCESS_KEY_ID": account,
            "AWS_CA_BUNDLE": self.certificate,
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_ENDPOINT_URL": self.endpoint,
            "AWS_SECRET_ACCESS_KEY": "test",
            "NODE_EXTRA_CA_CERTS": self.certificate,
            **_without_proxy(),
        }


@contextmanager
def running(
    python: Path,
    log: Path,
    variables: Mapping[str, str] | None = None,
    descriptors: tuple[int, ...] = (),
) -> Generator[Emulator]:
    """Start the emulator with its Python; remove everything but its log at the end.

    Args:
        python: the interpreter of the environment of requirements/live.txt.
        log: the emulator's log file.
        variables: further environment variables of the emulator.
        descriptors: file descriptors that the emulator inherits.

    Raises:
        EmulatorError: it is not installed, or does not start; the message has the reason.
    """
    if not python.exists():
        raise EmulatorError(f"the emulator is not installed at {str(python)!r}; try: make live")
    state = Path(tempfile.mkdtemp(prefix="emulator-"))
    port, http_port = _free_ports()
    log.parent.mkdir(parents=True, exist_ok=True)
    process = None
    try:
        with log.open("wb") as output:
            process = subprocess.Popen(  # noqa: S603
                [str(python), str(Path(__file__).with_name("extension"))],
                env={**_environment(state, port, http_port), **(variables or {})},
                pass_fds=descriptors,
                stdin=subprocess.PIPE,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        emulator = Emulator(
            endpoint=f"https://127.0.0.1:{port}",
            plain_endpoint=f"http://127.0.0.1:{http_port}",
            certificate=str(state / "ministack-tls" / "server.crt"),
            log=str(log),
        )
        _wait_for(emulator, process)
        yield emulator
    finally:
        if process is not None:
            _end(process)
        shutil.rmtree(state, ignore_errors=True)


def _environment(state: Path, port: int, http_port: int) -> dict[str, str]:
    inherited = {
        name: value for name, value in os.environ.items() if not name.startswith(_NOT_INHERITED)
    }
    certificate = str(state / "ministack-tls" / "server.crt")
    return inherited | {
        "AUTH": "true",
        "AWS_CA_BUNDLE": certificate,
        "AWS_ENDPOINT_URL": f"https://127.0.0.1:{port}",
        "AWS_EC2_METADATA_DISABLED": "true",
        "BIND_HOST": "127.0.0.1",
        "GATEWAY_PORT": str(port),
        "HTTP_PORT": str(http_port),
        "IOT_MTLS_ENABLED": "0",
        "LAMBDA_ASYNC_RETRY_BASE_SECONDS": "0.2",
        "MINISTACK_HOST": "localhost",
        "POWERTOOLS_TRACE_DISABLED": "true",
        "S3_DATA_DIR": str(state / "s3"),
        "SFTP_ENABLED": "0",
        "STATE_DIR": str(state),
        "TMPDIR": str(state),
        "USE_SSL": "1",
        **_without_proxy(),
    }


def _without_proxy() -> dict[str, str]:
    """Return the variables that let a client reach this machine past the caller's proxy."""
    given = os.environ.get("no_proxy") or os.environ.get("NO_PROXY")
    hosts = ",".join(filter(None, [given, "127.0.0.1", "localhost"]))
    return {"NO_PROXY": hosts, "no_proxy": hosts}


def _free_ports() -> tuple[int, int]:
    with socket.socket() as one, socket.socket() as other:
        one.bind(("127.0.0.1", 0))
        other.bind(("127.0.0.1", 0))
        return one.getsockname()[1], other.getsockname()[1]


def _wait_for(emulator: Emulator, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + START_TIMEOUT_SECONDS
    direct = urllib.request.ProxyHandler({})
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise EmulatorError(f"the emulator ended while it started: {_last_line(emulator.log)}")
        try:
            context = ssl.create_default_context(cafile=emulator.certificate)
            health = f"{emulator.endpoint}/_ministack/health"
            https = urllib.request.HTTPSHandler(context=context)
            with urllib.request.build_opener(direct, https).open(health, timeout=5):
                return
        except (FileNotFoundError, ssl.SSLError, urllib.error.URLError, ConnectionError):
            time.sleep(0.1)
    raise EmulatorError(
        f"the emulator did not answer within {START_TIMEOUT_SECONDS} seconds:"
        f" {_last_line(emulator.log)}"
    )


def _last_line(log: str) -> str:
    lines = Path(log).read_text(encoding="utf-8", errors="replace").strip().splitlines()
    return lines[-1] if lines else "it printed nothing"


def _end(process: subprocess.Popen[bytes]) -> None:
    """End the emulator and the functions that it runs: they are one process group."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    if process.stdin is not None:
        process.stdin.close()
