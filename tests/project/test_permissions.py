"""Roles are built from the PERMISSIONS of handler modules, for own and imported resources."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from proof import cold_process, dependencies, variants
from proof.matrix import prover
from proof.stacks import Stack, as_list, read_stacks
from proof.warm_kernel import SynthFailed, WarmProcess
from tests.conftest import Bake

HANDLER = '''"""Partners."""

PERMISSIONS = {
    "ITEMS": {"dynamodb:GetItem"},
    "PARTNER_BUCKET/in/*": {"s3:GetObject", "s3:ListBucket"},
    "PARTNER_QUEUE": {"sqs:SendMessage"},
    "PARTNER_TABLE": {"dynamodb:GetItem"},
    "TOKEN": {"secretsmanager:GetSecretValue"},
}


def handler(event: dict[str, str], context: object) -> None:
    """Do nothing."""
'''
STATEMENT = """
        partner = "111122223333"
        ServiceFunction(
            self,
            "Partners",
            handler="partners.handler",
            size=FunctionSize(memory_mib=512, timeout_seconds=30),
            uses={
                "ITEMS": table,
                "PARTNER_BUCKET": s3.Bucket.from_bucket_attributes(
                    self,
                    "PartnerBucket",
                    account=partner,
                    bucket_name="partner-4711",
                    encryption_key=kms.Key.from_key_arn(self, "PartnerKey", self.format_arn(
                        service="kms", account=partner, resource="key", resource_name="1-2-3"
                    )),
                ),
                "PARTNER_QUEUE": sqs.Queue.from_queue_arn(
                    self,
                    "PartnerQueue",
                    self.format_arn(service="sqs", account=partner, resource="orders"),
                ),
                "PARTNER_TABLE": dynamodb.Table.from_table_arn(
                    self,
                    "PartnerTable",
                    self.format_arn(
                        service="dynamodb", account=partner, resource="table", resource_name="o"
                    ),
                ),
                "TOKEN": secretsmanager.Secret.from_secret_name_v2(self, "Token", "partner/token"),
            },
        )
"""
IMPORTS = """from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_secretsmanager as secretsmanager
from aws_cdk import aws_sqs as sqs
from infra.environment.function import FunctionSize
from infra.functions import ServiceFunction
"""
LAST = "        S3Worker("


def with_partners(project: Path, handler: str = HANDLER, statement: str = STATEMENT) -> Path:
    """Add a function that uses resources of another account."""
    dependencies.link(project, "3.14")
    (project / "service" / "partners.py").write_text(handler, encoding="utf-8")
    stack = project / "infra" / "stack.py"
    source = stack.read_text(encoding="utf-8")
    assert LAST in source
    source = source.replace("from constructs import", IMPORTS + "from constructs import", 1)
    stack.write_text(source.replace(LAST, statement + LAST, 1), encoding="utf-8")
    return project


@pytest.fixture(scope="module")
def stack(warm_synth: WarmProcess, tmp_path_factory: pytest.TempPathFactory) -> Stack:
    """Return a stack with the function and no findings."""
    variant = variants.by_id("rest-iam.s3.on_demand.nat.customer_managed.audit")
    project = with_partners(prover.bake(variant, tmp_path_factory.mktemp("partners")))
    return read_stacks(warm_synth(project))[0]


def statements(stack: Stack) -> list[dict[str, Any]]:
    (role,) = [name for name in stack.of_type("AWS::IAM::Role") if name.startswith("Partners")]
    return list(stack.statements(role))


def allowed(stack: Stack, action: str) -> list[dict[str, Any]]:
    return [each for each in statements(stack) if action in str(each["Action"])]


def test_imported_resources_are_allowed_exactly(stack: Stack) -> None:
    (read,) = allowed(stack, "s3:GetObject")
    assert "partner-4711/in/*" in json.dumps(read["Resource"])
    (listed,) = allowed(stack, "s3:ListBucket")
    assert json.dumps(listed["Resource"]).rstrip('"]}').endswith(":s3:::partner-4711")
    assert listed["Condition"] == {"StringLike": {"s3:prefix": "in/*"}}
    (token,) = allowed(stack, "secretsmanager:GetSecretValue")
    assert "secret:partner/token-??????" in json.dumps(token["Resource"])
    (sent,) = allowed(stack, "sqs:SendMessage")
    assert "111122223333:orders" in json.dumps(sent["Resource"])


def test_the_key_of_an_imported_resource_is_usable_through_its_service_only(stack: Stack) -> None:
    keys = {json.dumps(each["Resource"]): each for each in allowed(stack, "kms:Decrypt")}
    (foreign,) = [each for arn, each in keys.items() if "111122223333" in arn]
    via = foreign["Condition"]["StringEquals"]["kms:ViaService"]
    assert as_list(via) == ["s3.us-east-1.amazonaws.com"]
    assert len(keys) == 2


def test_imported_names_are_environment_variables(stack: Stack) -> None:
    variables = stack.functions["partners.handler"]["Environment"]["Variables"]
    assert variables["PARTNER_BUCKET"] == "partner-4711"
    assert variables["PARTNER_TABLE"] == "o"
    assert "111122223333/orders" in json.dumps(variables["PARTNER_QUEUE"])


def test_gateway_endpoints_lead_to_the_declared_resources_of_the_other_account(
    stack: Stack,
) -> None:
    policies = [
        endpoint["PolicyDocument"]["Statement"]
        for endpoint in stack.of_type("AWS::EC2::VPCEndpoint").values()
    ]
    foreign = [
        each
        for policy in policies
        for each in policy
        if each["Condition"]["StringEquals"]["aws:ResourceAccount"] == "111122223333"
    ]
    assert {each["Action"] for each in foreign} == {
        "dynamodb:GetItem",
        "s3:GetObject",
        "s3:ListBucket",
    }
    for each in foreign:
        assert each["Condition"]["StringEquals"]["aws:PrincipalAccount"] == {
            "Ref": "AWS::AccountId"
        }
        assert each["Resource"] != "*"
    assert len(policies) == 2
    assert all(len(policy) >= 2 for policy in policies)


@pytest.mark.parametrize(
    ("handler", "message"),
    [
        (HANDLER.replace('    "TOKEN": {"secretsmanager:GetSecretValue"},\n', ""), "lacks 'TOKEN'"),
        (
            HANDLER.replace('"ITEMS"', '"OTHER": {"s3:GetObject"},\n    "ITEMS"'),
            "has 'OTHER'; add it to uses=",
        ),
        (HANDLER.replace("PERMISSIONS", "OTHERS"), "declares no permissions; add PERMISSIONS = "),
        (HANDLER.replace("dynamodb:GetItem", "dynamodb:*"), "name each action"),
        (HANDLER.replace('{"sqs:SendMessage"}', "SENDING"), "is not a literal like PERMISSIONS ="),
        (
            HANDLER.replace('"PARTNER_QUEUE"', "QUEUE"),
            "QUEUE, which is neither a text nor in names",
        ),
    ],
    ids=["unused", "missing", "undeclared", "wildcard", "no-literal", "unknown-name"],
)
def test_an_invalid_declaration_is_rejected(
    handler: str, message: str, bake: Bake, warm_synth: WarmProcess
) -> None:
    with pytest.raises(SynthFailed, match=message):
        warm_synth(with_partners(bake(network="nat"), handler))


def run_tests(project: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the project's own tests."""
    command = [sys.executable, "-m", "pytest", "--quiet", "-p", "no:cacheprovider", *arguments]
    environment = {**os.environ, **cold_process.environment()}
    return subprocess.run(
        command, cwd=project, env=environment, check=False, capture_output=True, text=True
    )


