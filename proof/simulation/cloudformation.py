"""A model of CloudFormation on loopback, with the calls of the CDK CLI and tap_project/deploy.py.

It has the query protocol, and rejects the calls that AWS rejects: the deletion of a stack with
termination protection, a change set on a stack that can't be updated, retained resources of a stack
whose deletion did not fail, a second resource with the same name. Operations end at once. STS, SSM
and S3 allow everything, and report a bootstrapped account with every asset published.
"""

from __future__ import annotations

import itertools
import json
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlsplit
from xml.sax.saxutils import escape

ACCOUNT = "111122223333"
WHEN = "2026-01-31T12:00:00Z"
# Properties whose names are unique in AWS.
NAMES = {"AWS::CloudTrail::Trail": "TrailName", "AWS::CloudWatch::Dashboard": "DashboardName"}
# https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/view-stack-events.html
UPDATABLE = {
    "CREATE_COMPLETE",
    "CREATE_FAILED",
    "UPDATE_COMPLETE",
    "UPDATE_FAILED",
    "UPDATE_ROLLBACK_COMPLETE",
}


class ValidationError(Exception):
    """A call that AWS rejects with a ValidationError of this text."""


@dataclass
class Resource:
    """A resource of a stack."""

    declared: Mapping[str, Any]
    physical_id: str
    status: str = "CREATE_COMPLETE"
    reason: str = ""

    @property
    def protected(self) -> bool:
        """Whether AWS rejects its deletion."""
        properties = self.declared.get("Properties", {})
        return (
            properties.get("DeletionProtectionEnabled") is True
            or properties.get("DeletionProtection") == "ACTIVE"
        )

    @property
    def name(self) -> tuple[str, str] | None:
        """The name, unique among resources of its type."""
        kind = self.declared["Type"]
        given = self.declared.get("Properties", {}).get(NAMES.get(kind, ""))
        return None if given is None else (kind, str(given))


@dataclass
class Stack:
    """A stack, deleted or not."""

    name: str
    stack_id: str
    status: str = "REVIEW_IN_PROGRESS"
    protected: bool = False
    template: dict[str, Any] = field(default_factory=dict)
    tags: list[dict[str, str]] = field(default_factory=list)
    resources: dict[str, Resource] = field(default_factory=dict)
    history: list[str] = field(default_factory=lambda: ["REVIEW_IN_PROGRESS"])
    change_sets: set[str] = field(default_factory=set)

    def become(self, *statuses: str) -> None:
        """Pass through states; the last one remains."""
        self.history += statuses
        self.status = statuses[-1]


