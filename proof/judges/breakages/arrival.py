"""Breakages through which events never arrive, and denials on the other side."""

from __future__ import annotations

from typing import Any

from proof.judges.breakage import (
    REMOVED,
    Breakage,
    Draft,
    Json,
    Test,
    assign,
    has,
    removal,
    setting,
)
from proof.judges.breakages.types import (
    BUCKET,
    BUCKET_POLICY,
    DATA_BUCKET,
    DEAD_LETTERS,
    ENDPOINT,
    FUNCTION_ROLE,
    GROUP,
    KEY,
    LOG_BUCKET,
    MAIN_QUEUE,
    MAPPING,
    POLICY,
    QUEUE,
    QUEUE_POLICY,
    REST_API,
    ROLE,
    ROUTE,
    RULE,
    SUBNET,
    TABLE,
    TOPIC_POLICY,
    VPC,
    deny,
)

PATTERN, RETRY = "EventPattern", "Targets.0.RetryPolicy"


def _target(draft: Draft) -> None:
    dead, _ = draft.first(QUEUE, DEAD_LETTERS)
    draft.edit(RULE, "Targets.0.Arn", {"Fn::GetAtt": [dead, "Arn"]})


def _other_bucket(draft: Draft) -> None:
    other, _ = draft.first(BUCKET, LOG_BUCKET)
    draft.edit(RULE, "EventPattern.detail.bucket.name", [{"Ref": other}])


def _allowed_by_none(draft: Draft) -> None:
    draft.edit(QUEUE, "RedriveAllowPolicy", {"redrivePermission": "denyAll"}, DEAD_LETTERS)


def _another_account_bus(draft: Draft) -> None:
    draft.resources["Bus"] = {"Type": "AWS::Events::EventBus", "Properties": {"Name": "orders"}}
    draft.edit(RULE, "EventBusName", {"Ref": "Bus"})


def _filter(pattern: str) -> Json:
    return {"Filters": [{"Pattern": pattern}]}


EVENTS = (
    setting("arrival-rule-disabled", "The rule is disabled", RULE, "State", "DISABLED"),
    setting("arrival-no-targets", "The rule has no targets", RULE, "Targets", REMOVED),
    setting(
        "arrival-detail-type",
        "The rule matches another event",
        RULE,
        f"{PATTERN}.detail-type",
        ["Object Removed"],
    ),
    setting(
        "arrival-deletions",
        "The rule matches deletions",
        RULE,
        f"{PATTERN}.detail-type",
        ["Object Deleted"],
    ),
    setting(
        "arrival-source", "The rule matches another source", RULE, f"{PATTERN}.source", ["aws.s4"]
    ),
    setting(
        "arrival-no-retries", "Events are not retried", RULE, f"{RETRY}.MaximumRetryAttempts", 0
    ),
    setting(
        "arrival-short-life",
        "Events are kept for a minute",
        RULE,
        f"{RETRY}.MaximumEventAgeInSeconds",
        60,
    ),
    Breakage("arrival-other-target", "Events go to the dead-letter queue", _target),
    Breakage("arrival-other-bucket", "The rule matches another bucket", _other_bucket),
    Breakage("arrival-other-bus", "The rule listens to a bus without events", _another_account_bus),
    setting("arrival-input", "The target receives a constant", RULE, "Targets.0.Input", "{}"),
    setting(
        "arrival-input-path",
        "The target receives a part of the event",
        RULE,
        "Targets.0.InputPath",
        "$.detail.bucket",
    ),
    removal("arrival-no-rule", "The rule is removed", RULE),
    setting("arrival-mapping-disabled", "The mapping is disabled", MAPPING, "Enabled", False),
    setting(
        "arrival-mapping-disabled-http",
        "The mapping is disabled",
        MAPPING,
        "Enabled",
        False,
        variant="http",
    ),
    removal("arrival-no-mapping", "The mapping is removed", MAPPING, variant="http"),
    setting(
        "arrival-filter",
        "The mapping's filter matches nothing",
        MAPPING,
        "FilterCriteria",
        _filter('{"body": {"kind": ["nothing"]}}'),
    ),
    setting(
        "arrival-short-retention",
        "The queue keeps messages for a minute",
        QUEUE,
        "MessageRetentionPeriod",
        60,
        where=MAIN_QUEUE,
    ),
    setting(
        "arrival-one-try",
        "A message is tried once",
        QUEUE,
        "RedrivePolicy.maxReceiveCount",
        1,
        where=MAIN_QUEUE,
    ),
    setting(
        "arrival-thousand-tries",
        "A message is tried a thousand times",
        QUEUE,
        "RedrivePolicy.maxReceiveCount",
        1000,
        where=MAIN_QUEUE,
        variant="http",
    ),
    Breakage(
        "arrival-dead-letters-refused", "The dead-letter queue takes no messages", _allowed_by_none
    ),
    setting(
        "arrival-delay",
        "Messages wait a quarter of an hour",
        QUEUE,
        "DelaySeconds",
        900,
        where=MAIN_QUEUE,
    ),
    setting(
        "arrival-hidden",
        "Messages are hidden for half a day",
        QUEUE,
        "VisibilityTimeout",
        43200,
        where=MAIN_QUEUE,
        variant="http",
    ),
    setting(
        "arrival-small-messages",
        "The queue takes messages of a KiB",
        QUEUE,
        "MaximumMessageSize",
        1024,
        where=MAIN_QUEUE,
    ),
)


def _denies(
    name: str, text: str, kind: str, statement: Json, where: Test | None = None
) -> Breakage:
    return Breakage(f"denied-{name}", text, lambda draft: draft.allow(kind, statement, where))


