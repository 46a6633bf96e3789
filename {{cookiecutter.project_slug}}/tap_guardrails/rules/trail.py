"""TAP25x: CloudTrail trails can be created, and their cost is limited."""

from __future__ import annotations

from collections.abc import Iterator

from tap_guardrails.model import Resource
from tap_guardrails.policy import key_of, service_may
from tap_guardrails.rule import rule

TRAIL = "AWS::CloudTrail::Trail"


@rule("TAP251", "deploy", TRAIL)
def trail_keys_let_the_trail_in(trail: Resource) -> Iterator[tuple[Resource, str]]:
    """The key of a trail allows exactly this trail to use it.

    CDK does not add the key policy statement: "Insufficient permissions to access S3 bucket or KMS
    key". The ARN is built from a fixed name, because trail.trail_arn would create a circular
    dependency.
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
    bucket = trail.target("S3BucketName")
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
    policies = {p.id for p in bucket.app.users(bucket, "AWS::S3::BucketPolicy", "Bucket")}
    if bucket.template is trail.template and not policies & trail.depends():
        yield "does not depend on the policy of its bucket"


@rule("TAP253", "cost", TRAIL)
def trails_are_small(trail: Resource) -> Iterator[str]:
    """Trails record the data events of their stack in one Region, with file validation.

    Additional copies of management events are billed, an account can have five trails per Region,
    and a trail that records its own log bucket records its own deliveries.
    https://docs.aws.amazon.com/awscloudtrail/latest/userguide/WhatIsCloudTrail-Limits.html

        enable_log_file_validation=True,
        include_global_service_events=False,
        is_multi_region_trail=False,
        # advanced_event_selectors=[...]: eventCategory Data, resources.ARN of this stack only
    """
    if trail.plain("IsMultiRegionTrail", default=False) or trail.plain(
        "IncludeGlobalServiceEvents", default=False
    ):
        yield "records other Regions or global services"
    if trail.plain("EnableLogFileValidation") is not True:
        yield "does not validate its log files"
    basic, advanced = trail.items("EventSelectors"), trail.items("AdvancedEventSelectors")
    if (not basic and not advanced) or any(s.get("IncludeManagementEvents", True) for s in basic):
        yield "records management events"
    resources = [
        trail.template.text(v)
        for s in basic
        for r in s.get("DataResources", [])
        for v in r.get("Values", [])
    ]
    for selector in advanced:
        fields = {f["Field"]: f for f in selector.get("FieldSelectors", [])}
        if fields.get("eventCategory", {}).get("Equals") == ["Management"]:
            yield "records management events"
        else:
            arn = fields.get("resources.ARN", {})
            values = arn.get("Equals", []) + arn.get("StartsWith", [])
            resources += [trail.template.text(v) for v in values] or ["everything"]
    logs = trail.target("S3BucketName")
    for text in resources:
        target = trail.app.named(text)
        if target is None:
            yield f"records {text}, which is not in this app"
        elif target is logs:
            yield "records its own log bucket"


@rule("TAP254", "deploy", TRAIL)
def trails_are_few(trail: Resource) -> Iterator[str]:
    """A stack has at most one trail, and only in protected stacks.

    An account can have at most five trails per Region, so one per developer stack would exhaust the
    quota.
    https://docs.aws.amazon.com/awscloudtrail/latest/userguide/WhatIsCloudTrail-Limits.html

        if stack.termination_protection:  # then add the trail
    """
    if not trail.template.protected:
        yield "is in a stack without termination protection"
    elif next(r for r in trail.template.resources.values() if r.type == TRAIL) is not trail:
        yield "is the second trail of its stack"
