"""TAP25x: CloudTrail trails can be created, and their cost is limited."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tap_guardrails.model import Resource
from tap_guardrails.policy import key_of, service_may
from tap_guardrails.references import by_name, named_target, named_users
from tap_guardrails.rule import rule

TRAIL, BUCKET = "AWS::CloudTrail::Trail", "AWS::S3::Bucket"


@rule("TAP251", "deploy", TRAIL)
def trail_keys_let_the_trail_in(trail: Resource) -> Iterator[tuple[Resource, str]]:
    """The key of a trail allows exactly this trail to use it.

    CDK does not add the key policy statement: "Insufficient permissions to access S3 bucket or KMS
    key". The ARN is built from a fixed name, because trail.trail_arn would create a circular
    dependency.
    Limits: The policy of an imported key is unknown.
    https://docs.aws.amazon.com/awscloudtrail/latest/userguide/create-kms-key-policy-for-cloudtrail.html

        trail_arn = stack.format_arn(service="cloudtrail", resource="trail", resource_name=name)
        key.add_to_resource_policy(
            iam.PolicyStatement(
                principals=[iam.ServicePrincipal("cloudtrail.amazonaws.com")],
                actions=["kms:DescribeKey", "kms:GenerateDataKey*"],
                resources=["*"],
                conditions={"StringEquals": {"aws:SourceArn": trail_arn}},
            )
        )
    """
    key = key_of(trail)
    if not isinstance(key, Resource):
        return
    trails = {"kms:EncryptionContext:aws:cloudtrail:arn": trail.arns[-1]}
    for action in ("kms:GenerateDataKey", "kms:DescribeKey"):
        if not service_may(trail.app, "cloudtrail", action, key, trail, context=trails):
            yield key, f"does not allow CloudTrail {action} for {trail.path}"


@rule("TAP252", "deploy", TRAIL)
def trail_buckets_let_the_trail_in(trail: Resource) -> Iterator[str | tuple[Resource, str]]:
    """The bucket of a trail allows exactly this trail to write, before the trail is created.

    CloudTrail validates the bucket when the trail is created: "Incorrect S3 bucket policy is
    detected".
    Limits: The policy of a bucket of another app is unknown.
    https://docs.aws.amazon.com/awscloudtrail/latest/userguide/create-s3-bucket-policy-for-cloudtrail.html

        source = {"aws:SourceArn": trail_arn}
        bucket.add_to_resource_policy(
            iam.PolicyStatement(
                principals=[iam.ServicePrincipal("cloudtrail.amazonaws.com")],
                actions=["s3:GetBucketAcl"],
                resources=[bucket.bucket_arn],
                conditions={"StringEquals": source},
            )
        )
        owner = {"s3:x-amz-acl": "bucket-owner-full-control"}
        bucket.add_to_resource_policy(
            iam.PolicyStatement(
                principals=[iam.ServicePrincipal("cloudtrail.amazonaws.com")],
                actions=["s3:PutObject"],
                resources=[bucket.arn_for_objects(f"AWSLogs/{stack.account}/*")],
                conditions={"StringEquals": {**source, **owner}},
            )
        )
        # or, if the policy comes too late
        trail.node.add_dependency(bucket.policy)
    """
    bucket = named_target(trail, BUCKET, "S3BucketName")
    if bucket is None:
        return
    prefix = f"{trail.text('S3KeyPrefix')}/" if trail.text("S3KeyPrefix") else ""
    account = trail.template.fill("${AWS::AccountId}")
    owner = {"s3:x-amz-acl": "bucket-owner-full-control"}
    for action, suffix in (
        ("s3:GetBucketAcl", ""),
        ("s3:PutObject", f"/{prefix}AWSLogs/{account}/x"),
    ):
        if not service_may(trail.app, "cloudtrail", action, bucket, trail, suffix, owner):
            yield bucket, f"its policy does not allow CloudTrail {action} for {trail.path}"
    policies = {p.id for p in named_users(bucket, "AWS::S3::BucketPolicy", "Bucket")}
    if bucket.template is trail.template and not policies & trail.depends():
        yield "does not depend on the policy of its bucket"


@rule("TAP253", "cost", TRAIL, profile="house")
def trails_are_small(trail: Resource) -> Iterator[str]:
    """Trails record the data events of their stack in one Region, or those of the whole account.

    Additional copies of management events are billed, an account can have five trails per Region,
    and a trail that records its own log bucket records its own deliveries. One trail of an app may
    record the management events of all Regions, as the CIS benchmark recommends.
    Limits: Trails of other apps are not counted.
    https://docs.aws.amazon.com/awscloudtrail/latest/userguide/WhatIsCloudTrail-Limits.html

        include_global_service_events=False,
        is_multi_region_trail=False,
        # advanced_event_selectors=[...]: eventCategory Data, resources.ARN of this stack only
    """
    audits = is_audit_trail(trail)
    if not audits:
        if trail.plain("IsMultiRegionTrail", default=False) or trail.plain(
            "IncludeGlobalServiceEvents", default=False
        ):
            yield "records other Regions or global services"
        if _records_management_events(trail):
            yield "records management events"
    else:
        same = [t for t in trail.app.resources(TRAIL) if is_audit_trail(t) and _beside(t, trail)]
        if same[0] is not trail:
            yield f"records the management events of all Regions, as {same[0].path} does"
    logs = named_target(trail, BUCKET, "S3BucketName")
    for text in _data_resources(trail):
        place = text.partition(":::")[2].partition("/")[0]
        target = trail.app.named(text) or by_name(trail.app, BUCKET, place)
        if target is None and not audits:
            yield f"records {text}, which is not in this app"
        elif target is logs and logs is not None:
            yield "records its own log bucket"


def is_audit_trail(trail: Resource) -> bool:
    """Return whether a trail records the management events of all Regions or an organization.

    https://docs.aws.amazon.com/securityhub/latest/userguide/cloudtrail-controls.html#cloudtrail-1
    """
    everywhere = trail.plain("IsMultiRegionTrail") is True
    everywhere |= trail.plain("IsOrganizationTrail") is True
    return everywhere and _records_management_events(trail)


def _beside(one: Resource, other: Resource) -> bool:
    """Return whether two resources can be in the same account."""
    account = "AWS::AccountId"
    return one.template.pseudo.get(account) == other.template.pseudo.get(account)


def _fields(selector: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Return the field selectors of an advanced event selector by field."""
    return {field["Field"]: field for field in selector.get("FieldSelectors", [])}