def _objects(draft: Draft) -> None:
    bucket, _ = draft.first(BUCKET, DATA_BUCKET)
    objects = {"Fn::Join": ["", [{"Fn::GetAtt": [bucket, "Arn"]}, "/*"]]}
    draft.allow(BUCKET_POLICY, deny("s3:PutObject", Resource=objects), has("Bucket.Ref", bucket))


def _elsewhere(draft: Draft) -> None:
    bucket, _ = draft.first(BUCKET, DATA_BUCKET)
    objects = {"Fn::Join": ["", [{"Fn::GetAtt": [bucket, "Arn"]}, "/*"]]}
    network = {"StringNotEquals": {"aws:SourceVpce": "vpce-0123456789abcdef0"}}
    statement = deny("s3:GetObject", Resource=objects, Condition=network)
    draft.allow(BUCKET_POLICY, statement, has("Bucket.Ref", bucket))


def _endpoint_tables(draft: Draft) -> None:
    network, _ = draft.first(VPC)
    table = {"Type": "AWS::EC2::RouteTable", "Properties": {"VpcId": {"Ref": network}}}
    draft.resources["OtherRoutes"] = table
    draft.edit(ENDPOINT, "RouteTableIds", [{"Ref": "OtherRoutes"}])


def _boundary(draft: Draft) -> None:
    document = {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Action": "logs:*", "Resource": "*"}],
    }
    draft.resources["Boundary"] = {
        "Type": "AWS::IAM::ManagedPolicy",
        "Properties": {"PolicyDocument": document},
    }
    draft.edit(ROLE, "PermissionsBoundary", {"Ref": "Boundary"}, FUNCTION_ROLE)


def _root(draft: Draft) -> None:
    _, key = draft.first(KEY)
    statements = key["Properties"]["KeyPolicy"]["Statement"]
    key["Properties"]["KeyPolicy"]["Statement"] = [
        each for each in statements if "root" not in str(each["Principal"])
    ]


def _network_acl(draft: Draft) -> None:
    network, _ = draft.first(VPC)
    acl = {"Type": "AWS::EC2::NetworkAcl", "Properties": {"VpcId": {"Ref": network}}}
    draft.resources["Acl"] = acl
    for number, (subnet, _) in enumerate(list(draft.find(SUBNET))):
        draft.resources[f"Acl{number}"] = {
            "Type": "AWS::EC2::SubnetNetworkAclAssociation",
            "Properties": {"NetworkAclId": {"Ref": "Acl"}, "SubnetId": {"Ref": subnet}},
        }


def _first_statement(name: str, value: Any) -> Any:
    def change(draft: Draft) -> None:
        _, endpoint = draft.first(ENDPOINT)
        assign(endpoint["Properties"], f"PolicyDocument.Statement.0.{name}", value)

    return change


def _no_way_out(draft: Draft) -> None:
    for name, _ in list(draft.find(ROUTE, has("NatGatewayId"))):
        draft.remove(name)


DENIALS = (
    Breakage(
        "denied-endpoint", "The endpoint's policy denies all", _first_statement("Effect", "Deny")
    ),
    Breakage(
        "denied-endpoint-actions",
        "The endpoint's policy allows another action only",
        _first_statement("Action", "dynamodb:ListTables"),
    ),
    Breakage("denied-endpoint-routes", "The endpoint is in another route table", _endpoint_tables),
    setting(
        "denied-egress",
        "Outbound traffic is limited to the VPC",
        GROUP,
        "SecurityGroupEgress.0.CidrIp",
        "10.1.0.0/16",
    ),
    setting(
        "denied-egress-nat",
        "Outbound traffic is limited to the VPC",
        GROUP,
        "SecurityGroupEgress.0.CidrIp",
        "10.1.0.0/16",
        variant="http",
    ),
    setting("denied-dns", "The VPC has no DNS", VPC, "EnableDnsSupport", False),
    setting(
        "denied-dns-http", "The VPC has no DNS", VPC, "EnableDnsSupport", False, variant="http"
    ),
    Breakage("denied-objects", "The bucket denies writing to everyone", _objects),
    Breakage("denied-network", "The bucket admits another endpoint only", _elsewhere),
    _denies("key", "The key denies decryption to everyone", KEY, deny("kms:Decrypt")),
    _denies("queue", "The queue denies sending to everyone", QUEUE_POLICY, deny("sqs:SendMessage")),
    _denies("topic", "The topic denies publishing to everyone", TOPIC_POLICY, deny("sns:Publish")),
    setting(
        "denied-table",
        "The table denies reading to everyone",
        TABLE,
        "ResourcePolicy",
        {
            "PolicyDocument": {
                "Version": "2012-10-17",
                "Statement": [deny(["dynamodb:GetItem", "dynamodb:Query"])],
            }
        },
    ),
    setting(
        "denied-api",
        "The API denies every call",
        REST_API,
        "Policy",
        {"Version": "2012-10-17", "Statement": [deny("execute-api:Invoke")]},
    ),
    _denies(
        "role",
        "The role denies writing items",
        POLICY,
        {"Effect": "Deny", "Action": "dynamodb:PutItem", "Resource": "*"},
    ),
    Breakage("denied-boundary", "The role's boundary allows logs only", _boundary),
    Breakage("denied-key-root", "The key ignores the policies of roles", _root),
    setting("denied-key-disabled", "The key is disabled", KEY, "Enabled", False),
    Breakage("denied-acl", "A network ACL denies all traffic", _network_acl),
    Breakage("denied-no-route", "The subnets have no way out", _no_way_out, "http"),
)

ALL = (*EVENTS, *DENIALS)
