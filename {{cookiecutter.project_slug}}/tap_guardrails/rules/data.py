"""TAP2xx: buckets, tables, keys and log groups are durable, private and usable."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from tap_guardrails.model import PLACEHOLDER, App, Resource
from tap_guardrails.notifications import CUSTOM, notifications
from tap_guardrails.policy import is_closed, key_of, on_resource, service_may
from tap_guardrails.references import is_named, key_named, named_users, names_stack, strings
from tap_guardrails.rule import rule
from tap_guardrails.values import Intrinsic, walk

BUCKET, TABLE, KEY, QUEUE = (
    "AWS::S3::Bucket",
    "AWS::DynamoDB::Table",
    "AWS::KMS::Key",
    "AWS::SQS::Queue",
)
LOG_GROUP, TOPIC = "AWS::Logs::LogGroup", "AWS::SNS::Topic"
USER_POOL = "AWS::Cognito::UserPool"
DATA = (BUCKET, TABLE, USER_POOL)
# Other types whose content is unreadable without their key, and the property that names it.
ENCRYPTED = {
    "AWS::Backup::BackupVault": ("EncryptionKeyArn",),
    "AWS::DocDB::DBCluster": ("KmsKeyId",),
    "AWS::EC2::Volume": ("KmsKeyId",),
    "AWS::EFS::FileSystem": ("KmsKeyId",),
    "AWS::Kinesis::Stream": ("StreamEncryption", "KeyId"),
    "AWS::Logs::LogGroup": ("KmsKeyId",),
    "AWS::Neptune::DBCluster": ("KmsKeyId",),
    "AWS::OpenSearchService::Domain": ("EncryptionAtRestOptions", "KmsKeyId"),
    "AWS::RDS::DBCluster": ("KmsKeyId",),
    "AWS::RDS::DBInstance": ("KmsKeyId",),
    "AWS::Redshift::Cluster": ("KmsKeyId",),
    "AWS::SecretsManager::Secret": ("KmsKeyId",),
    "AWS::SQS::Queue": ("KmsMasterKeyId",),
}


TARGET = "ScalingTargetId"
# Names that services require or recognize: of the log groups of AWS services, of destinations for
# the logs of WAF, of execution logs, and of the roles of StackSets.
# https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/AWS-logs-and-resource-policy.html
# https://docs.aws.amazon.com/waf/latest/developerguide/logging-destinations.html
REQUIRED_NAMES = re.compile(
    r"/aws/.*|aws-waf-logs-.*|API-Gateway-Execution-Logs_.*|.*\.fifo"
    r"|AWSCloudFormationStackSet(Administration|Execution)Role",
    re.DOTALL,
)
# Properties with the bucket to which a service writes logs, by resource type.
LOG_WRITERS: dict[str, tuple[str, ...]] = {
    "AWS::CloudFront::Distribution": ("DistributionConfig", "Logging", "Bucket"),
    "AWS::CloudFront::StreamingDistribution": (
        "StreamingDistributionConfig",
        "Logging",
        "Bucket",
    ),
    "AWS::CloudTrail::Trail": ("S3BucketName",),
    "AWS::Config::DeliveryChannel": ("S3BucketName",),
    "AWS::EC2::FlowLog": ("LogDestination",),
    "AWS::ElasticLoadBalancing::LoadBalancer": ("AccessLoggingPolicy", "S3BucketName"),
    "AWS::ElasticLoadBalancingV2::LoadBalancer": ("LoadBalancerAttributes",),
    "AWS::Logs::DeliveryDestination": ("DestinationResourceArn",),
    "AWS::Redshift::Cluster": ("LoggingProperties", "BucketName"),
    "AWS::Route53Resolver::ResolverQueryLoggingConfig": ("DestinationArn",),
    "AWS::WAFv2::LoggingConfiguration": ("LogDestinationConfigs",),
}
# The services of these types write with an ACL, which their buckets have to allow.
# https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/standard-logging-legacy-s3.html
ACL_WRITERS = ("AWS::CloudFront::Distribution", "AWS::CloudFront::StreamingDistribution")
# Ownership settings with which a bucket can have ACLs.
WITH_ACLS = {"ObjectWriter", "BucketOwnerPreferred"}
# Names that infra/settings.py also treats as production.
PRODUCTION = re.compile(r"(prod|production|live|prd)(-.*)?", re.IGNORECASE)
# The name property of resource types for which AWS rejects duplicate names.
UNIQUE_NAMES = {
    BUCKET: "BucketName",
    LOG_GROUP: "LogGroupName",
    QUEUE: "QueueName",
    TABLE: "TableName",
    TOPIC: "TopicName",
    "AWS::CloudTrail::Trail": "TrailName",
    "AWS::CloudWatch::Alarm": "AlarmName",
    "AWS::CloudWatch::Dashboard": "DashboardName",
    "AWS::Cognito::UserPoolDomain": "Domain",
    "AWS::ECR::Repository": "RepositoryName",
    "AWS::Events::EventBus": "Name",
    "AWS::Events::Rule": "Name",
    "AWS::IAM::ManagedPolicy": "ManagedPolicyName",
    "AWS::IAM::Role": "RoleName",
    "AWS::IAM::User": "UserName",
    "AWS::KMS::Alias": "AliasName",
    "AWS::Kinesis::Stream": "Name",
    "AWS::KinesisFirehose::DeliveryStream": "DeliveryStreamName",
    "AWS::Lambda::Function": "FunctionName",
    "AWS::RDS::DBCluster": "DBClusterIdentifier",
    "AWS::RDS::DBInstance": "DBInstanceIdentifier",
    "AWS::SSM::Parameter": "Name",
    "AWS::Scheduler::Schedule": "Name",
    "AWS::SecretsManager::Secret": "Name",
    "AWS::StepFunctions::StateMachine": "StateMachineName",
}


NAMES_TO_GENERATE = (
    "BucketName",
    "TableName",
    "QueueName",
    "TopicName",
    "FunctionName",
    "RoleName",
    "LogGroupName",
    "ManagedPolicyName",
)


def is_log_target(bucket: Resource) -> bool:
    """Return whether AWS writes logs to a bucket."""
    return bool(_sources(bucket) or _log_writers(bucket, *LOG_WRITERS))


def _log_writers(bucket: Resource, *types: str) -> list[Resource]:
    """Return the resources of these types that write logs to a bucket."""
    return [
        user
        for user in bucket.app.resources(*types)
        for text in strings(user.template, _at(user.properties, LOG_WRITERS[user.type]))
        if bucket.app.named(text) is bucket or is_named(bucket, text.partition(".s3.")[0])
    ]


def _at(value: Any, path: tuple[str, ...]) -> Any:
    """Return the value at a property path, or None."""
    for step in path:
        value = value.get(step) if isinstance(value, dict) else None
    return value


def indexes(table: Resource) -> dict[str, dict[str, Any]]:
    """Return the global secondary indexes of a table by name."""
    items = table.items("GlobalSecondaryIndexes")
    return {table.template.text(item.get("IndexName")): item for item in items}


def _sources(bucket: Resource) -> list[Resource]:
    """Return the other buckets that write their access logs to a bucket."""
    users = named_users(bucket, BUCKET, "LoggingConfiguration", "DestinationBucketName")
    return [user for user in users if user is not bucket]


def is_production(resource: Resource) -> bool:
    """Return whether the stack of a resource has termination protection."""
    return resource.template.protected


@rule("TAP201", "security", BUCKET, TOPIC, QUEUE)
def plain_http_is_denied(resource: Resource) -> Iterator[str]:
    """Buckets, topics and queues deny requests without TLS.

    Data and credentials sent over plain HTTP can be intercepted.
    Limits: A policy that another app attaches is not seen.
    https://docs.aws.amazon.com/AmazonS3/latest/userguide/security-best-practices.html

        enforce_ssl=True
    """
    requests = {
        BUCKET: [("s3:ListBucket", ""), ("s3:GetObject", "/key")],
        TOPIC: [("sns:Publish", "")],
        QUEUE: [("sqs:SendMessage", "")],
    }[resource.type]
    denials = [s for s in on_resource(resource) if s.effect == "Deny" and "*" in s.principals]
    for action, suffix in requests:
        arns = [arn + suffix for arn in resource.arns]
        if not any(s.applies(action, arns, (), {"aws:SecureTransport": "false"}) for s in denials):
            yield f"does not deny {action} without TLS"
            return


@rule("TAP202", "security", BUCKET)
def public_access_is_blocked(bucket: Resource) -> Iterator[str]:
    """Buckets block public access with all four settings.

    CDK silently drops a dict that has one key in Python spelling (snake_case), and the bucket can
    then be made public.
    Limits: The settings of the account, which can also block public access, are not read.
    https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html

        block_public_access=s3.BlockPublicAccess.BLOCK_ALL
    """
    names = ("BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets")
    open_ = [
        name for name in names if bucket.plain("PublicAccessBlockConfiguration", name) is not True
    ]
    if open_:
        yield f"does not set {', '.join(open_)}"


@rule("TAP203", "cost", BUCKET)
def access_logs_go_elsewhere(bucket: Resource) -> Iterator[str]:
    """Buckets don't write access logs to themselves.

    If a prefix is set without a bucket, each log delivery is a request that is logged again, in an
    endless loop.
    Limits: Two buckets that write logs to each other are not detected.
    https://docs.aws.amazon.com/AmazonS3/latest/userguide/ServerLogs.html

        server_access_logs_bucket=access_logs,
        server_access_logs_prefix="uploads/",
    """
    if bucket.get("LoggingConfiguration") is not None:
        place = bucket.text("LoggingConfiguration", "DestinationBucketName")
        if place in ("", f"${{{bucket.key}}}"):
            yield "writes its access logs to itself"


@rule("TAP204", "silent", BUCKET)
def log_buckets_accept_logs(bucket: Resource) -> Iterator[str]:
    """Buckets for access logs have no KMS key, and a policy or an ACL that allows S3 to write.

    S3 documents only SSE-S3 encryption for access log buckets. Without ObjectWriter or
    BucketOwnerPreferred, a bucket can't have an ACL: the deployment fails. CloudFront's standard
    logs require an ACL.
    Limits: Buckets of other apps that write logs to this one are not seen.
    https://docs.aws.amazon.com/AmazonS3/latest/userguide/enable-server-access-logging.html

        encryption=s3.BucketEncryption.S3_MANAGED,
        object_ownership=s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
        # or, for the logs of CloudFront
        object_ownership=s3.ObjectOwnership.BUCKET_OWNER_PREFERRED,
    """
    acl, can_have_acls = bucket.text("AccessControl"), _can_have_acls(bucket)
    sources, writers = _sources(bucket), _log_writers(bucket, *ACL_WRITERS)
    if acl not in ("", "Private", "BucketOwnerFullControl") and not can_have_acls:
        yield f"has the ACL {acl}, but its object ownership allows none"
    if writers and not can_have_acls:
        yield f"receives the logs of {writers[0].path}, but its object ownership allows no ACL"
    if sources and key_of(bucket) is not None:
        yield f"is encrypted with KMS, but receives the access logs of {sources[0].path}"
    if can_have_acls and acl == "LogDeliveryWrite":
        return  # the ACL allows S3 to write
    for source in sources:
        prefix = source.text("LoggingConfiguration", "LogFilePrefix")
        if not service_may(bucket.app, "logging.s3", "s3:PutObject", bucket, source, f"/{prefix}x"):
            yield f"its policy does not allow S3 to write the access logs of {source.path}"


def _can_have_acls(bucket: Resource) -> bool:
    """Return whether the object ownership of a bucket allows ACLs; the default does not."""
    rules = bucket.items("OwnershipControls", "Rules")
    return any(bucket.template.text(rule.get("ObjectOwnership")) in WITH_ACLS for rule in rules)


@rule("TAP205", "deploy", CUSTOM, BUCKET)
def notifications_do_not_overlap(resource: Resource) -> Iterator[str]:
    """The event notifications of a bucket don't overlap.

    S3 rejects the configuration: "Configurations overlap".
    Limits: Notifications that another app adds to the bucket are not seen.
    https://github.com/aws/aws-cdk/issues/29951

        s3.NotificationKeyFilter(prefix="incoming/"),  # a different prefix for each notification
        # or, without such a limit
        event_bridge_enabled=True,
    """
    seen: list[tuple[str, str, str]] = []
    for each in notifications(resource):
        for event in each.events:
            new = (event.rstrip("*"), each.prefix, each.suffix)
            if any(_overlap(old, new) for old in seen):
                yield f"two notifications match {event} under {each.prefix or 'any key'!r}"
            seen.append(new)


def _overlap(one: tuple[str, str, str], other: tuple[str, str, str]) -> bool:
    """Return whether two events, prefixes and suffixes can match the same object."""
    starts = all(
        a.startswith(b) or b.startswith(a) for a, b in zip(one[:2], other[:2], strict=True)
    )
    return starts and (one[2].endswith(other[2]) or other[2].endswith(one[2]))


@rule("TAP206", "deploy", CUSTOM, BUCKET)
def notified_queues_accept_messages(source: Resource) -> Iterator[str | tuple[Resource, str]]:
    """Queues for S3 notifications allow S3 in policy and key, before the notification is created.

    S3 validates the destination when the notification is configured: "Unable to validate the
    following destination configurations". The AWS managed key can't grant S3 access.
    Limits: Topics and functions are not judged as destinations.
    https://github.com/aws/aws-cdk/issues/3067

        - queue_configurations=[...],  # EventBridge brings the events: event_bridge_enabled=True
    """
    app = source.app
    for each in notifications(source):
        queue, bucket = each.target, each.bucket
        if queue is None or queue.type != QUEUE:
            continue
        if not service_may(app, "s3", "sqs:SendMessage", queue, bucket):
            yield queue, "its policy does not allow S3 to send messages"
            continue
        key = key_of(queue)
        if isinstance(key, Resource):
            if not service_may(app, "s3", "kms:GenerateDataKey", key, bucket):
                yield key, f"does not allow S3 to use it for {queue.path}"
        elif is_closed(key):
            yield queue, f"is encrypted with {key}, whose policy can't grant S3 access"
        policies = {p.id for p in named_users(queue, "AWS::SQS::QueuePolicy", "Queues")}
        if not policies & source.depends():
            yield f"does not depend on the policy of {queue.path}: node.add_dependency(queue)"


@rule("TAP207", "cost", BUCKET, profile="house")
def buckets_ask_for_keys_rarely(bucket: Resource) -> Iterator[str]:
    """Buckets with a KMS key use a bucket key.

    Without a bucket key, S3 sends a billed request to KMS for every object.
    Limits: Objects that a client encrypts with another key are not considered.
    https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-key.html

        bucket_key_enabled=True,
    """
    if key_of(bucket) is not None and not _sources(bucket):
        rules = bucket.items("BucketEncryption", "ServerSideEncryptionConfiguration")
        if not any(each.get("BucketKeyEnabled") is True for each in rules):
            yield "has no bucket key: S3 calls KMS for every object"


@rule("TAP217", "security", KEY)
def keys_rotate(key: Resource) -> Iterator[str]:
    """Keys are rotated.

    Without rotation, all data, past and future, is encrypted with the same key material. With
    rotation, existing data stays readable.
    Limits: Only symmetric keys are judged. Keys with imported material, which can't be rotated
    automatically, are rejected as well.
    https://docs.aws.amazon.com/kms/latest/developerguide/rotate-keys.html

        enable_key_rotation=True
    """
    symmetric = key.plain("KeySpec", default="SYMMETRIC_DEFAULT") == "SYMMETRIC_DEFAULT"
    if symmetric and key.plain("EnableKeyRotation") is not True:
        yield "is not rotated"


@rule("TAP208", "run", KEY)
def keys_outlive_their_data(key: Resource) -> Iterator[str]:
    """A key is retained as long as the data that it encrypts.

    Retained data becomes unreadable when its key is deleted after the waiting period.
    RetainExceptOnCreate deletes the key if the first deployment is rolled back.
    Limits: Keys of replicas in other regions are not considered.
    https://docs.aws.amazon.com/kms/latest/developerguide/deleting-keys.html

        removal_policy=cdk.RemovalPolicy.RETAIN,  # for the key as for its data
    """
    for user in () if _is_kept(key) else key.app.resources(*DATA, *ENCRYPTED):
        if not _is_retained(user) or _key_of(user) is not key:
            continue
        if not _is_retained(key):
            yield f"is deleted with the stack, but {user.path} is retained"
        elif user.template is key.template and _is_kept(user):
            yield f"is deleted if its creation is rolled back, but {user.path} is retained"


def _key_of(resource: Resource) -> Resource | str | None:
    """Return the key that encrypts a resource: a key of the app, the text of another, or None."""
    if resource.type in ENCRYPTED:
        return key_named(resource.app, resource.text(*ENCRYPTED[resource.type]))
    return key_of(resource)


def _is_retained(resource: Resource) -> bool:
    """Return whether a resource is retained when its stack is deleted."""
    return str(resource.body.get("DeletionPolicy", "")).startswith("Retain")


def _is_kept(resource: Resource) -> bool:
    """Return whether a resource is retained even if its creation is rolled back."""
    return bool(resource.body.get("DeletionPolicy") == "Retain")


@rule("TAP218", "deploy", TABLE, USER_POOL)
def protected_data_is_retained(resource: Resource) -> Iterator[str]:
    """Tables and user pools with deletion protection have the deletion policy Retain.

    With any other policy, including RetainExceptOnCreate, CloudFormation tries to delete the
    resource when its first deployment is rolled back. AWS refuses, and the stack ends in
    ROLLBACK_FAILED.
    Limits: Databases and other types with deletion protection are not judged.
    https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-attribute-deletionpolicy.html

        removal_policy=cdk.RemovalPolicy.RETAIN,
    """
    protected = (
        resource.plain("DeletionProtectionEnabled") is True
        if resource.type == TABLE
        else resource.plain("DeletionProtection") == "ACTIVE"
    )
    if protected and not _is_kept(resource):
        policy = resource.body.get("DeletionPolicy", "Delete")
        yield f"has deletion protection and the deletion policy {policy}"


@rule("TAP219", "deploy", *UNIQUE_NAMES)
def names_do_not_outlive_a_rollback(resource: Resource) -> Iterator[str]:
    """Resources with a fixed name are deleted when their creation is rolled back.

    The name of the retained resource is taken, and the next deployment fails with "already exists".
    Limits: Only types for which AWS is known to reject a duplicate name are judged.
    https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-attribute-deletionpolicy.html

        - bucket_name=...,  # trail_name, log_group_name...: a generated name is new each time
        # or, for data that needs its name
        removal_policy=cdk.RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
        # or, for anything without data
        - trail.apply_removal_policy(cdk.RemovalPolicy.RETAIN)
    """
    if not _is_kept(resource):
        return
    name = resource.text(UNIQUE_NAMES[resource.type])
    # A name derived from another resource's name, or from the stack ID, changes each time.
    if name and not PLACEHOLDER.search(name) and "AWS::StackId" not in name:
        yield f"is named {name!r} and is retained if its creation is rolled back"


@rule("TAP209", "run", *DATA, profile="house")
def production_keeps_its_data(resource: Resource) -> Iterator[str]:
    """Protected stacks retain their data and protect their tables from deletion.

    Changing a key schema or removing a construct deletes the data.
    Limits: Production is a stack with termination protection, or with the tag Environment set to
    prod, production, live or prd.
    https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-attribute-deletionpolicy.html

        removal_policy=cdk.RemovalPolicy.RETAIN,
        # or, for a table
        deletion_protection=True,
        # or, for the stack
        termination_protection=True,
    """
    emptied = resource.app.users(resource, "Custom::S3AutoDeleteObjects", "BucketName")
    if is_production(resource) and not emptied:
        if "Delete" in (
            resource.body.get("DeletionPolicy", "Delete"),
            resource.body.get("UpdateReplacePolicy", "Delete"),
        ):
            yield "is deleted with its stack, which has termination protection"
        if resource.type == TABLE and resource.plain("DeletionProtectionEnabled") is not True:
            yield "has no deletion protection in a stack with termination protection"
    elif PRODUCTION.fullmatch(str(resource.template.tags.get("Environment"))) and not emptied:
        yield "its stack is production, but has no termination protection"


@rule("TAP210", "run", "Custom::S3AutoDeleteObjects", profile="house")
def nothing_deletes_objects(helper: Resource) -> Iterator[str]:
    """Buckets of protected stacks and log buckets are not emptied automatically.

    The helper function can delete every object and change the bucket policy. A log bucket receives
    new objects before it can be deleted.
    Limits: Only the helper of the CDK is recognized, not other code that deletes objects.
    https://github.com/aws/aws-cdk/issues/21776

        - auto_delete_objects=True,  # empty the bucket before the stack is deleted
    """
    bucket = helper.target("BucketName")
    if is_production(helper):
        yield "auto_delete_objects in a stack with termination protection"
    elif bucket and is_log_target(bucket):
        yield f"auto_delete_objects on {bucket.path}, which receives logs"


@rule(
    "TAP211",
    "deploy",
    BUCKET,
    TABLE,
    QUEUE,
    TOPIC,
    "AWS::Lambda::Function",
    "AWS::IAM::Role",
    LOG_GROUP,
    KEY,
    "AWS::IAM::ManagedPolicy",
    profile="house",
)
def names_are_generated(resource: Resource) -> Iterator[str]:
    """Resources have no fixed physical names.

    A retained resource with a physical name blocks the next deployment ("already exists"), and the
    names of two environments in one account conflict. Names that contain the name of the stack, and
    names that a service requires, are accepted.
    Limits: Names of other types, such as alarms and parameters, are accepted.
    https://docs.aws.amazon.com/cdk/v2/guide/best-practices.html

        - bucket_name=...,  # table_name, queue_name...: tags and outputs say what is what
    """
    for name in NAMES_TO_GENERATE:
        if name not in resource.properties:
            continue
        given = resource.text(name)
        unique = names_stack(resource.template, given) or PLACEHOLDER.search(given)
        if not unique and not REQUIRED_NAMES.fullmatch(given):
            yield f"{name} is set to {given!r}"


@rule("TAP212", "run", TABLE, profile="house")
def tables_can_be_restored(table: Resource) -> Iterator[str]:
    """Tables have point-in-time recovery.

    Without point-in-time recovery, data that a faulty deployment overwrites is lost.
    Limits: Backups with AWS Backup are not considered.
    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Point-in-time-recovery.html

        point_in_time_recovery_specification=dynamodb.PointInTimeRecoverySpecification(
            point_in_time_recovery_enabled=True
        )
    """
    if table.plain("PointInTimeRecoverySpecification", "PointInTimeRecoveryEnabled") is not True:
        yield "has no point-in-time recovery"


@rule("TAP213", "run", TABLE, profile="house")
def provisioned_capacity_scales(table: Resource) -> Iterator[str]:
    """Provisioned capacity scales, for reads and writes, of each table and index.

    The default is a fixed capacity of 5 units, and a scaling target without a policy has no effect:
    requests are throttled.
    Limits: The range and the target of a scaling policy are not judged.
    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/AutoScaling.html

        reads = table.auto_scale_read_capacity(min_capacity=5, max_capacity=100)
        reads.scale_on_utilization(target_utilization_percent=70)
        writes = table.auto_scale_write_capacity(min_capacity=5, max_capacity=100)
        writes.scale_on_utilization(target_utilization_percent=70)
        # an index: auto_scale_global_secondary_index_read_capacity(...), and the same for writes
    """
    if table.plain("BillingMode", default="PROVISIONED") != "PROVISIONED" or table.get("Replicas"):
        return  # the provisioned capacity of a global table includes scaling
    app, scaled = table.app, {}
    for target in app.resources("AWS::ApplicationAutoScaling::ScalableTarget"):
        if target.target("ResourceId") is table:
            index = target.text("ResourceId").partition("/index/")[2]
            unit = str(target.plain("ScalableDimension")).rpartition(":")[2]
            policies = app.users(target, "AWS::ApplicationAutoScaling::ScalingPolicy", TARGET)
            scaled[index, unit] = bool(policies)
    for index in ("", *indexes(table)):
        for unit in ("ReadCapacityUnits", "WriteCapacityUnits"):
            if not scaled.get((index, unit)):
                fault = "has no scaling policy" if (index, unit) in scaled else "does not scale"
                yield f"{unit} of {f'index {index}' if index else 'the table'} {fault}"


@rule("TAP214", "cost", TABLE, profile="house")
def on_demand_has_a_ceiling(table: Resource) -> Iterator[str]:
    """On-demand tables and indexes have a maximum throughput.

    Without a maximum, only the account quota limits a runaway client and its cost, and an alarm on
    consumed capacity has no value to compare with.
    Limits: The value of the maximum is not judged.
    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/on-demand-capacity-mode-max-throughput.html

        max_read_request_units=1000,
        max_write_request_units=1000,
    """
    if table.plain("BillingMode", default="PROVISIONED") != "PAY_PER_REQUEST":
        return
    for index, place in {"": table.properties, **indexes(table)}.items():
        for side in ("Read", "Write"):
            if f"Max{side}RequestUnits" not in place.get("OnDemandThroughput", {}):
                yield f"{f'index {index}' if index else 'the table'} has no Max{side}RequestUnits"


@rule("TAP215", "deploy", LOG_GROUP)
def log_keys_let_logs_in(group: Resource) -> Iterator[tuple[Resource, str]]:
    """The key of a log group allows CloudWatch Logs to use it.

    CDK does not add the key policy statement: "The specified KMS key does not exist or is not
    allowed to be used".
    Limits: The policy of an imported key is unknown.
    https://github.com/aws/aws-cdk/issues/28304

        stack = cdk.Stack.of(key)
        log_groups = stack.format_arn(
            service="logs",
            resource="log-group",
            resource_name="*",
            arn_format=cdk.ArnFormat.COLON_RESOURCE_NAME,
        )
        key.add_to_resource_policy(
            iam.PolicyStatement(
                principals=[iam.ServicePrincipal(f"logs.{stack.region}.amazonaws.com")],
                actions=[
                    "kms:Decrypt*",
                    "kms:Describe*",
                    "kms:Encrypt*",
                    "kms:GenerateDataKey*",
                    "kms:ReEncrypt*",
                ],
                resources=["*"],
                conditions={"ArnLike": {"kms:EncryptionContext:aws:logs:arn": log_groups}},
            )
        )
    """
    key = key_of(group)
    if isinstance(key, Resource):
        name = (
            group.text("LogGroupName") or f"{group.template.pseudo['AWS::StackName']}-{group.id}-x"
        )
        arn = group.template.fill(
            f"arn:${{AWS::Partition}}:logs:${{AWS::Region}}:${{AWS::AccountId}}:log-group:{name}"
        )
        for action in (
            "kms:Encrypt",
            "kms:Decrypt",
            "kms:ReEncryptFrom",
            "kms:GenerateDataKey",
            "kms:DescribeKey",
        ):
            if not service_may(
                group.app, "logs", action, key, context={"kms:EncryptionContext:aws:logs:arn": arn}
            ):
                yield key, f"does not allow CloudWatch Logs {action} for {group.path}"
                return


@rule("TAP216", "deploy")
def nothing_depends_on_itself(app: App) -> Iterator[tuple[Resource, str]]:
    """Resources have no circular dependencies.

    A shared key depends on itself if its policy refers to a bucket, topic or trail that uses the
    key: "Circular dependency".
    Limits: A cycle of several stacks is not reported, because the CDK rejects it.
    https://github.com/aws/aws-cdk/issues/11158

        conditions={"StringEquals": {"aws:SourceAccount": cdk.Stack.of(self).account}},
    """
    for template in app.templates:
        yield from _circles(template.resources)


def _circles(resources: dict[str, Resource]) -> Iterator[tuple[Resource, str]]:
    edges = {
        i: (set(_named(r.properties)) | r.depends()) & resources.keys()
        for i, r in resources.items()
    }
    while free := [i for i, needs in edges.items() if not needs & edges.keys()]:
        for i in free:
            del edges[i]
    if edges:  # drop resources that only depend on the circle
        while ends := [i for i in edges if not any(i in needs for j, needs in edges.items())]:
            for i in ends:
                del edges[i]
        yield resources[min(edges)], f"depends on itself: {', '.join(sorted(edges))}"


def _named(value: object) -> Iterator[str]:
    """Yield the logical ids to which a value refers."""
    for each in walk(value):
        match each:
            case Intrinsic(kind="Ref", argument=str(name)):
                yield name
            case Intrinsic(kind="Fn::GetAtt", argument=argument):
                name = argument[0] if isinstance(argument, list) else argument
                yield str(name).partition(".")[0]
            case Intrinsic(kind="Fn::Sub", argument=argument):
                pattern = argument[0] if isinstance(argument, list) else argument
                yield from re.findall(r"\$\{([A-Za-z0-9]+)", str(pattern))
