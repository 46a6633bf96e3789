"""TAP22x: data, logs and keys last, and what nobody needs does not."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from tap_guardrails.calls import QUEUE, TABLE, code_needs
from tap_guardrails.model import NotJudged, Resource
from tap_guardrails.rule import rule
from tap_guardrails.rules.data import BUCKET, KEY, LOG_GROUP, is_log_target

POLICY = "AWS::S3::BucketPolicy"
DAY = 86_400
# Storage classes whose objects have to be restored before they can be read.
ARCHIVES = frozenset({"DEEP_ARCHIVE", "GLACIER"})
# The least time in which a mistake is noticed, in days, by type and property.
LEAST_DAYS: dict[str, tuple[tuple[tuple[str, ...], int], ...]] = {
    LOG_GROUP: ((("RetentionInDays",), 7),),
    TABLE: ((("PointInTimeRecoverySpecification", "RecoveryPeriodInDays"), 7),),
}
# A week at least, and a month where a person has to notice that the stack is gone.
KEY_DAYS = {False: 7, True: 14}
DEAD_LETTER_DAYS, VERSION_DAYS, LOG_DAYS, OBJECT_DAYS = 4, 7, 14, 30
EXPIRY = re.compile(r"delete|evict|expir|purge|remove|retain|retention|ttl|until", re.IGNORECASE)


def _rules(bucket: Resource) -> list[dict[str, Any]]:
    """Return the enabled lifecycle rules of a bucket."""
    rules = bucket.items("LifecycleConfiguration", "Rules")
    return [each for each in rules if each.get("Status") == "Enabled"]


def _prefix(lifecycle: dict[str, Any]) -> str:
    found = lifecycle.get("Prefix") or (lifecycle.get("Filter") or {}).get("Prefix") or ""
    return found if isinstance(found, str) else ""


def _is_narrow(lifecycle: dict[str, Any]) -> bool:
    """Return whether a rule concerns tagged or large objects only."""
    return bool(lifecycle.get("TagFilters")) or "ObjectSizeGreaterThan" in lifecycle


@rule("TAP221", "run", BUCKET, profile="house")
def buckets_have_versions(bucket: Resource) -> Iterator[str]:
    """Buckets keep versions.

    Without versions, an overwritten or deleted object is gone, whoever did it.
    Limits: What lifecycle rules do with old versions is judged by TAP223 and TAP224.
    https://docs.aws.amazon.com/AmazonS3/latest/userguide/Versioning.html

        versioned=True,
    """
    if bucket.plain("VersioningConfiguration", "Status") != "Enabled":
        yield "keeps no versions"


def _read_prefixes(bucket: Resource) -> list[tuple[Resource, str]]:
    """Return the functions whose code reads objects of a bucket, with the start of their keys."""
    found = []
    for function in bucket.app.own_functions:
        try:
            needs = [n for n in code_needs(function) if n.action == "s3:GetObject"]
        except NotJudged:
            continue
        for need in needs:
            for arn in need.arns if need.resource is bucket else ():
                found.append((function, arn.rpartition("}/")[2].partition("*")[0]))
    return found


@rule("TAP222", "run", BUCKET, profile="house")
def objects_stay_readable(bucket: Resource) -> Iterator[str]:
    """Objects that functions read don't move to an archive, and don't expire in production.

    Reading an archived object fails with InvalidObjectState until it is restored, which takes
    hours. An expired object is gone.
    Limits: Without termination protection of the stack, objects may expire after a month.
    https://docs.aws.amazon.com/AmazonS3/latest/userguide/restoring-objects.html

        - transitions=[...],  # or storage_class=s3.StorageClass.GLACIER_INSTANT_RETRIEVAL
        # or
        - expiration=...,  # or only of a prefix= that no function reads
    """
    read = _read_prefixes(bucket)
    for each in [] if not read else _rules(bucket):
        prefix = _prefix(each)
        met = [f for f, start in read if start.startswith(prefix) or prefix.startswith(start)]
        if not met or _is_narrow(each):
            continue
        classes = [str(t.get("StorageClass")) for t in each.get("Transitions") or []]
        if archive := next((name for name in classes if name in ARCHIVES), None):
            yield f"moves objects to {archive}, but {met[0]} reads them"
        days = each.get("ExpirationInDays")
        if isinstance(days, int) and (days < OBJECT_DAYS or bucket.template.protected):
            yield f"deletes objects after {days} days, but {met[0]} reads them"


@rule("TAP223", "cost", BUCKET, profile="house")
def what_is_old_expires(bucket: Resource) -> Iterator[str]:
    """Buckets with versions expire old versions, and buckets for logs expire logs.

    Each overwritten object is stored and paid forever, and personal data in logs as well.
    Limits: The number of days is not judged.
    https://docs.aws.amazon.com/AmazonS3/latest/userguide/lifecycle-configuration-examples.html

        lifecycle_rules=[s3.LifecycleRule(noncurrent_version_expiration=cdk.Duration.days(90))],
        # or, for logs
        lifecycle_rules=[
            s3.LifecycleRule(
                expiration=cdk.Duration.days(90),
                noncurrent_version_expiration=cdk.Duration.days(7),
            )
        ],
    """
    rules = _rules(bucket)
    versioned = bucket.plain("VersioningConfiguration", "Status") == "Enabled"
    names = ("NoncurrentVersionExpiration", "NoncurrentVersionExpirationInDays")
    if versioned and not any(each.get(name) for each in rules for name in names):
        yield "never deletes old versions"
    if is_log_target(bucket) and not any("ExpirationInDays" in each for each in rules):
        yield "never deletes the logs that it receives"


def _dead_letter_queues(queue: Resource) -> list[Resource]:
    app = queue.app
    users = app.users(queue, QUEUE, "RedrivePolicy", "deadLetterTargetArn")
    return [*users, *app.users(queue, "AWS::Lambda::Function", "DeadLetterConfig", "TargetArn")]


@rule("TAP224", "silent", *LEAST_DAYS, BUCKET, QUEUE, KEY, profile="house")
def mistakes_can_be_noticed(resource: Resource) -> Iterator[str]:
    """Logs, versions, dead letters, backups and deleted keys last until someone needs them.

    A fault of Friday evening is looked into on Monday or later, and an intrusion after weeks.
    Limits: Only log groups, tables, buckets, queues and keys are judged.
    https://docs.aws.amazon.com/wellarchitected/latest/security-pillar/sec_detect_investigate_events_app_service_logging.html

        retention=logs.RetentionDays.ONE_MONTH,
        # or, for dead letters
        retention_period=cdk.Duration.days(14),
        # or, for the key of protected data
        pending_window=cdk.Duration.days(30),
    """
    for path, least in LEAST_DAYS.get(resource.type, ()):
        days = resource.plain(*path)
        if isinstance(days, int) and days < least:
            yield f"{path[-1]} is {days}, less than {least} days"
    if resource.type == BUCKET:
        yield from _short_rules(resource)
    elif resource.type == QUEUE:
        seconds = resource.plain("MessageRetentionPeriod", default=4 * DAY)
        if seconds < DEAD_LETTER_DAYS * DAY and (sources := _dead_letter_queues(resource)):
            yield f"retains the dead letters of {sources[0]} for {seconds} s"
    elif resource.type == KEY:
        days, least = resource.plain("PendingWindowInDays"), KEY_DAYS[resource.template.protected]
        if isinstance(days, int) and days < least:
            yield f"is gone {days} days after its deletion, less than {least}"


def _short_rules(bucket: Resource) -> Iterator[str]:
    for each in _rules(bucket):
        days = (each.get("NoncurrentVersionExpiration") or {}).get("NoncurrentDays")
        if isinstance(days, int) and days < VERSION_DAYS:
            yield f"deletes old versions after {days} days"
        days = each.get("ExpirationInDays")
        if is_log_target(bucket) and isinstance(days, int) and days < LOG_DAYS:
            yield f"deletes the logs that it receives after {days} days"


@rule("TAP225", "run", TABLE, profile="house")
def only_what_should_expire_does(table: Resource) -> Iterator[str]:
    """The attribute by which items expire is there for that, and no key.

    DynamoDB deletes each item whose attribute is a time in the past. A number that means something
    else, such as a quantity, is a second of 1970.
    Limits: Recognized by the name, such as expires_at or ttl.
    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/TTL.html

        time_to_live_attribute="expires_at",
    """
    if table.plain("TimeToLiveSpecification", "Enabled") is not True:
        return
    name = table.text("TimeToLiveSpecification", "AttributeName")
    keys = [each.get("AttributeName") for each in table.items("AttributeDefinitions")]
    if name in keys:
        yield f"its items expire by {name}, which is a key attribute"
    elif not EXPIRY.search(name):
        yield f"its items expire by {name}, which is not named like a time of expiry"


@rule("TAP226", "security", POLICY, profile="house")
def policies_last_as_long_as_their_bucket(policy: Resource) -> Iterator[str]:
    """The policy of a retained bucket is retained.

    The bucket stays behind without the statements that deny plain HTTP, and logs can't be written.
    Limits: The policy of a bucket in another stack is not judged.
    https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-attribute-deletionpolicy.html

        bucket.policy.apply_removal_policy(cdk.RemovalPolicy.RETAIN)
    """
    bucket = policy.target("Bucket")
    if bucket is None or bucket.type != BUCKET or bucket.template is not policy.template:
        return
    for name in ("DeletionPolicy", "UpdateReplacePolicy"):
        kept = str(bucket.body.get(name)).startswith("Retain")
        if kept and not str(policy.body.get(name)).startswith("Retain"):
            yield f"is deleted, but {bucket} is retained"
            return


@rule("TAP227", "security", BUCKET)
def buckets_are_no_websites(bucket: Resource) -> Iterator[str]:
    """Buckets are not websites.

    A website endpoint speaks plain HTTP only, and needs objects that everyone can read.
    Limits: The content of the bucket is not considered.
    https://docs.aws.amazon.com/AmazonS3/latest/userguide/WebsiteHosting.html

        - website_index_document=...,  # CloudFront serves a private bucket
    """
    if bucket.get("WebsiteConfiguration") is not None:
        yield "is a website"
