"""Fixtures of a project's tests: the stacks, and the handlers with their resources in moto.

The project's tests/conftest.py imports them.
"""

import contextlib
import gc
import importlib
import json
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import boto3
import pytest
from moto import mock_aws

from tap_emulator import moto

# No test uses the caller's account, profile or endpoints, not even at import.
for _name in [name for name in os.environ if name.startswith("AWS_")]:
    del os.environ[_name]
os.environ |= {"AWS_CONFIG_FILE": os.devnull, "AWS_SHARED_CREDENTIALS_FILE": os.devnull}

ROOT = Path(__file__).resolve().parent.parent
CALLS = moto.Calls(ROOT / "service")
LAST = "test_permissions.py"


def _settings() -> Any:
    """Return the project's settings."""
    return importlib.import_module("infra.settings")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run the tests of the recorded calls last."""
    items.sort(key=lambda item: item.path.name == LAST)


@pytest.fixture(scope="session")
def cloud_assembly(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The synthesized app: from `make check` (CDK_OUT), or synthesized here."""
    made = os.environ.get("CDK_OUT")
    if made:
        return Path(made).resolve()
    out = tmp_path_factory.mktemp("cdk.out")
    importlib.import_module("infra.app").build(outdir=str(out)).synth()
    return out


@pytest.fixture(params=_settings().ENVIRONMENTS)
def stack(request: pytest.FixtureRequest, cloud_assembly: Path) -> SimpleNamespace:
    """The stack of one environment: its settings, its template, and its entry in the manifest."""
    settings = _settings().ENVIRONMENTS[request.param]
    name = f"{_settings().PROJECT}-{settings.name}"
    template = json.loads((cloud_assembly / f"{name}.template.json").read_text(encoding="utf-8"))
    manifest = json.loads((cloud_assembly / "manifest.json").read_text(encoding="utf-8"))

    def of_type(kind: str) -> dict[str, dict[str, Any]]:
        return {
            logical_id: resource
            for logical_id, resource in template["Resources"].items()
            if resource["Type"] == kind
        }

    def timeout(handler: str) -> int:
        """Return the timeout in seconds of the function with this handler."""
        functions = [found["Properties"] for found in of_type("AWS::Lambda::Function").values()]
        return min(int(each["Timeout"]) for each in functions if each["Handler"] == handler)

    return SimpleNamespace(
        settings=settings,
        timeout=timeout,
        template=template,
        resources=template["Resources"],
        artifact=manifest["artifacts"][name]["properties"],
        of_type=of_type,
    )


@pytest.fixture(scope="session")
def sdk() -> boto3.Session:
    """One session of the AWS SDK, because loading its models takes longer than most tests.

    They are never freed, so that garbage collections need not scan them.
    """
    session = boto3.Session("testing", "testing", region_name="us-east-1")
    moto.client(session, "s3")
    moto.tables(session)
    gc.collect()
    gc.freeze()
    return session


@pytest.fixture
def aws(
    monkeypatch: pytest.MonkeyPatch, sdk: boto3.Session, cloud_assembly: Path
) -> Iterator[SimpleNamespace]:
    """The resources that the functions use, in moto, as the template defines them."""
    environment = next(iter(_settings().ENVIRONMENTS))
    file = cloud_assembly / f"{_settings().PROJECT}-{environment}.template.json"
    template = json.loads(file.read_text(encoding="utf-8"))
    for name, value in {
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        "AWS_DEFAULT_REGION": "us-east-1",
    }.items():
        monkeypatch.setenv(name, value)
    with mock_aws():
        monkeypatch.setattr(boto3, "DEFAULT_SESSION", sdk)
        environments = moto.create(template, sdk)
        variables = {name: value for each in environments.values() for name, value in each.items()}
        yield SimpleNamespace(
            environments=environments,
            s3=moto.client(sdk, "s3"),
            bucket=variables["BUCKET_NAME"],
            table=moto.tables(sdk).Table(variables["TABLE_NAME"]),
        )


@pytest.fixture
def load(
    aws: SimpleNamespace, sdk: boto3.Session, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[[str], ModuleType]]:
    """Import a module of service/ as a cold start does, with its function's environment.

    The calls of clients that are created afterwards are recorded as the module's: create those of
    a test before, or use the clients of `aws`.
    """
    names = [module.stem for module in (ROOT / "service").glob("*.py")]

    def forget() -> None:
        for name in names:
            sys.modules.pop(name, None)

    with contextlib.ExitStack() as recordings:

        def fresh(name: str) -> ModuleType:
            forget()
            for variable, value in aws.environments[name].items():
                monkeypatch.setenv(variable, value)
            monkeypatch.setenv("POWERTOOLS_TRACE_DISABLED", "true")
            recordings.enter_context(CALLS.recorded(name, sdk))
            return importlib.import_module(name)

        yield fresh
    forget()


@pytest.fixture
def context() -> SimpleNamespace:
    """Lambda's context of an invocation."""
    return SimpleNamespace(
        function_name="function",
        memory_limit_in_mb=512,
        invoked_function_arn="arn:aws:lambda:us-east-1:123456789012:function:function",
        aws_request_id="00000000-0000-0000-0000-000000000000",
        get_remaining_time_in_millis=lambda: 180_000,
    )


@pytest.fixture
def longest_call() -> Callable[[Any], float]:
    """Return how many seconds a call of a client takes at most.

    Each attempt waits for a connection and then for the answer. Before it repeats a throttled call,
    botocore waits 2 ** n seconds at most, and five more where the service asks for it.
    """

    def seconds(client: Any) -> float:
        config = client.meta.config
        attempts = config.retries["total_max_attempts"]
        waits = sum(2**retry + 5 for retry in range(attempts - 1))
        return float(attempts * (config.connect_timeout + config.read_timeout) + waits)

    return seconds
