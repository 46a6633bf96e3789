"""Forbidden calls of the functions' roles, and tests without one of their permissions."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import boto3
from botocore.exceptions import ClientError

Call = Callable[[Callable[[str], Any], dict[str, str]], object]


@dataclass(frozen=True)
class Statement:
    """One statement of one role's policy."""

    role: str
    policy: str
    index: int
    logical_id: str
    actions: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.logical_id}: {', '.join(self.actions)}"


# None of these may succeed with any function's role. `other` has the resources of another stack of
# the account.
FORBIDDEN: dict[str, Call] = {
    "write another table": lambda client, other: client("dynamodb").put_item(
        TableName=other["TableName"], Item={"pk": {"S": "x"}, "sk": {"S": "x"}}
    ),
    "read another table": lambda client, other: client("dynamodb").get_item(
        TableName=other["TableName"], Key={"pk": {"S": "x"}, "sk": {"S": "item"}}
    ),
    "list tables": lambda client, other: client("dynamodb").list_tables(),
    "scan its table": lambda client, own: client("dynamodb").scan(TableName=own["own:TableName"]),
    "change its table": lambda client, own: client("dynamodb").update_table(
        TableName=own["own:TableName"], DeletionProtectionEnabled=False
    ),
    "delete its table": lambda client, own: client("dynamodb").delete_table(
        TableName=own["own:TableName"]
    ),
    "read another bucket": lambda client, other: client("s3").get_object(
        Bucket=other["BucketName"], Key="incoming/x"
    ),
    "write another bucket": lambda client, other: client("s3").put_object(
        Bucket=other["BucketName"], Key="incoming/x", Body=b"x"
    ),
    "write outside its prefixes": lambda client, own: client("s3").put_object(
        Bucket=own["own:BucketName"], Key="elsewhere/x", Body=b"x"
    ),
    "list all of its bucket": lambda client, own: client("s3").list_objects_v2(
        Bucket=own["own:BucketName"]
    ),
    "open its bucket": lambda client, own: client("s3").delete_bucket_policy(
        Bucket=own["own:BucketName"]
    ),
    "list buckets": lambda client, other: client("s3").list_buckets(),
    "list roles": lambda client, other: client("iam").list_roles(),
    "make a user": lambda client, other: client("iam").create_user(UserName="intruder"),
    "list keys": lambda client, other: client("kms").list_keys(),
    "make a key": lambda client, other: client("kms").create_key(),
    "publish an alarm": lambda client, own: client("sns").publish(
        TopicArn=own["own:AlarmTopicArn"], Message="x"
    ),
    "publish elsewhere": lambda client, other: client("sns").publish(
        TopicArn=other["AlarmTopicArn"], Message="x"
    ),
    "change a function": lambda client, other: client("lambda").update_function_configuration(
        FunctionName=other["function"], Timeout=900
    ),
    "call a function": lambda client, other: client("lambda").invoke(
        FunctionName=other["function"]
    ),
    "change an alarm": lambda client, other: client("cloudwatch").delete_alarms(AlarmNames=["x"]),
    "read its logs": lambda client, own: client("logs").describe_log_groups(),
    "delete the stack": lambda client, own: client("cloudformation").delete_stack(
        StackName=own["stack"]
    ),
    "delete a network interface": lambda client, other: client("ec2").delete_network_interface(
        NetworkInterfaceId="eni-0123456789abcdef0"
    ),
    "take addresses from a network interface": lambda client, other: client(
        "ec2"
    ).unassign_private_ip_addresses(
        NetworkInterfaceId="eni-0123456789abcdef0", PrivateIpAddresses=["10.0.0.1"]
    ),
    "send to another queue": lambda client, other: client("sqs").send_message(
        QueueUrl=other["queue"], MessageBody="x"
    ),
}
WITH_A_KEY: dict[str, Call] = {
    "use its key directly": lambda client, own: client("kms").encrypt(
        KeyId=own["own:KeyArn"], Plaintext=b"x"
    ),
    "delete its key": lambda client, own: client("kms").schedule_key_deletion(
        KeyId=own["own:KeyArn"], PendingWindowInDays=7
    ),
    "use another key": lambda client, other: client("kms").encrypt(
        KeyId=other["KeyArn"], Plaintext=b"x"
    ),
}
DENIALS = {"AccessDenied", "AccessDeniedException", "AuthorizationError", "UnauthorizedOperation"}


