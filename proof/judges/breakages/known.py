"""Breakages that other judges noticed and guardrails did not, and those of the first rules."""

from __future__ import annotations

from typing import Any

from proof.judges.breakage import (
    REMOVED,
    Breakage,
    Draft,
    has,
    mentions,
    removal,
    setting,
)
from proof.judges.breakages.types import (
    ALARM,
    API_FUNCTION,
    BUCKET,
    BUCKET_POLICY,
    DATA_BUCKET,
    ENDPOINT,
    FLOW_LOG,
    FUNCTION,
    FUNCTION_ROLE,
    GROUP,
    HTTP_ROUTE,
    HTTP_STAGE,
    KEY,
    LOG_BUCKET,
    LOG_GROUP,
    MAIN_QUEUE,
    MAPPING,
    METHOD,
    PERMISSION,
    POLICY,
    QUEUE,
    QUEUE_POLICY,
    REST_API,
    ROLE,
    RULE,
    SCALING,
    STAGE,
    SUBSCRIPTION,
    TABLE,
    TOPIC,
    TOPIC_POLICY,
    TRAIL,
    metric,
    watches,
)

BLOCK = "PublicAccessBlockConfiguration"


def _condition(kind: str) -> Any:
    def change(draft: Draft) -> None:
        draft.template["Conditions"] = {"Never": {"Fn::Equals": ["yes", "no"]}}
        _, body = draft.first(kind, metric("ReadThrottleEvents"))
        body["Condition"] = "Never"

    return change


def _dangling(draft: Draft) -> None:
    draft.edit(FUNCTION, "Environment.Variables.BUCKET_NAME", {"Ref": "Uploads"})


def _sourceless(draft: Draft) -> None:
    draft.edit(PERMISSION, "SourceArn", REMOVED, has("SourceArn"))


def _owner(draft: Draft) -> None:
    _, bucket = draft.first(BUCKET, DATA_BUCKET)
    for tag in bucket["Properties"]["Tags"]:
        if tag["Key"] == "Owner":
            tag["Value"] = ""


def _admin(draft: Draft) -> None:
    policy = "arn:aws:iam::aws:policy/AdministratorAccess"
    draft.resources["Admin"] = {
        "Type": "AWS::IAM::User",
        "Properties": {"ManagedPolicyArns": [policy]},
    }


OTHERS = (
    removal("other-no-duration-alarm", "No alarm watches durations", ALARM, metric("Duration")),
    removal(
        "other-no-throttle-alarm", "No alarm watches throttled calls", ALARM, metric("Throttles")
    ),
    setting(
        "other-enum", "A property has an unknown value", TABLE, "BillingMode", "PAY_BY_REQUEST"
    ),
    setting(
        "other-property",
        "A property is misspelled",
        BUCKET,
        "VersionConfiguration",
        {"Status": "Enabled"},
        where=DATA_BUCKET,
    ),
    setting(
        "other-versioning",
        "The bucket has no versions",
        BUCKET,
        "VersioningConfiguration",
        REMOVED,
        where=DATA_BUCKET,
    ),
    setting(
        "other-website",
        "The bucket is a website",
        BUCKET,
        "WebsiteConfiguration",
        {"IndexDocument": "index.html"},
        where=DATA_BUCKET,
    ),
    Breakage("other-condition", "A condition never holds", _condition(ALARM)),
    Breakage("other-dangling", "A reference names nothing", _dangling),
    Breakage("other-permission-source", "The function's permission names no source", _sourceless),
    Breakage(
        "other-key-policy",
        "The key's policy is public",
        lambda draft: draft.allow(
            KEY,
            {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "kms:*", "Resource": "*"},
        ),
    ),
    setting("other-runtime", "The runtime is old", FUNCTION, "Runtime", "python3.8"),
    setting(
        "other-secret",
        "A variable contains an access key",
        FUNCTION,
        "Environment.Variables.AWS_KEY",
        "AKIAQ3EGRZ7XK5FT2N4B",
    ),
    setting("other-log-group-key", "A log group has no key", LOG_GROUP, "KmsKeyId", REMOVED),
    setting(
        "other-topic-key", "A topic has no key", TOPIC, "KmsMasterKeyId", REMOVED, variant="http"
    ),
    setting("other-trail-key", "The trail has no key", TRAIL, "KMSKeyId", REMOVED),
    Breakage(
        "other-role-of-account",
        "The whole account may assume a role",
        lambda draft: draft.first(ROLE, FUNCTION_ROLE)[1]["Properties"]["AssumeRolePolicyDocument"][
            "Statement"
        ].append(
            {
                "Effect": "Allow",
                "Principal": {"AWS": {"Fn::Sub": "arn:aws:iam::${AWS::AccountId}:root"}},
                "Action": "sts:AssumeRole",
            }
        ),
    ),
    setting(
        "other-access-log",
        "The bucket has no access log",
        BUCKET,
        "LoggingConfiguration",
        REMOVED,
        where=DATA_BUCKET,
    ),
    setting(
        "other-ssh",
        "The internet may connect to SSH",
        GROUP,
        "SecurityGroupIngress",
        [{"CidrIp": "0.0.0.0/0", "IpProtocol": "tcp", "FromPort": 22, "ToPort": 22}],
    ),
    Breakage("other-owner", "A tag is empty", _owner),
    Breakage("other-admin", "A user is an administrator", _admin),
    removal("other-flow-log", "The VPC has no flow log", FLOW_LOG),
    setting(
        "other-enum-http",
        "A property has an unknown value",
        TRAIL,
        "EventSelectors",
        [{"ReadWriteType": "Sometimes"}],
        variant="http",
    ),
)