@dataclass
class CloudFormation:
    """One account in one region.

    Args:
        template: the content of every template URL.
        broken: logical ids of resources that can't be created or updated.
        stuck: logical ids of resources that can't be deleted or rolled back.
    """

    template: dict[str, Any]
    broken: set[str] = field(default_factory=set)
    stuck: set[str] = field(default_factory=set)
    stacks: list[Stack] = field(default_factory=list)
    names: set[tuple[str, str]] = field(default_factory=set)
    calls: list[str] = field(default_factory=list)
    _numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def find(self, name_or_id: str) -> Stack:
        """Return the stack with an id, or the stack with a name that is not deleted."""
        for stack in self.stacks:
            if stack.stack_id == name_or_id:
                return stack
            if stack.name == name_or_id and stack.status != "DELETE_COMPLETE":
                return stack
        raise ValidationError(f"Stack with id {name_or_id} does not exist")

    def status(self, name: str) -> str:
        """Return a stack's status; empty if there is no stack."""
        try:
            return self.find(name).status
        except ValidationError:
            return ""

    def review(self, name: str) -> Stack:
        """Add a stack in review, for a change set that creates it."""
        number = next(self._numbers)
        stack_id = f"arn:aws:cloudformation:us-east-1:{ACCOUNT}:stack/{name}/{number:08}"
        self.stacks.append(Stack(name, stack_id))
        return self.stacks[-1]

    def create(self, stack: Stack, template: dict[str, Any]) -> None:
        """Create a stack's resources, or roll back."""
        stack.template = template
        stack.become("CREATE_IN_PROGRESS")
        for name, declared in template["Resources"].items():
            resource = Resource(declared, "")
            if name in self.broken or resource.name in self.names:
                resource.status = "CREATE_FAILED"
                resource.reason = (
                    "it is broken" if name in self.broken else f"{resource.name} already exists"
                )
                stack.resources[name] = resource
                stack.become("ROLLBACK_IN_PROGRESS")
                done = self._delete(stack, creating=True)
                stack.become("ROLLBACK_COMPLETE" if done else "ROLLBACK_FAILED")
                return
            if resource.name is not None:
                self.names.add(resource.name)
                resource.physical_id = resource.name[1]
            else:
                resource.physical_id = f"{stack.name}-{name}-{next(self._numbers)}"
            stack.resources[name] = resource
        stack.become("CREATE_COMPLETE")

    def delete(self, stack: Stack, retain: list[str]) -> None:
        """Delete a stack, except for retained resources.

        Raises:
            ValidationError: it is protected, or resources can't be retained yet.
        """
        if stack.protected:
            raise ValidationError(
                f"Stack [{stack.name}] cannot be deleted while TerminationProtection is enabled"
            )
        if retain and stack.status != "DELETE_FAILED":
            raise ValidationError(
                f"Invalid operation on stack [{stack.stack_id}]. Resources can be retained only"
                " when the stack is in the DELETE_FAILED state."
            )
        stack.become("DELETE_IN_PROGRESS")
        for name in retain:
            stack.resources[name].status = "DELETE_SKIPPED"
        done = self._delete(stack, creating=False)
        stack.become("DELETE_COMPLETE" if done else "DELETE_FAILED")

    def _delete(self, stack: Stack, *, creating: bool) -> bool:
        """Delete resources in reverse; return whether all are deleted or retained."""
        stays = {"Retain"} if creating else {"Retain", "RetainExceptOnCreate"}
        for name, resource in reversed(stack.resources.items()):
            if resource.status in {"DELETE_COMPLETE", "DELETE_SKIPPED"}:
                continue
            if not resource.physical_id:  # it was never created
                resource.status = "DELETE_COMPLETE"
            elif resource.declared.get("DeletionPolicy", "Delete") in stays:
                resource.status = "DELETE_SKIPPED"
            elif resource.protected or name in self.stuck:
                resource.status = "DELETE_FAILED"
                resource.reason = "it is protected" if resource.protected else "it is stuck"
            else:
                resource.status = "DELETE_COMPLETE"
                if resource.name is not None:
                    self.names.discard(resource.name)
        return all(resource.status != "DELETE_FAILED" for resource in stack.resources.values())

    def update(self, stack: Stack, template: dict[str, Any]) -> None:
        """Update a stack, or roll the update back."""
        stack.become("UPDATE_IN_PROGRESS")
        if self.broken & template["Resources"].keys():
            stack.become("UPDATE_ROLLBACK_IN_PROGRESS")
            self.roll_back(stack, skip=[])
            return
        for name, declared in template["Resources"].items():
            known = stack.resources.get(name)
            physical_id = known.physical_id if known else f"{stack.name}-{name}"
            stack.resources[name] = Resource(declared, physical_id, "UPDATE_COMPLETE")
        stack.template = template
        stack.become("UPDATE_COMPLETE")

    def roll_back(self, stack: Stack, skip: list[str]) -> None:
        """Roll an update back, except for skipped resources."""
        failed = self.stuck & stack.resources.keys() - set(skip)
        for name in stack.resources.keys() & self.stuck:
            stack.resources[name].status = "UPDATE_FAILED" if name in failed else "UPDATE_COMPLETE"
            stack.resources[name].reason = "it is stuck" if name in failed else ""
        stack.become("UPDATE_ROLLBACK_FAILED" if failed else "UPDATE_ROLLBACK_COMPLETE")

    def answer(self, action: str, given: Mapping[str, str]) -> dict[str, Any]:
        """Answer a call.

        Raises:
            ValidationError: AWS rejects it.
            KeyError: the call is not modelled.
        """
        self.calls.append(action)
        return CALLS[action](self, given)


