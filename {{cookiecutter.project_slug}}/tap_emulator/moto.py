"""The stack's resources in moto, for tests of the handlers, and a record of the calls they make.

Tables have the keys and indexes of the synthesized template, and handlers find them in the
environment variables of their functions, as they do in AWS.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import boto3

from tap_guardrails import permissions

Resource = Mapping[str, Any]
# Operations of the SDK whose IAM action has another name.
# https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
ACTIONS = {
    "lambda:Invoke": "lambda:InvokeFunction",
    "s3:CompleteMultipartUpload": "s3:PutObject",
    "s3:CopyObject": "s3:PutObject",
    "s3:CreateMultipartUpload": "s3:PutObject",
    "s3:DeleteObjects": "s3:DeleteObject",
    "s3:HeadBucket": "s3:ListBucket",
    "s3:HeadObject": "s3:GetObject",
    "s3:ListObjectVersions": "s3:ListBucketVersions",
    "s3:ListObjects": "s3:ListBucket",
    "s3:ListObjectsV2": "s3:ListBucket",
    "s3:UploadPart": "s3:PutObject",
    "s3:UploadPartCopy": "s3:PutObject",
    "sns:PublishBatch": "sns:Publish",
    "sqs:ChangeMessageVisibilityBatch": "sqs:ChangeMessageVisibility",
    "sqs:DeleteMessageBatch": "sqs:DeleteMessage",
    "sqs:SendMessageBatch": "sqs:SendMessage",
}


def create(template: Mapping[str, Any], session: boto3.Session) -> dict[str, dict[str, str]]:
    """Create the resources that functions use; return each function's environment variables.

    Args:
        template: the synthesized template.
        session: a session whose clients moto answers.

    Returns:
        The environment variables by handler module. A variable that does not name a resource of
        the template keeps its text.
    """
    resources = template["Resources"]
    created: dict[str, str] = {}
    environments = {}
    for function in resources.values():
        if function["Type"] != "AWS::Lambda::Function":
            continue
        properties = function["Properties"]
        variables = properties.get("Environment", {}).get("Variables", {})
        values = {}
        for name, value in variables.items():
            logical_id = _referenced(value)
            if logical_id in resources and logical_id not in created:
                created[logical_id] = _create(logical_id, resources[logical_id], session)
            values[name] = created.get(logical_id, value if isinstance(value, str) else "")
        environments[str(properties.get("Handler", "")).rpartition(".")[0]] = values
    return environments


def _referenced(value: Any) -> str:
    if isinstance(value, Mapping):
        if "Ref" in value:
            return str(value["Ref"])
        if "Fn::GetAtt" in value:
            return str(value["Fn::GetAtt"][0])
    return ""


def _create(logical_id: str, resource: Resource, session: boto3.Session) -> str:
    """Create one resource; return the value of its reference, empty if the type is unknown."""
    creator = CREATORS.get(resource["Type"])
    if creator is None:
        return ""
    return creator(logical_id.lower()[:60], resource.get("Properties", {}), session)


@cache
def client(session: boto3.Session, service: str) -> Any:
    """Return one client of a service for all tests, because creating it takes longer than a test.

    Its calls are not recorded.
    """
    return session.client(service)


@cache
def tables(session: boto3.Session) -> Any:
    """Return one resource of DynamoDB for all tests."""
    return session.resource("dynamodb")


def _table(name: str, properties: Resource, session: boto3.Session) -> str:
    indexes = [
        {key: index[key] for key in ("IndexName", "KeySchema", "Projection")}
        for index in properties.get("GlobalSecondaryIndexes", ())
    ]
    client(session, "dynamodb").create_table(
        TableName=name,
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=properties["AttributeDefinitions"],
        KeySchema=properties["KeySchema"],
        **({"GlobalSecondaryIndexes": indexes} if indexes else {}),
    )
    return name


def _bucket(name: str, properties: Resource, session: boto3.Session) -> str:
    s3 = client(session, "s3")
    s3.create_bucket(Bucket=name)
    if "VersioningConfiguration" in properties:
        versioning = properties["VersioningConfiguration"]
        s3.put_bucket_versioning(Bucket=name, VersioningConfiguration=versioning)
    return name


def _queue(name: str, properties: Resource, session: boto3.Session) -> str:
    return str(client(session, "sqs").create_queue(QueueName=name)["QueueUrl"])


def _topic(name: str, properties: Resource, session: boto3.Session) -> str:
    return str(client(session, "sns").create_topic(Name=name)["TopicArn"])


def _secret(name: str, properties: Resource, session: boto3.Session) -> str:
    created = client(session, "secretsmanager").create_secret(Name=name, SecretString="{}")
    return str(created["ARN"])


def _bus(name: str, properties: Resource, session: boto3.Session) -> str:
    client(session, "events").create_event_bus(Name=name)
    return name


def _parameter(name: str, properties: Resource, session: boto3.Session) -> str:
    value = str(properties.get("Value", "value"))
    client(session, "ssm").put_parameter(Name=name, Value=value, Type="String")
    return name


CREATORS: dict[str, Callable[[str, Resource, boto3.Session], str]] = {
    "AWS::DynamoDB::Table": _table,
    "AWS::Events::EventBus": _bus,
    "AWS::S3::Bucket": _bucket,
    "AWS::SNS::Topic": _topic,
    "AWS::SQS::Queue": _queue,
    "AWS::SSM::Parameter": _parameter,
    "AWS::SecretsManager::Secret": _secret,
}


@dataclass
class Calls:
    """The IAM actions that the handler modules call while tests run."""

    service: Path
    _called: dict[str, set[str]] = field(default_factory=dict)

    def modules(self) -> list[str]:
        """Return the names of the modules that declare permissions."""
        return [
            file.stem
            for file in sorted(self.service.glob("*.py"))
            if permissions.of_module(file) is not None
        ]

    def declared(self, module: str) -> set[str]:
        """Return the actions that a module declares."""
        found = permissions.of_module(self.service / f"{module}.py") or ()
        return {action for each in found for action in each.actions}

    def unexercised(self, module: str) -> set[str]:
        """Return the declared actions that no test has called."""
        return self.declared(module) - self._called.get(module, set())

    @contextlib.contextmanager
    def recorded(self, module: str, session: boto3.Session) -> Generator[None]:
        """Record the calls of clients that are created in the context.

        Raises:
            AssertionError: in the call, if the module does not declare it.
        """
        allowed, called = self.declared(module), self._called.setdefault(module, set())

        def note(model: Any, **_: Any) -> None:
            operation = f"{model.service_model.signing_name}:{model.name}"
            action = ACTIONS.get(operation, operation)
            called.add(action)
            if action not in allowed:
                message = f"service/{module}.py calls {action}, which PERMISSIONS doesn't declare"
                raise AssertionError(message)

        session.events.register("before-call", note)
        try:
            yield
        finally:
            session.events.unregister("before-call", note)
