"""What a function's code calls, compared with what its role may do.

A handler module says it in one literal, which is read and never imported:

    CALLS = {
        "TABLE_NAME": {"dynamodb:GetItem", "dynamodb:PutItem"},
        "TABLE_NAME/index/by_created": {"dynamodb:Query"},
        "BUCKET_NAME/documents/*": {"s3:GetObject"},
    }

A key is the environment variable through which the code knows the resource, and what follows the
resource's ARN in a policy. The key "*" is for actions that have no resource.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tap_guardrails.model import OWN_FUNCTION, Elsewhere, NotJudged, Resource

QUEUE, TABLE, TOPIC = "AWS::SQS::Queue", "AWS::DynamoDB::Table", "AWS::SNS::Topic"
MAPPING, INVOKE = "AWS::Lambda::EventSourceMapping", "AWS::Lambda::EventInvokeConfig"
SERVICES = {"AWS::S3::Bucket": "s3", TABLE: "dynamodb", QUEUE: "sqs", TOPIC: "sns"}
# What Lambda itself does as the function's role: what must be allowed, and what may be.
POLLING = {
    QUEUE: ("ReceiveMessage DeleteMessage GetQueueAttributes", "ChangeMessageVisibility"),
    TABLE: ("DescribeStream GetRecords GetShardIterator ListStreams", ""),
}
SENDING = {
    QUEUE: ("sqs:SendMessage", "sqs:GetQueueAttributes sqs:GetQueueUrl"),
    TOPIC: ("sns:Publish", ""),
    "AWS::Lambda::Function": ("lambda:InvokeFunction", ""),
    "AWS::Events::EventBus": ("events:PutEvents", ""),
    "AWS::S3::Bucket": ("s3:PutObject s3:ListBucket", ""),
}
TRACING = (
    "xray:PutTelemetryRecords",
    "xray:PutTraceSegments",
    "xray:GetSamplingRules",
    "xray:GetSamplingTargets",
)
INTERFACES = (
    "ec2:AssignPrivateIpAddresses",
    "ec2:CreateNetworkInterface",
    "ec2:DeleteNetworkInterface",
    "ec2:DescribeNetworkInterfaces",
    "ec2:DescribeSecurityGroups",
    "ec2:DescribeSubnets",
    "ec2:DescribeVpcs",
    "ec2:GetSecurityGroupsForVpc",
    "ec2:UnassignPrivateIpAddresses",
)
KEY_USE = {
    "kms:Decrypt",
    "kms:DescribeKey",
    "kms:Encrypt",
    "kms:GenerateDataKey",
    "kms:GenerateDataKey*",
    "kms:ReEncrypt*",
}


@dataclass(frozen=True)
class Need:
    """An action on any of these ARNs, and why; optional needs may be allowed, but need not be."""

    action: str
    arns: tuple[str, ...]
    resource: Resource | None
    why: str
    optional: bool = False


def functions_of(role: Resource) -> list[Resource]:
    return role.app.users(role, OWN_FUNCTION, "Role")


def asset(resource: Resource, *path: str) -> Path | None:
    """Where the code of a function or layer lies; None when it is not of this app."""
    found = re.search(r"[0-9a-f]{64}", resource.text(*path, "S3Key"))
    return resource.app.assets.get(found.group()) if found else None


def handler_file(function: Resource) -> tuple[str, str, str]:
    """The file name of a handler, its source, and the name of the function in it."""
    module, _, name = str(function.plain("Handler", default="")).rpartition(".")
    if inline := function.get("Code", "ZipFile"):
        return "index.py", function.template.text(inline), name
    folder = asset(function, "Code")
    if folder is None or not folder.is_dir():
        raise NotJudged("its code is not a folder of this app")
    file = folder / f"{module.replace('.', '/')}.py"
    if not file.is_file():
        raise Elsewhere(f"its code has no {file.name}")
    return file.name, file.read_text(encoding="utf-8"), name


def declared(function: Resource) -> dict[str, set[str]] | None:
    """The CALLS of a handler module, None when there are none."""
    file, source, _ = handler_file(function)
    for node in function.app.parsed(source).body:
        if not isinstance(node, ast.Assign | ast.AnnAssign) or node.value is None:
            continue
        names = node.targets if isinstance(node, ast.Assign) else [node.target]
        if not any(isinstance(name, ast.Name) and name.id == "CALLS" for name in names):
            continue
        try:
            value: Any = ast.literal_eval(node.value)
            return {str(key): {str(word) for word in words} for key, words in value.items()}
        except (ValueError, AttributeError, TypeError) as error:
            form = '{"TABLE_NAME": {"dynamodb:GetItem"}}'
            raise NotJudged(f"CALLS of {file} is not a literal like {form}") from error
    return None


def code_needs(function: Resource) -> Iterator[Need]:
    """What the code calls, as it says itself."""
    file, _, _ = handler_file(function)
    for key, actions in (declared(function) or {}).items():
        variable, slash, suffix = key.partition("/")
        resource: Resource | None = None
        arns: tuple[str, ...] = ("*",)
        if key != "*":
            value = function.text("Environment", "Variables", variable)
            resource = function.app.named(value)
            if resource is None:
                known = f"its environment variable {variable!r} is {value!r}"
                raise NotJudged(f"CALLS of {file} names {variable}, but {known}")
            arns = tuple(arn + slash + suffix for arn in resource.arns)
        for action in sorted(actions):
            yield Need(action, arns, resource, f"CALLS of {file}")


def destinations(function: Resource) -> list[tuple[Resource, str]]:
    """Where failures of a function go, as Lambda sends them with the function's role."""
    app, failure = function.app, ("DestinationConfig", "OnFailure", "Destination")
    found = [(function.target("DeadLetterConfig", "TargetArn"), function.path)]
    for user in app.users(function, INVOKE, "FunctionName"):
        success = ("DestinationConfig", "OnSuccess", "Destination")
        found += [(user.target(*failure), user.path), (user.target(*success), user.path)]
    for user in app.users(function, MAPPING, "FunctionName"):
        found.append((user.target(*failure), user.path))
    return [(target, path) for target, path in found if target]