def members(given: Mapping[str, str], name: str) -> list[str]:
    """Return the elements of a list parameter."""
    return [value for key, value in given.items() if key.startswith(f"{name}.member.")]


def get_caller_identity(_: CloudFormation, given: Mapping[str, str]) -> dict[str, Any]:
    return {"Account": ACCOUNT, "Arn": f"arn:aws:iam::{ACCOUNT}:user/someone", "UserId": "AIDA"}


def assume_role(_: CloudFormation, given: Mapping[str, str]) -> dict[str, Any]:
    keys = {"AccessKeyId": "ASIA", "SecretAccessKey": "secret", "SessionToken": "token"}
    return {
        "AssumedRoleUser": {"Arn": given["RoleArn"], "AssumedRoleId": "AROA:someone"},
        "Credentials": {**keys, "Expiration": "2099-01-01T00:00:00Z"},
    }


def describe_stacks(cloud: CloudFormation, given: Mapping[str, str]) -> dict[str, Any]:
    stack = cloud.find(given["StackName"])
    return {
        "Stacks": [
            {
                "StackName": stack.name,
                "StackId": stack.stack_id,
                "StackStatus": stack.status,
                "CreationTime": WHEN,
                "EnableTerminationProtection": stack.protected,
                "Tags": stack.tags,
            }
        ]
    }


def describe_stack_events(cloud: CloudFormation, given: Mapping[str, str]) -> dict[str, Any]:
    stack = cloud.find(given["StackName"])
    events = [
        {
            "EventId": str(number),
            "StackId": stack.stack_id,
            "StackName": stack.name,
            "LogicalResourceId": stack.name,
            "PhysicalResourceId": stack.stack_id,
            "ResourceType": "AWS::CloudFormation::Stack",
            "ResourceStatus": status,
            "Timestamp": WHEN,
        }
        for number, status in enumerate(stack.history)
    ]
    return {"StackEvents": events[::-1]}


def describe_events(cloud: CloudFormation, given: Mapping[str, str]) -> dict[str, Any]:
    return {"OperationEvents": []}


def list_stack_resources(cloud: CloudFormation, given: Mapping[str, str]) -> dict[str, Any]:
    return {
        "StackResourceSummaries": [
            {
                "LogicalResourceId": name,
                "PhysicalResourceId": resource.physical_id,
                "ResourceType": resource.declared["Type"],
                "ResourceStatus": resource.status,
                "ResourceStatusReason": resource.reason,
                "LastUpdatedTimestamp": WHEN,
            }
            for name, resource in cloud.find(given["StackName"]).resources.items()
        ]
    }


def get_template(cloud: CloudFormation, given: Mapping[str, str]) -> dict[str, Any]:
    stack = cloud.find(given["StackName"])
    return {"TemplateBody": json.dumps(stack.template)} if stack.template else {}


def create_change_set(cloud: CloudFormation, given: Mapping[str, str]) -> dict[str, Any]:
    name, created = given["StackName"], given.get("ChangeSetType") == "CREATE"
    status = cloud.status(name)
    if created and status not in {"", "REVIEW_IN_PROGRESS"}:
        raise ValidationError(f"Stack [{name}] already exists and cannot be created again")
    if not created and status not in UPDATABLE:
        stack_id = cloud.find(name).stack_id
        raise ValidationError(f"Stack:{stack_id} is in {status} state and can not be updated.")
    stack = cloud.find(name) if status else cloud.review(name)
    if given["ChangeSetName"] in stack.change_sets:
        raise ValidationError(f"ChangeSet {given['ChangeSetName']} already exists")
    stack.change_sets.add(given["ChangeSetName"])
    return {"Id": change_set_id(given["ChangeSetName"]), "StackId": stack.stack_id}