def test_a_declared_action_that_no_test_calls_is_named(bake: Bake) -> None:
    project = bake()
    dependencies.link(project, "3.14")
    api = project / "service" / "api.py"
    source = api.read_text(encoding="utf-8")
    more = source.replace('"dynamodb:DeleteItem", ', '"dynamodb:DeleteItem", "dynamodb:Scan", ')
    assert more != source
    api.write_text(more, encoding="utf-8")
    done = run_tests(project, "tests/test_api.py", "tests/test_permissions.py")
    assert done.returncode == 1
    assert "no test calls dynamodb:Scan of service/api.py" in done.stdout


def test_an_undeclared_call_fails_the_test_that_makes_it(bake: Bake) -> None:
    project = bake()
    dependencies.link(project, "3.14")
    api = project / "service" / "api.py"
    source = api.read_text(encoding="utf-8")
    less = source.replace('"dynamodb:DeleteItem", ', "")
    assert less != source
    api.write_text(less, encoding="utf-8")
    done = run_tests(project, "tests/test_api.py", "-k", "deleted")
    assert done.returncode == 1
    assert "calls dynamodb:DeleteItem, which PERMISSIONS doesn't declare" in done.stdout


@pytest.mark.parametrize(
    ("old", "new"),
    [('SORT_KEY = "sk"', 'SORT_KEY = "sort"'), ('INDEX = "by_created"', 'INDEX = "by_time"')],
    ids=["key", "index"],
)
def test_handlers_and_table_read_the_same_names(old: str, new: str, bake: Bake) -> None:
    """A renamed key or index changes the table and the handlers together."""
    project = bake(worker="none")
    dependencies.link(project, "3.14")
    names = project / "service" / "names.py"
    source = names.read_text(encoding="utf-8")
    assert old in source
    names.write_text(source.replace(old, new), encoding="utf-8")
    done = run_tests(project, "tests/test_api.py", "-k", "listed")
    assert done.returncode == 0, done.stdout


def test_a_key_that_only_the_table_has_fails_tests_of_handlers(bake: Bake) -> None:
    """The tests' table has the keys of the synthesized template."""
    project = bake(worker="none")
    dependencies.link(project, "3.14")
    table = project / "infra" / "table.py"
    source = table.read_text(encoding="utf-8")
    changed = source.replace("name=names.SORT_KEY", 'name="other"')
    assert changed != source
    table.write_text(changed, encoding="utf-8")
    assert run_tests(project, "tests/test_api.py", "-k", "listed").returncode == 1
