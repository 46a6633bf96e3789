"""What the tests share: the synthesized stacks, and AWS as moto plays it for the handlers."""

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

from infra.app import ROOT, build
from infra.settings import ENVIRONMENTS, PROJECT

# No test may see the caller's account, profile or endpoints, not even while it is imported.
for _name in [name for name in os.environ if name.startswith("AWS_")]:
    del os.environ[_name]
os.environ |= {"AWS_CONFIG_FILE": os.devnull, "AWS_SHARED_CREDENTIALS_FILE": os.devnull}

# S3 calls an action otherwise than its operation here and there.
ACTIONS = {"s3:ListObjectsV2": "s3:ListBucket"}


@pytest.fixture(scope="session")
def cloud_assembly(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The synthesized app: `make check` made it before (CDK_OUT), else it is made here."""
    made = os.environ.get("CDK_OUT")
    if made:
        return Path(made).resolve()
    out = tmp_path_factory.mktemp("cdk.out")
    build(outdir=str(out)).synth()
    return out


@pytest.fixture(params=ENVIRONMENTS)
def stack(request: pytest.FixtureRequest, cloud_assembly: Path) -> SimpleNamespace:
    """The stack of one environment: its settings, its template, and what the manifest says."""
    settings = ENVIRONMENTS[request.param]
    name = f"{PROJECT}-{settings.name}"
    template = json.loads((cloud_assembly / f"{name}.template.json").read_text(encoding="utf-8"))
    manifest = json.loads((cloud_assembly / "manifest.json").read_text(encoding="utf-8"))

    def of_type(kind: str) -> dict[str, dict[str, Any]]:
        return {
            logical_id: resource
            for logical_id, resource in template["Resources"].items()
            if resource["Type"] == kind
        }

    return SimpleNamespace(
        settings=settings,
        template=template,
        resources=template["Resources"],
        artifact=manifest["artifacts"][name]["properties"],
        of_type=of_type,
    )


@pytest.fixture(scope="session")
def sdk() -> boto3.Session:
    """One session of the AWS SDK: to read its models anew takes longer than most tests."""
    return boto3.Session("testing", "testing", region_name="us-east-1")


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch, sdk: boto3.Session) -> Iterator[SimpleNamespace]:
    """A table and a bucket as the stack makes them, in AWS as moto plays it."""
    for name, value in {
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        "AWS_DEFAULT_REGION": "us-east-1",
        "BUCKET_NAME": "bucket",
        "POWERTOOLS_METRICS_NAMESPACE": PROJECT,
        "POWERTOOLS_SERVICE_NAME": PROJECT,
        "POWERTOOLS_TRACE_DISABLED": "true",
        "TABLE_NAME": "table",
    }.items():
        monkeypatch.setenv(name, value)
    with mock_aws():
        monkeypatch.setattr(boto3, "DEFAULT_SESSION", sdk)
        table = boto3.resource("dynamodb").create_table(
            TableName="table",
            BillingMode="PAY_PER_REQUEST",
{% if cookiecutter.api != 'none' %}
            AttributeDefinitions=[
                {"AttributeName": name, "AttributeType": "S"}
                for name in ("pk", "sk", "kind", "created_at")
            ],
{% else %}
            AttributeDefinitions=[
                {"AttributeName": name, "AttributeType": "S"} for name in ("pk", "sk")
            ],
{% endif %}
            KeySchema=[
                {"AttributeName": "pk", "KeyType": "HASH"},
                {"AttributeName": "sk", "KeyType": "RANGE"},
            ],
{% if cookiecutter.api != 'none' %}
            GlobalSecondaryIndexes=[
                {
                    "IndexName": "by_created",
                    "KeySchema": [
                        {"AttributeName": "kind", "KeyType": "HASH"},
                        {"AttributeName": "created_at", "KeyType": "RANGE"},
                    ],
                    "Projection": {"ProjectionType": "ALL"},
                }
            ],
{% endif %}
        )
        s3 = boto3.client("s3")
        s3.create_bucket(Bucket="bucket")
        s3.put_bucket_versioning(Bucket="bucket", VersioningConfiguration={"Status": "Enabled"})
        yield SimpleNamespace(table=table, s3=s3, bucket="bucket")


@pytest.fixture
def load(aws: SimpleNamespace) -> Iterator[Callable[[str], ModuleType]]:
    """Import a module of service/ as a cold start does, with the environment of `aws`."""
    names = [module.stem for module in (ROOT / "service").glob("*.py")]

    def forget() -> None:
        for name in names:
            sys.modules.pop(name, None)

    def fresh(name: str) -> ModuleType:
        forget()
        return importlib.import_module(name)

    yield fresh
    forget()


@pytest.fixture
def context() -> SimpleNamespace:
    """What Lambda tells a handler about its invocation."""
    return SimpleNamespace(
        function_name="function",
        memory_limit_in_mb=512,
        invoked_function_arn="arn:aws:lambda:us-east-1:123456789012:function:function",
        aws_request_id="00000000-0000-0000-0000-000000000000",
        get_remaining_time_in_millis=lambda: 180_000,
    )


@pytest.fixture
def record() -> Callable[..., set[str]]:
    """Note the IAM actions that clients call from now on, in the set that is returned."""

    def start(*clients: Any) -> set[str]:
        called: set[str] = set()

        def note(model: Any, **_: Any) -> None:
            action = f"{model.service_model.service_name}:{model.name}"
            called.add(ACTIONS.get(action, action))

        for client in clients:
            client.meta.events.register("before-call", note)
        return called

    return start