def allowed_calls(
    root: boto3.Session, stack: str, own: dict[str, str], other: dict[str, str]
) -> tuple[int, list[str]]:
    """Try every forbidden call as each function's role; return the number, and those allowed."""
    known = {f"own:{name}": value for name, value in own.items()} | other | {"stack": stack}
    url = root.client("sqs").create_queue(QueueName="another")["QueueUrl"]
    tried, allowed = 0, []
    for name in ("ApiFunctionArn", "WorkerFunctionArn"):
        if name not in own:
            continue
        role = root.client("lambda").get_function_configuration(FunctionName=own[name])["Role"]
        session = _session(root, role)
        subject = {**known, "function": own[name], "queue": url}
        for description, attempt in (FORBIDDEN | (WITH_A_KEY if "KeyArn" in own else {})).items():
            tried += 1
            try:
                attempt(session.client, subject)
            except ClientError as error:
                code = error.response["Error"]["Code"]
                if code in DENIALS or code.endswith("AccessDenied"):
                    continue
                allowed.append(f"{name} may {description}: {code}")
            else:
                allowed.append(f"{name} may {description}")
    return tried, allowed


def _session(root: boto3.Session, role: str) -> boto3.Session:
    """Return a session of a role; only root may assume these roles, which trust services."""
    given = root.client("sts").assume_role(RoleArn=role, RoleSessionName="forbidden")["Credentials"]
    return boto3.Session(
        aws_access_key_id=given["AccessKeyId"],
        aws_secret_access_key=given["SecretAccessKey"],
        aws_session_token=given["SessionToken"],
        region_name=root.region_name,
    )


def statements(root: boto3.Session, stack: str) -> Iterator[Statement]:
    """Return every statement of every role of a deployed stack."""
    pages = root.client("cloudformation").get_paginator("list_stack_resources")
    iam = root.client("iam")
    for page in pages.paginate(StackName=stack):
        for resource in page["StackResourceSummaries"]:
            if resource["ResourceType"] != "AWS::IAM::Role":
                continue
            role = resource["PhysicalResourceId"]
            for policy in iam.list_role_policies(RoleName=role)["PolicyNames"]:
                found = _document(iam, role, policy)["Statement"]
                for index, statement in enumerate(found):
                    actions = statement["Action"]
                    yield Statement(
                        role=role,
                        policy=policy,
                        index=index,
                        logical_id=resource["LogicalResourceId"],
                        actions=(actions,) if isinstance(actions, str) else tuple(actions),
                    )


def _document(iam: Any, role: str, policy: str) -> dict[str, Any]:
    document = iam.get_role_policy(RoleName=role, PolicyName=policy)["PolicyDocument"]
    loaded: dict[str, Any] = json.loads(document) if isinstance(document, str) else document
    return loaded


@contextmanager
def without(root: boto3.Session, statement: Statement, action: str | None = None) -> Iterator[None]:
    """Remove one statement, or one of its actions, from its role temporarily."""
    iam = root.client("iam")
    whole = _document(iam, statement.role, statement.policy)
    kept = [entry for n, entry in enumerate(whole["Statement"]) if n != statement.index]
    left = [name for name in statement.actions if name != action]
    if action is not None and left:
        kept.append({**whole["Statement"][statement.index], "Action": left})

    def put(found: dict[str, Any]) -> None:
        iam.put_role_policy(
            RoleName=statement.role,
            PolicyName=statement.policy,
            PolicyDocument=json.dumps(found),
        )

    put({**whole, "Statement": kept})
    try:
        yield
    finally:
        put(whole)


@contextmanager
def without_resource_policy(root: boto3.Session, function: str) -> Iterator[int]:
    """Remove a function's resource policy temporarily; yield its number of statements."""
    client = root.client("lambda")
    try:
        policy = json.loads(client.get_policy(FunctionName=function)["Policy"])
    except client.exceptions.ResourceNotFoundException:
        policy = {"Statement": []}
    for statement in policy["Statement"]:
        client.remove_permission(FunctionName=function, StatementId=statement["Sid"])
    try:
        yield len(policy["Statement"])
    finally:
        for statement in policy["Statement"]:
            (source,) = statement["Condition"]["ArnLike"].values()
            client.add_permission(
                FunctionName=function,
                StatementId=statement["Sid"],
                Action=statement["Action"],
                Principal=statement["Principal"]["Service"],
                SourceArn=source,
            )


@contextmanager
def without_send_permission(root: boto3.Session, queue: str) -> Iterator[int]:
    """Remove a queue's send permissions temporarily; yield their number."""
    client = root.client("sqs")
    url = client.get_queue_url(QueueName=queue.rsplit(":", maxsplit=1)[1])["QueueUrl"]
    found = client.get_queue_attributes(QueueUrl=url, AttributeNames=["Policy"])["Attributes"]
    whole = json.loads(found["Policy"])
    denied = [each for each in whole["Statement"] if each["Effect"] == "Deny"]

    def put(statements: list[dict[str, Any]]) -> None:
        policy = json.dumps({**whole, "Statement": statements})
        client.set_queue_attributes(QueueUrl=url, Attributes={"Policy": policy})

    put(denied)
    try:
        yield len(whole["Statement"]) - len(denied)
    finally:
        put(whole["Statement"])