def _without(kind: str, word: str) -> Any:
    """Return a breakage that removes the statements that contain a word."""

    def change(draft: Draft) -> None:
        for _, body in draft.find(kind):
            name = "KeyPolicy" if kind == KEY else "PolicyDocument"
            statements = body["Properties"][name]["Statement"]
            body["Properties"][name]["Statement"] = [s for s in statements if word not in str(s)]

    return change


def _attribute(kind: str, name: str, value: Any, where: Any = None) -> Any:
    def change(draft: Draft) -> None:
        _, body = draft.first(kind, where)
        if value is REMOVED:
            body.pop(name, None)
        else:
            body[name] = value

    return change


def _untagged(draft: Draft) -> None:
    draft.edit(TABLE, "Tags", REMOVED)


def _no_outputs(draft: Draft) -> None:
    table, _ = draft.first(TABLE)
    outputs = draft.template["Outputs"]
    for name in [name for name, each in outputs.items() if mentions(each, table)]:
        del outputs[name]


def _every_action(draft: Draft) -> None:
    for _, policy in draft.find(POLICY):
        for statement in policy["Properties"]["PolicyDocument"]["Statement"]:
            if "dynamodb:PutItem" in statement["Action"]:
                statement["Action"] = "dynamodb:*"
                return


def _less(action: str) -> Any:
    def change(draft: Draft) -> None:
        for _, policy in draft.find(POLICY):
            for statement in policy["Properties"]["PolicyDocument"]["Statement"]:
                actions = statement["Action"]
                if action in actions and isinstance(actions, list):
                    statement["Action"] = [each for each in actions if each != action]
                    return

    return change


def _managed(draft: Draft) -> None:
    policy = "arn:aws:iam::aws:policy/AmazonS3FullAccess"
    draft.edit(ROLE, "ManagedPolicyArns", [policy], FUNCTION_ROLE)


def _known(name: str, text: str, change: Any, variant: str = "default") -> Breakage:
    return Breakage(f"known-{name}", text, change, variant)


