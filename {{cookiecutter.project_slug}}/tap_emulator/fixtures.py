"""Fixtures of the live tests: an emulator that is started for them, or a deployed environment.

`make live` deploys every environment of cdk.out to the emulator first. `make smoke ENV=dev` uses
the deployed environment, with the caller's credentials.
The pytest plugin is loaded with `-p tap_emulator.fixtures`.
"""

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest

from tap_emulator import client as clients
from tap_emulator import deployment
from tap_emulator.callers import Caller, authorized_caller
from tap_emulator.emulator import Emulator, EmulatorError, running
from tap_emulator.fuzzing.run import EXAMPLES
from tap_emulator.target import ACCOUNT_PATIENCE_SECONDS, EMULATOR_PATIENCE_SECONDS, Target
from tap_project.assembly import OperationError, stack_of, stacks
from tap_project.clients import python
from tap_project.openapi.document import FILE
from tap_project.session import session_for

ROOT = Path(__file__).resolve().parent.parent
ASSEMBLY = ROOT / "cdk.out"
PYTHON = ROOT / "build" / "live" / "bin" / "python"
LOG = ROOT / "build" / "live.log"
ENVIRONMENTS = pytest.StashKey[list[str]]()
REQUESTS = pytest.StashKey[int]()
# Where the document of an API is needed.
OF_APIS = Path(__file__).with_name("live") / "test_openapi.py"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options: `--account dev` tests a deployed environment, without the emulator."""
    parser.addoption("--account", metavar="ENVIRONMENT", help="test this deployed environment")
    parser.addoption(
        "--emulator", metavar="PYTHON", default=str(PYTHON), help="the emulator's interpreter"
    )
    parser.addoption("--only", metavar="ENVIRONMENT", help="deploy this environment only")
    parser.addoption("--attach", metavar="FILE", help="use this running emulator (JSON)")
    parser.addoption(
        "--examples", metavar="N", type=int, default=EXAMPLES, help="random requests per operation"
    )
    parser.addoption("--patience", metavar="SECONDS", type=float, help="how long to wait for AWS")


def pytest_configure(config: pytest.Config) -> None:
    """Find the requested environments.

    Raises:
        pytest.UsageError: there is no such environment, or no cdk.out.
    """
    asked = config.getoption("--account") or config.getoption("--only")
    try:
        chosen = [stack_of(asked, ASSEMBLY)] if asked else stacks(ASSEMBLY).values()
    except OperationError as error:
        raise pytest.UsageError(str(error)) from error
    config.stash[ENVIRONMENTS] = [stack.environment for stack in chosen]
    config.addinivalue_line("markers", "first_environment: runs in one environment only")
    # Behind the packages of .venv, which have the same versions.
    sys.path += [str(ROOT / folder) for folder in (python.PACKAGES, python.FOLDER)]


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Ignore the tests of openapi.json in an account, and without one."""
    if collection_path != OF_APIS:
        return None
    return bool(config.getoption("--account")) or not (ROOT / FILE).is_file()


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run each test against each requested environment."""
    if "target" in metafunc.fixturenames:
        chosen = metafunc.config.stash[ENVIRONMENTS]
        if metafunc.definition.get_closest_marker("first_environment"):
            chosen = chosen[:1]
        metafunc.parametrize("target", chosen, indirect=True, scope="session")


@pytest.fixture(scope="session")
def emulator(request: pytest.FixtureRequest) -> Iterator[Emulator]:
    """Start the emulator, and end it after the tests."""
    attached = request.config.getoption("--attach")
    if attached:
        yield Emulator.load(Path(attached))
        return
    try:
        with running(Path(request.config.getoption("--emulator")), LOG) as started:
            yield started
    except EmulatorError as error:
        pytest.exit(str(error), returncode=3)


@pytest.fixture(scope="session")
def target(request: pytest.FixtureRequest) -> Iterator[Target]:
    """Deploy one environment, if it is not deployed yet, and yield it."""
    stack = stacks(ASSEMBLY)[request.param]
    patience = request.config.getoption("--patience")
    attached = request.config.getoption("--attach")
    if request.config.getoption("--account"):
        session, _ = session_for(stack)
        outputs = deployment.outputs(session, stack.name)
        count_requests(request.config, session)
        yield Target(
            stack=stack.name,
            outputs=outputs,
            session=session,
            emulator=None,
            patience=patience or ACCOUNT_PATIENCE_SECONDS,
        )
        return
    emulator: Emulator = request.getfixturevalue("emulator")
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith("AWS_")]:
            patch.delenv(name)
        for name, value in emulator.environment(stack.account or emulator.account).items():
            patch.setenv(name, value)
        administrator = deployment.administrator(boto3.Session(region_name=stack.region))
        for name, value in administrator.items():
            patch.setenv(name, value)
        session = boto3.Session(region_name=stack.region)
        count_requests(request.config, session)
        try:
            if not (attached and deployment.exists(session, stack.name)):
                deployment.deploy(session, ASSEMBLY, stack.name)
            outputs = deployment.outputs(session, stack.name)
        except deployment.DeploymentError as error:
            pytest.exit(str(error), returncode=4)
        yield Target(
            stack=stack.name,
            outputs=outputs,
            session=session,
            emulator=emulator,
            patience=patience or EMULATOR_PATIENCE_SECONDS,
        )


@pytest.fixture(scope="session")
def caller(target: Target) -> Iterator[Caller]:
    """Yield a caller with access to the API."""
    with authorized_caller(target) as found:
        yield found


@pytest.fixture(scope="session")
def client(target: Target, caller: Caller) -> Iterator[Any]:
    """Yield the generated client, with the caller's access to the API."""
    with clients.connected(target, caller) as connected:
        yield connected


@pytest.fixture
def forged_headers(target: Target, caller: Caller) -> dict[str, str]:
    """Return headers with invalid credentials."""
    return caller.forged(target.url("items"))


def count_requests(config: pytest.Config, session: boto3.Session) -> None:
    """Count each request that clients of the session send."""

    def count(**_: Any) -> None:
        config.stash[REQUESTS] = config.stash.get(REQUESTS, 0) + 1

    session.events.register("before-send", count)


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    """Print the number of calls of AWS APIs, requests to the service's own API left out."""
    terminalreporter.write_line(f"{config.stash.get(REQUESTS, 0)} calls of AWS APIs.")