def lambda_needs(function: Resource) -> Iterator[Need]:
    """What Lambda does on behalf of a function: it polls its sources and delivers its failures."""
    for mapping in function.app.users(function, MAPPING, "FunctionName"):
        source = mapping.target("EventSourceArn")
        if source and source.type in POLLING:
            arns = (f"${{{source.key}.StreamArn}}",) if source.type == TABLE else source.arns
            for optional, words in enumerate(POLLING[source.type]):
                for word in words.split():
                    where = (*arns, "*") if word == "ListStreams" else arns
                    yield Need(
                        f"{SERVICES[source.type]}:{word}",
                        where,
                        source,
                        f"{mapping.path} polls",
                        bool(optional),
                    )
    for target, user in destinations(function):
        for optional, words in enumerate(SENDING.get(target.type, ("", ""))):
            for word in words.split():
                suffix = "/*" if word == "s3:PutObject" else ""
                arns = tuple(arn + suffix for arn in target.arns)
                yield Need(word, arns, target, f"failures of {user}", bool(optional))


def tolerated(function: Resource) -> Iterator[Need]:
    """What a role may hold besides: logs of its own, traces, and network interfaces in a VPC."""
    group = function.target("LoggingConfig", "LogGroup")
    groups = [group] if group else list(function.app.resources("AWS::Logs::LogGroup"))
    arns = tuple(arn + end for each in groups for arn in each.arns for end in ("", ":*"))
    for word in ("logs:CreateLogStream", "logs:PutLogEvents"):
        yield Need(word, arns, group, "its log", True)
    for word in TRACING:
        yield Need(word, ("*",), None, "tracing", True)
    if function.get("VpcConfig"):
        fill, text = function.template.fill, function.template.text
        ec2 = fill("arn:${AWS::Partition}:ec2:${AWS::Region}:${AWS::AccountId}:")
        places = [f"{ec2}network-interface/*"]
        kinds = (("security-group", "SecurityGroupIds"), ("subnet", "SubnetIds"))
        for kind, names in kinds:
            places += [f"{ec2}{kind}/{text(each)}" for each in function.items("VpcConfig", names)]
        for word in INTERFACES:
            yield Need(word, ("*", *places), None, "network interfaces", True)