def change_set_id(name: str) -> str:
    """Return the ARN of a change set."""
    start = f"arn:aws:cloudformation:us-east-1:{ACCOUNT}:changeSet/"
    return f"{start}{name.removeprefix(start).partition('/')[0]}/1"


def change_set_name(given: Mapping[str, str]) -> str:
    """Return the name of a change set that is given by name or ARN."""
    return change_set_id(given["ChangeSetName"]).rsplit("/", 2)[1]


def describe_change_set(cloud: CloudFormation, given: Mapping[str, str]) -> dict[str, Any]:
    stack, name = cloud.find(given["StackName"]), change_set_name(given)
    if name not in stack.change_sets:
        raise ValidationError(f"ChangeSet [{name}] does not exist", "ChangeSetNotFound")
    added = [
        {
            "Type": "Resource",
            "ResourceChange": {
                "Action": "Modify" if logical_id in stack.resources else "Add",
                "LogicalResourceId": logical_id,
                "ResourceType": declared["Type"],
            },
        }
        for logical_id, declared in cloud.template["Resources"].items()
    ]
    return {
        "ChangeSetName": name,
        "ChangeSetId": change_set_id(name),
        "StackId": stack.stack_id,
        "StackName": stack.name,
        "CreationTime": WHEN,
        "ExecutionStatus": "AVAILABLE",
        "Status": "CREATE_COMPLETE",
        "Changes": added,
    }


def delete_change_set(cloud: CloudFormation, given: Mapping[str, str]) -> dict[str, Any]:
    cloud.find(given["StackName"]).change_sets.discard(change_set_name(given))
    return {}


def execute_change_set(cloud: CloudFormation, given: Mapping[str, str]) -> dict[str, Any]:
    stack, name = cloud.find(given["StackName"]), change_set_name(given)
    if name not in stack.change_sets:
        raise ValidationError(f"ChangeSet [{name}] does not exist", "ChangeSetNotFound")
    stack.change_sets.clear()
    if stack.status == "REVIEW_IN_PROGRESS":
        cloud.create(stack, cloud.template)
    else:
        cloud.update(stack, cloud.template)
    return {}


def update_termination_protection(
    cloud: CloudFormation, given: Mapping[str, str]
) -> dict[str, Any]:
    stack = cloud.find(given["StackName"])
    stack.protected = given["EnableTerminationProtection"] == "true"
    return {"StackId": stack.stack_id}


def delete_stack(cloud: CloudFormation, given: Mapping[str, str]) -> dict[str, Any]:
    cloud.delete(cloud.find(given["StackName"]), members(given, "RetainResources"))
    return {}


def continue_update_rollback(cloud: CloudFormation, given: Mapping[str, str]) -> dict[str, Any]:
    stack = cloud.find(given["StackName"])
    if stack.status != "UPDATE_ROLLBACK_FAILED":
        raise ValidationError(
            f"Stack:{stack.stack_id} is in {stack.status} state: no rollback to continue"
        )
    stack.become("UPDATE_ROLLBACK_IN_PROGRESS")
    cloud.roll_back(stack, members(given, "ResourcesToSkip"))
    return {}


CALLS: dict[str, Callable[[CloudFormation, Mapping[str, str]], dict[str, Any]]] = {
    "AssumeRole": assume_role,
    "ContinueUpdateRollback": continue_update_rollback,
    "CreateChangeSet": create_change_set,
    "DeleteChangeSet": delete_change_set,
    "DeleteStack": delete_stack,
    "DescribeChangeSet": describe_change_set,
    "DescribeEvents": describe_events,
    "DescribeStackEvents": describe_stack_events,
    "DescribeStacks": describe_stacks,
    "ExecuteChangeSet": execute_change_set,
    "GetCallerIdentity": get_caller_identity,
    "GetTemplate": get_template,
    "ListStackResources": list_stack_resources,
    "UpdateTerminationProtection": update_termination_protection,
}