KNOWN = (
    _known("http-bucket", "Buckets take plain HTTP", _without(BUCKET_POLICY, "SecureTransport")),
    _known("http-queue", "Queues take plain HTTP", _without(QUEUE_POLICY, "SecureTransport")),
    _known("http-topic", "Topics take plain HTTP", _without(TOPIC_POLICY, "SecureTransport")),
    setting(
        "known-public-access",
        "Public access is not blocked",
        BUCKET,
        BLOCK,
        REMOVED,
        where=DATA_BUCKET,
    ),
    setting(
        "known-public-policy",
        "A public policy is not blocked",
        BUCKET,
        f"{BLOCK}.BlockPublicPolicy",
        False,
        where=LOG_BUCKET,
    ),
    setting(
        "known-public-acl",
        "The bucket's ACL is public",
        BUCKET,
        "AccessControl",
        "PublicRead",
        where=DATA_BUCKET,
    ),
    setting(
        "known-log-loop",
        "The bucket logs to itself",
        BUCKET,
        "LoggingConfiguration.DestinationBucketName",
        REMOVED,
        where=DATA_BUCKET,
    ),
    setting(
        "known-bucket-key",
        "The bucket has no bucket key",
        BUCKET,
        "BucketEncryption.ServerSideEncryptionConfiguration.0.BucketKeyEnabled",
        False,
        where=DATA_BUCKET,
    ),
    _known(
        "key-deleted",
        "The key is deleted before its data",
        _attribute(KEY, "DeletionPolicy", "Delete"),
    ),
    _known(
        "table-deleted",
        "The table is deleted with the stack",
        _attribute(TABLE, "DeletionPolicy", "Delete"),
    ),
    _known(
        "bucket-deleted",
        "The bucket is deleted with the stack",
        _attribute(BUCKET, "DeletionPolicy", "Delete", DATA_BUCKET),
    ),
    _known(
        "pool-deleted",
        "Users are deleted with the stack",
        _attribute("AWS::Cognito::UserPool", "DeletionPolicy", "Delete"),
        "http",
    ),
    setting(
        "known-unprotected", "The table is not protected", TABLE, "DeletionProtectionEnabled", False
    ),
    setting(
        "known-no-recovery",
        "The table can't be restored",
        TABLE,
        "PointInTimeRecoverySpecification.PointInTimeRecoveryEnabled",
        False,
    ),
    setting("known-table-name", "The table has a fixed name", TABLE, "TableName", "items"),
    setting(
        "known-no-ceiling",
        "On-demand capacity has no maximum",
        TABLE,
        "OnDemandThroughput",
        REMOVED,
    ),
    setting("known-no-rotation", "The key does not rotate", KEY, "EnableKeyRotation", False),
    _known("key-alarms", "The key refuses alarms", _without(KEY, "cloudwatch.amazonaws.com")),
    _known("key-logs", "The key refuses logs", _without(KEY, "logs.us-east-1.amazonaws.com")),
    _known("key-events", "The key refuses events", _without(KEY, "events.amazonaws.com")),
    _known("key-trail", "The key refuses the trail", _without(KEY, "cloudtrail.amazonaws.com")),
    _known(
        "topic-alarms",
        "The topic refuses alarms",
        _without(TOPIC_POLICY, "cloudwatch.amazonaws.com"),
    ),
    _known(
        "queue-events", "The queue refuses events", _without(QUEUE_POLICY, "events.amazonaws.com")
    ),
    _known("logs-refused", "The log bucket refuses logs", _without(BUCKET_POLICY, "logging.s3")),
    _known(
        "trail-refused",
        "The trail's bucket refuses it",
        _without(BUCKET_POLICY, "cloudtrail.amazonaws.com"),
    ),
    setting("known-alarm-action", "An alarm has no action", ALARM, "AlarmActions", REMOVED),
    setting("known-alarm-off", "An alarm's actions are off", ALARM, "ActionsEnabled", False),
    setting("known-missing-data", "Missing data is undecided", ALARM, "TreatMissingData", REMOVED),
    setting(
        "known-metric",
        "An alarm's metric does not exist",
        ALARM,
        "MetricName",
        "Throttled",
        where=metric("ReadThrottleEvents"),
    ),
    removal(
        "known-error-alarm",
        "No alarm watches dead letters",
        ALARM,
        watches("ApproximateNumberOfMessagesVisible"),
    ),
    removal("known-table-alarm", "No alarm watches the table", ALARM, metric("ReadThrottleEvents")),
    removal("known-api-alarm", "No alarm watches the API", ALARM, watches("5XXError")),
    removal("known-address", "An address is not subscribed", SUBSCRIPTION),
    setting(
        "known-metrics-off",
        "Requests are not counted",
        BUCKET,
        "MetricsConfigurations",
        REMOVED,
        where=DATA_BUCKET,
    ),
    setting(
        "known-trail-regions", "The trail covers all regions", TRAIL, "IsMultiRegionTrail", True
    ),
    setting(
        "known-trail-validation",
        "Log files are not validated",
        TRAIL,
        "EnableLogFileValidation",
        False,
    ),
    _known(
        "trail-order",
        "The trail is created before the policy",
        _attribute(TRAIL, "DependsOn", REMOVED),
    ),
    _known("every-action", "The role allows every action", _every_action),
    _known("less", "The role lacks an action", _less("dynamodb:PutItem")),
    _known("no-logs", "The role can't write logs", _less("logs:PutLogEvents")),
    _known("managed", "The role has a managed policy", _managed),
    setting(
        "known-reserved", "Concurrency is reserved", FUNCTION, "ReservedConcurrentExecutions", 10
    ),
    setting("known-memory", "The function has the default memory", FUNCTION, "MemorySize", 128),
    setting("known-tracing", "The function is not traced", FUNCTION, "TracingConfig", REMOVED),
    setting("known-log-group", "The function has no log group", FUNCTION, "LoggingConfig", REMOVED),
    setting("known-log-forever", "Logs are kept forever", LOG_GROUP, "RetentionInDays", REMOVED),
    setting(
        "known-service-name",
        "Powertools have no namespace",
        FUNCTION,
        "Environment.Variables.POWERTOOLS_METRICS_NAMESPACE",
        REMOVED,
    ),
    setting(
        "known-slow",
        "The function is slower than its API",
        FUNCTION,
        "Timeout",
        60,
        where=API_FUNCTION,
    ),
    setting(
        "known-visibility",
        "Messages are visible too soon",
        QUEUE,
        "VisibilityTimeout",
        30,
        where=MAIN_QUEUE,
    ),
    setting(
        "known-no-dead-letters",
        "The queue never gives up",
        QUEUE,
        "RedrivePolicy",
        REMOVED,
        where=MAIN_QUEUE,
    ),
    setting(
        "known-batch-failures",
        "Failures are of whole batches",
        MAPPING,
        "FunctionResponseTypes",
        REMOVED,
    ),
    setting(
        "known-event-dead-letters",
        "Lost events are not kept",
        RULE,
        "Targets.0.DeadLetterConfig",
        REMOVED,
    ),
    setting(
        "known-events-off",
        "The bucket sends no events",
        BUCKET,
        "NotificationConfiguration",
        REMOVED,
        where=DATA_BUCKET,
    ),
    setting(
        "known-loop",
        "The worker writes to its own event source",
        RULE,
        "EventPattern.detail.object",
        REMOVED,
    ),
    setting("known-authorization", "A method is open", METHOD, "AuthorizationType", "NONE"),
    setting(
        "known-authorization-http",
        "A route is open",
        HTTP_ROUTE,
        "AuthorizationType",
        "NONE",
        variant="http",
    ),
    setting(
        "known-throttle",
        "The API has no limits",
        HTTP_STAGE,
        "DefaultRouteSettings",
        REMOVED,
        variant="http",
    ),
    setting("known-edge", "The API is at the edge", REST_API, "EndpointConfiguration", REMOVED),
    setting("known-stage-tracing", "The API is not traced", STAGE, "TracingEnabled", False),
    setting("known-access-log", "The API has no access log", STAGE, "AccessLogSetting", REMOVED),
    _known(
        "stage-order",
        "The stage is created before the account's role",
        _attribute(STAGE, "DependsOn", REMOVED),
    ),
    setting(
        "known-endpoint-policy",
        "The endpoint leads to any account",
        ENDPOINT,
        "PolicyDocument",
        REMOVED,
    ),
    removal("known-endpoint", "The endpoint is missing", ENDPOINT),
    setting(
        "known-egress",
        "Nothing leaves the security group",
        GROUP,
        "SecurityGroupEgress.0",
        {"CidrIp": "255.255.255.255/32", "IpProtocol": "icmp", "FromPort": 252, "ToPort": 86},
    ),
    removal("known-scaling", "Capacity does not scale", SCALING, variant="http"),
    _known("untagged", "The table has no tags", _untagged),
    _known("no-output", "The table is in no output", _no_outputs),
)

ALL = (*OTHERS, *KNOWN)
