"""The permissions that a function needs: for its code, and for Lambda, which uses its role.

`permissions.py` describes how a handler module declares its calls.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from tap_guardrails.code import Handler, files, handler_of, is_python, parsed
from tap_guardrails.invoked import arns_of
from tap_guardrails.model import App, MissingHandler, NotJudged, Resource, covers
from tap_guardrails.permissions import (
    NAME,
    InvalidPermissionsError,
    Permission,
    constants,
    read,
)
from tap_guardrails.policy import matches, may_by_managed_policy, of_role
from tap_guardrails.references import named_target

QUEUE, TABLE, TOPIC = "AWS::SQS::Queue", "AWS::DynamoDB::Table", "AWS::SNS::Topic"
ROLE, STREAM = "AWS::IAM::Role", "AWS::Kinesis::Stream"
MAPPING, INVOKE = "AWS::Lambda::EventSourceMapping", "AWS::Lambda::EventInvokeConfig"
SERVICES = {
    "AWS::S3::Bucket": "s3",
    TABLE: "dynamodb",
    QUEUE: "sqs",
    TOPIC: "sns",
    STREAM: "kinesis",
}
# Lambda's own calls with the function's role: the required and the optional actions.
POLLING = {
    QUEUE: ("ReceiveMessage DeleteMessage GetQueueAttributes", "ChangeMessageVisibility"),
    TABLE: ("DescribeStream GetRecords GetShardIterator ListStreams", ""),
    STREAM: (
        "GetRecords GetShardIterator",
        "DescribeStream DescribeStreamSummary ListShards ListStreams SubscribeToShard",
    ),
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


# The start of the pattern for an ARN of which only the service and the name are known.
IMPORTED = "arn:*:"


@dataclass(frozen=True)
class Need:
    """An action on any of these ARNs, and the reason. Optional needs can be left out of a role."""

    action: str
    arns: tuple[str, ...]
    resource: Resource | None
    why: str
    optional: bool = False

    def is_about(self, arn: str) -> bool:
        """Return whether the resource of a statement is one of the ARNs."""
        return arn in self.arns or any(is_imported(p) and covers(p, arn) for p in self.arns)


def _by_role(app: App) -> dict[str, list[Resource]]:
    """Return the functions of each role, except CDK's helpers."""
    found: dict[str, list[Resource]] = {}
    for function in app.own_functions:
        if own := role_of(function):
            found.setdefault(own.key, []).append(function)
    return found


def functions_of(role: Resource) -> list[Resource]:
    """Return the functions of a role, except CDK's helpers."""
    return role.app.remembered(_by_role).get(role.key, [])


def handler(function: Resource) -> Handler | None:
    """Return the handler of a function, or None if it is unknown or missing."""
    try:
        return handler_of(function)
    except MissingHandler:
        return None


def role_of(function: Resource) -> Resource | None:
    """Return the role of a function, or None if it is not in this app or known at synth."""
    try:
        return named_target(function, ROLE, "Role")
    except NotJudged:
        return None


def may(role: Resource, action: str, arns: Iterable[str]) -> bool:
    """Return whether a role allows an action, possibly conditionally, and denies it nowhere."""
    places = tuple(arns)
    hits = [
        statement
        for statement in of_role(role)
        if any(covers(a.lower(), action.lower()) for a in statement.actions)
        and any(
            matches(pattern, arn) or (is_imported(arn) and covers(arn, pattern))
            for pattern in statement.resources
            for arn in places
        )
    ]
    allowed = may_by_managed_policy(role, action) or any(s.effect == "Allow" for s in hits)
    return allowed and not any(s.effect == "Deny" and not s.condition for s in hits)


def declared(function: Resource) -> list[Permission] | None:
    """Return the PERMISSIONS of a handler module, or None without a valid declaration."""
    try:
        return declaration(function)
    except NotJudged:
        return None


def declaration(function: Resource) -> list[Permission] | None:
    """Return the PERMISSIONS of a handler module, or None without a declaration.

    Raises:
        NotJudged: the declaration can't be read.
    """
    found = handler(function) if is_python(function) else None
    tree = parsed(found.source) if found else None
    if found is None or tree is None:
        return None
    try:
        return read(tree, _names(function), found.file)
    except InvalidPermissionsError as error:
        raise NotJudged(str(error)) from error


def _names(function: Resource) -> dict[str, str]:
    """Return the constants of the names.py beside a function's modules."""
    content = files(function, "Code")
    if content is None or "names.py" not in content.names:
        return {}
    tree = parsed(content.read("names.py"))
    return constants(tree) if tree else {}


def code_needs(function: Resource) -> Iterator[Need]:
    """Yield the calls of the code that its module declares."""
    found = handler(function)
    file = found.file if found else ""
    for each in declared(function) or ():
        resource = None
        arns: tuple[str, ...] = ("*",)
        if each.variable != "*":
            value = function.text("Environment", "Variables", each.variable)
            if not value:
                raise NotJudged(
                    f"{NAME} of {file} has {each.variable}, which the function does not set"
                )
            resource = function.app.named(value)
            places = arns_of(function.app, value) or imported_arns(value, each.actions)
            arns = tuple(arn + each.suffix for arn in places)
        for action in sorted(each.actions):
            yield Need(action, arns, resource, f"{NAME} of {file}")


def imported_arns(value: str, actions: Iterable[str]) -> tuple[str, ...]:
    """Return ARN patterns for the name, URL or ARN of another app's resource."""
    if value.startswith("arn:") or value.startswith("${"):
        return (value, f"{value}-??????")
    name = value.rstrip("/").rpartition("/")[2] if "://" in value else value.lstrip("/")
    services = {action.partition(":")[0] for action in actions}
    return tuple(
        f"{IMPORTED}{service}:*{separator}{name}" for service in services for separator in ":/"
    )


def is_imported(arn: str) -> bool:
    """Return whether an ARN is a pattern for a resource of another app."""
    return arn.startswith(IMPORTED)


def destinations(function: Resource) -> list[tuple[Resource, str]]:
    """Return the failure destinations to which Lambda sends with the function's role."""
    app, failure = function.app, ("DestinationConfig", "OnFailure", "Destination")
    found = [(function.target("DeadLetterConfig", "TargetArn"), function.path)]
    for user in app.users(function, INVOKE, "FunctionName"):
        success = ("DestinationConfig", "OnSuccess", "Destination")
        found += [(user.target(*failure), user.path), (user.target(*success), user.path)]
    for user in app.users(function, MAPPING, "FunctionName"):
        found.append((user.target(*failure), user.path))
    return [(place, path) for place, path in found if place]


def lambda_needs(function: Resource) -> Iterator[Need]:
    """Yield the calls of Lambda for a function: polling sources and delivering failures."""
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
    for place, user in destinations(function):
        for optional, words in enumerate(SENDING.get(place.type, ("", ""))):
            for word in words.split():
                suffix = "/*" if word == "s3:PutObject" else ""
                arns = tuple(arn + suffix for arn in place.arns)
                yield Need(word, arns, place, f"failures of {user}", bool(optional))


def tolerated(function: Resource) -> Iterator[Need]:
    """Yield the other allowed permissions: own logs, tracing, and network interfaces in a VPC."""
    group = named_target(function, "AWS::Logs::LogGroup", "LoggingConfig", "LogGroup")
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