def _is_for_management(selector: dict[str, Any]) -> bool:
    return _fields(selector).get("eventCategory", {}).get("Equals") == ["Management"]


def _records_management_events(trail: Resource) -> bool:
    """Return whether a trail records management events, as it does by default."""
    basic, advanced = trail.items("EventSelectors"), trail.items("AdvancedEventSelectors")
    if not basic and not advanced:
        return True
    included = [each.get("IncludeManagementEvents", True) for each in basic]
    return any(map(_is_for_management, advanced)) or any(
        str(each).lower() == "true" for each in included
    )


def _data_resources(trail: Resource) -> Iterator[str]:
    """Yield the ARNs whose data events a trail records, or `everything`."""
    text = trail.template.text
    for selector in trail.items("EventSelectors"):
        for resource in selector.get("DataResources", []):
            yield from map(text, resource.get("Values", []))
    for selector in trail.items("AdvancedEventSelectors"):
        if not _is_for_management(selector):
            arn = _fields(selector).get("resources.ARN", {})
            values = [*arn.get("Equals", []), *arn.get("StartsWith", [])]
            yield from map(text, values or ["everything"])


@rule("TAP254", "deploy", TRAIL, profile="house")
def trails_are_few(trail: Resource) -> Iterator[str]:
    """A stack has at most one trail for its data events, and only if it is protected.

    An account can have at most five trails per Region, so one per developer stack would exhaust the
    quota. The trail of the whole account is not counted.
    Limits: Trails of other apps are not counted.
    https://docs.aws.amazon.com/awscloudtrail/latest/userguide/WhatIsCloudTrail-Limits.html

        if stack.termination_protection:  # then add the trail
    """
    if is_audit_trail(trail):
        return  # TAP253 reports a second one
    trails = [each for each in trail.template.resources.values() if each.type == TRAIL]
    if not trail.template.protected:
        yield "is in a stack without termination protection"
    elif next(each for each in trails if not is_audit_trail(each)) is not trail:
        yield "is the second trail of its stack"


@rule("TAP255", "silent", TRAIL, profile="house")
def trails_validate_their_log_files(trail: Resource) -> Iterator[str]:
    """Trails validate their log files.

    Without signed digests, no one can prove that a log file was not changed or deleted after it was
    delivered.
    Limits: Whether someone ever compares the digests is not seen.
    https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-log-file-validation-intro.html

        enable_log_file_validation=True,
        # or, with cloudtrail.Trail, the default
        - enable_file_validation=False,
    """
    if trail.plain("EnableLogFileValidation") is not True:
        yield "does not validate its log files"