def xml(value: Any) -> str:
    """Return a value as AWS's query protocol writes it."""
    if isinstance(value, dict):
        return "".join(f"<{name}>{xml(item)}</{name}>" for name, item in value.items())
    if isinstance(value, list):
        return "".join(f"<member>{xml(item)}</member>" for item in value)
    return escape(str(value).lower() if isinstance(value, bool) else str(value))


class Handler(BaseHTTPRequestHandler):
    """Answers one request."""

    cloud: CloudFormation
    lock: threading.Lock

    def do_POST(self) -> None:
        """CloudFormation and STS by the query protocol, SSM by JSON."""
        body = self._body()
        query = parse_qs(urlsplit(self.path).query, keep_blank_values=True)
        if "uploads" in query or "uploadId" in query:  # multipart upload of a large asset
            kind = "InitiateMultipartUpload" if "uploads" in query else "CompleteMultipartUpload"
            result = {"Bucket": "assets", "Key": "asset", "UploadId": "1", "ETag": '"1"'}
            self._send(200, f"<{kind}Result>{xml(result)}</{kind}Result>")
            return
        if "X-Amz-Target" in self.headers:
            parameter = {"Name": "version", "Type": "String", "Value": "32", "Version": 1}
            self._send(200, json.dumps({"Parameter": parameter}), "application/x-amz-json-1.1")
            return
        given = dict(parse_qsl(body.decode(), keep_blank_values=True))
        action = given.pop("Action")
        with self.lock:
            try:
                result = self.cloud.answer(action, given)
            except ValidationError as error:
                code = error.args[1] if len(error.args) > 1 else "ValidationError"
                fault = {"Type": "Sender", "Code": code, "Message": error.args[0]}
                self._send(400, f"<ErrorResponse>{xml({'Error': fault})}</ErrorResponse>")
                return
            except KeyError as error:
                fault = {"Type": "Sender", "Code": "InvalidAction", "Message": f"{action}: {error}"}
                self._send(400, f"<ErrorResponse>{xml({'Error': fault})}</ErrorResponse>")
                return
        self._send(200, xml({f"{action}Response": {f"{action}Result": result}}))

    def do_GET(self) -> None:
        """S3: every requested object exists, in a bucket of this account."""
        query = parse_qs(urlsplit(self.path).query, keep_blank_values=True)
        if "list-type" in query:
            content = {"Key": query["prefix"][0], "Size": 1, "LastModified": WHEN}
            result = {"IsTruncated": False, "KeyCount": 1, "Contents": content}
            self._send(200, f"<ListBucketResult>{xml(result)}</ListBucketResult>")
        elif "encryption" in query:
            fault = {"Code": "ServerSideEncryptionConfigurationNotFoundError", "Message": "none"}
            self._send(404, f"<Error>{xml(fault)}</Error>")
        else:
            self._send(200, "<LocationConstraint/>")

    do_HEAD = do_GET

    def do_PUT(self) -> None:
        """S3: accept and discard every object."""
        self._body()
        self._send(200, "")

    def _body(self) -> bytes:
        return self.rfile.read(int(self.headers.get("Content-Length", 0)))

    def _send(self, status: int, text: str, kind: str = "text/xml") -> None:
        content = text.encode()
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        self.send_header("ETag", '"1"')
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    def log_message(self, format: str, *_: Any) -> None:
        """Print nothing."""


@contextmanager
def serving(cloud: CloudFormation) -> Iterator[str]:
    """Serve an account on loopback, and yield its endpoint."""
    handler = type("Bound", (Handler,), {"cloud": cloud, "lock": threading.Lock()})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
