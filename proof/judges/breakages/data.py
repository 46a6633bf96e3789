"""Breakages of data and its history, and alarms that can't fire."""

from __future__ import annotations

from typing import Any

from proof.judges.breakage import REMOVED, Breakage, Draft, has, mentions, removal, setting
from proof.judges.breakages.types import (
    ALARM,
    BUCKET,
    BUCKET_POLICY,
    DASHBOARD,
    DATA_BUCKET,
    DEAD_LETTERS,
    FLOW_LOG,
    KEY,
    LOG_BUCKET,
    LOG_GROUP,
    QUEUE,
    STAGE,
    STRANGER,
    SUBSCRIPTION,
    TABLE,
    TOPIC,
    TRAIL,
    TRAIL_BUCKET,
    metric,
    watches,
)

RULES, SELECTORS = "LifecycleConfiguration.Rules", "AdvancedEventSelectors"


def _policy_deleted(draft: Draft) -> None:
    bucket, _ = draft.first(BUCKET, DATA_BUCKET)
    _, policy = draft.first(BUCKET_POLICY, has("Bucket.Ref", bucket))
    policy["DeletionPolicy"] = policy["UpdateReplacePolicy"] = "Delete"


def _attribute(name: str, value: str, kind: str) -> Any:
    def change(draft: Draft) -> None:
        _, body = draft.first(kind)
        body[name] = value

    return change


def _selectors(value: str, *, keep: int | None = None) -> Any:
    def change(draft: Draft) -> None:
        _, trail = draft.first(TRAIL)
        selectors = trail["Properties"][SELECTORS]
        if keep is not None:
            trail["Properties"][SELECTORS] = [selectors[keep]]
            return
        for selector in selectors:
            for field in selector["FieldSelectors"]:
                if field["Field"] == "readOnly":
                    field["Equals"] = [value]

    return change


def _no_trail(draft: Draft) -> None:
    draft.remove(draft.first(TRAIL)[0])


DATA = (
    setting(
        "data-versioning-suspended",
        "Versioning is suspended",
        BUCKET,
        "VersioningConfiguration.Status",
        "Suspended",
        where=DATA_BUCKET,
    ),
    setting(
        "data-log-versioning",
        "The log bucket has no versions",
        BUCKET,
        "VersioningConfiguration",
        REMOVED,
        where=LOG_BUCKET,
    ),
    setting(
        "data-expiry",
        "Objects expire after a day",
        BUCKET,
        f"{RULES}.0.ExpirationInDays",
        1,
        where=DATA_BUCKET,
    ),
    setting(
        "data-expiry-in-a-year",
        "Objects expire after a year",
        BUCKET,
        f"{RULES}.0.ExpirationInDays",
        365,
        where=DATA_BUCKET,
    ),
    setting(
        "data-glacier",
        "Objects move to Glacier after a day",
        BUCKET,
        f"{RULES}.0.Transitions",
        [{"StorageClass": "GLACIER", "TransitionInDays": 1}],
        where=DATA_BUCKET,
    ),
    setting(
        "data-deep-archive",
        "Objects move to the deep archive at once",
        BUCKET,
        f"{RULES}.0.Transitions",
        [{"StorageClass": "DEEP_ARCHIVE", "TransitionInDays": 0}],
        where=DATA_BUCKET,
        variant="http",
    ),
    setting(
        "data-no-lifecycle",
        "Old versions are kept forever",
        BUCKET,
        "LifecycleConfiguration",
        REMOVED,
        where=DATA_BUCKET,
    ),
    setting(
        "data-lifecycle-disabled",
        "The lifecycle rule is disabled",
        BUCKET,
        f"{RULES}.0.Status",
        "Disabled",
        where=DATA_BUCKET,
    ),
    setting(
        "data-logs-forever",
        "Logs are kept forever",
        BUCKET,
        "LifecycleConfiguration",
        REMOVED,
        where=LOG_BUCKET,
    ),
    setting(
        "data-logs-for-a-day",
        "Access logs are kept for a day",
        BUCKET,
        f"{RULES}.0.ExpirationInDays",
        1,
        where=LOG_BUCKET,
    ),
    setting(
        "data-trail-for-a-day",
        "The trail's files are kept for a day",
        BUCKET,
        f"{RULES}.0.ExpirationInDays",
        1,
        where=TRAIL_BUCKET,
    ),
    setting(
        "data-versions-for-a-day",
        "Old versions are kept for a day",
        BUCKET,
        f"{RULES}.0.NoncurrentVersionExpiration.NoncurrentDays",
        1,
        where=DATA_BUCKET,
    ),
    setting(
        "data-ttl",
        "Items expire by a live attribute",
        TABLE,
        "TimeToLiveSpecification",
        {"AttributeName": "created_at", "Enabled": True},
    ),
    setting(
        "data-ttl-quantity",
        "Items expire by their quantity",
        TABLE,
        "TimeToLiveSpecification",
        {"AttributeName": "quantity", "Enabled": True},
        variant="http",
    ),
    Breakage(
        "data-policy-deleted", "The bucket's policy is deleted before the bucket", _policy_deleted
    ),
    setting(
        "data-log-retention",
        "Logs of functions are kept for a day",
        LOG_GROUP,
        "RetentionInDays",
        1,
    ),
    setting(
        "data-access-log-retention",
        "Logs of the API are kept for a day",
        LOG_GROUP,
        "RetentionInDays",
        1,
        where=has("LogGroupName"),
        variant="http",
    ),
    setting(
        "data-dead-letters",
        "Dead letters are kept for a minute",
        QUEUE,
        "MessageRetentionPeriod",
        60,
        where=DEAD_LETTERS,
    ),
    setting(
        "data-dead-letters-for-a-day",
        "Dead letters are kept for a day",
        QUEUE,
        "MessageRetentionPeriod",
        86400,
        where=DEAD_LETTERS,
        variant="http",
    ),
    Breakage("data-trail-reads", "The trail records reads only", _selectors("true")),
    Breakage("data-trail-no-table", "The trail misses the table", _selectors("", keep=0)),
    Breakage("data-trail-no-bucket", "The trail misses the bucket", _selectors("", keep=1)),
    setting("data-trail-off", "The trail does not record", TRAIL, "IsLogging", False),
    Breakage("data-no-trail", "The trail is removed", _no_trail, "http"),
    setting(
        "data-flow-log-elsewhere",
        "The flow log goes to a bucket of another account",
        FLOW_LOG,
        "LogDestination",
        "arn:aws:s3:::flow-logs-of-others",
    ),
    setting(
        "data-flow-log-accepted",
        "The flow log records accepted traffic only",
        FLOW_LOG,
        "TrafficType",
        "ACCEPT",
    ),
    setting("data-key-week", "A deleted key is gone after a week", KEY, "PendingWindowInDays", 7),
    setting(
        "data-recovery-for-a-day",
        "The table can be restored for a day",
        TABLE,
        "PointInTimeRecoverySpecification.RecoveryPeriodInDays",
        1,
    ),
    setting(
        "data-access-log-elsewhere",
        "Access logs go to a bucket of another account",
        BUCKET,
        "LoggingConfiguration.DestinationBucketName",
        "logs-of-others",
        where=DATA_BUCKET,
    ),
    setting(
        "data-access-log-format",
        "The access log has no status",
        STAGE,
        "AccessLogSetting.Format",
        '{"requestId": "$context.requestId"}',
    ),
)


def _expression(name: str, text: str, value: str) -> Breakage:
    return setting(
        f"alarm-{name}", text, ALARM, "Metrics.0.Expression", value, where=watches("Invocations")
    )


def _empty_dashboard(draft: Draft) -> None:
    draft.edit(DASHBOARD, "DashboardBody", '{"widgets": []}')


def _fixed_dashboard(draft: Draft) -> None:
    body = (
        '{"widgets": [{"type": "text", "width": 4, "height": 2, "properties": {"markdown": "-"}}]}'
    )
    draft.edit(DASHBOARD, "DashboardBody", body)


def _other_table(draft: Draft) -> None:
    draft.edit(ALARM, "Dimensions.0.Value", "orders", metric("WriteThrottleEvents"))


def _topic_of_others(draft: Draft) -> None:
    topic = f"arn:aws:sns:us-east-1:{STRANGER}:alarms"
    draft.edit(ALARM, "AlarmActions", [topic], metric("ReadThrottleEvents"))


def _all_subscriptions(draft: Draft) -> None:
    topic, _ = draft.first(TOPIC)
    for name, body in list(draft.find(SUBSCRIPTION)):
        if mentions(body, topic):
            draft.remove(name)


def _counting(draft: Draft) -> None:
    _, alarm = draft.first(ALARM, watches("Errors"))
    for query in alarm["Properties"]["Metrics"]:
        if query.get("MetricStat", {}).get("Metric", {}).get("MetricName") == "Errors":
            query["MetricStat"]["Stat"] = "SampleCount"


ALARMS = (
    setting(
        "alarm-threshold",
        "The threshold is a million million",
        ALARM,
        "Threshold",
        1_000_000_000_000,
        where=metric("ReadThrottleEvents"),
    ),
    setting(
        "alarm-threshold-errors",
        "More than all calls would have to fail",
        ALARM,
        "Threshold",
        101,
        where=watches("Invocations"),
    ),
    setting(
        "alarm-threshold-average",
        "More than all requests would have to fail",
        ALARM,
        "Threshold",
        2,
        where=metric("5xxErrors"),
    ),
    setting(
        "alarm-threshold-capacity",
        "The threshold is above the table's maximum",
        ALARM,
        "Threshold",
        100_000_000,
        where=metric("ConsumedWriteCapacityUnits"),
    ),
    setting(
        "alarm-threshold-age",
        "Messages expire before they are as old as the threshold",
        ALARM,
        "Threshold",
        1_209_600,
        where=metric("ApproximateAgeOfOldestMessage"),
    ),
    setting(
        "alarm-threshold-duration",
        "The threshold is above the timeout",
        ALARM,
        "Threshold",
        10_000_000,
        where=metric("Duration"),
    ),
    setting(
        "alarm-threshold-seconds",
        "The threshold of milliseconds is in seconds",
        ALARM,
        "Threshold",
        18,
        where=metric("Duration"),
        variant="http",
    ),
    setting(
        "alarm-threshold-latency",
        "The threshold is above the API's timeout",
        ALARM,
        "Threshold",
        60_000,
        where=metric("Latency"),
    ),
    setting(
        "alarm-threshold-zero",
        "The alarm always fires",
        ALARM,
        "Threshold",
        0,
        where=metric("Throttles"),
    ),
    setting(
        "alarm-threshold-negative",
        "The alarm always fires",
        ALARM,
        "Threshold",
        -1,
        where=metric("WriteThrottleEvents"),
    ),
    setting(
        "alarm-less-than",
        "The alarm compares in the other direction",
        ALARM,
        "ComparisonOperator",
        "LessThanThreshold",
        where=metric("ReadThrottleEvents"),
    ),
    setting(
        "alarm-less-than-errors",
        "The alarm compares in the other direction",
        ALARM,
        "ComparisonOperator",
        "LessThanOrEqualToThreshold",
        where=watches("Errors"),
        variant="http",
    ),
    setting(
        "alarm-day",
        "The alarm fires after a day of errors",
        ALARM,
        "EvaluationPeriods",
        288,
        where=metric("Throttles"),
    ),
    setting(
        "alarm-day-of-datapoints",
        "The alarm fires after a day of dead letters",
        ALARM,
        "EvaluationPeriods",
        288,
        where=metric("InvocationsFailedToBeSentToDlq"),
    ),
    setting(
        "alarm-sample-count",
        "The alarm counts measurements",
        ALARM,
        "Statistic",
        "SampleCount",
        where=metric("WriteThrottleEvents"),
    ),
    setting(
        "alarm-minimum",
        "The alarm watches the least value",
        ALARM,
        "Statistic",
        "Minimum",
        where=metric("Throttles"),
    ),
    setting(
        "alarm-minimum-age",
        "The alarm watches the least age",
        ALARM,
        "Statistic",
        "Minimum",
        where=metric("ApproximateAgeOfOldestMessage"),
    ),
    setting(
        "alarm-average-of-counts",
        "The alarm averages a count",
        ALARM,
        "Statistic",
        "Average",
        where=metric("ConsumedReadCapacityUnits"),
    ),
    setting(
        "alarm-percentile",
        "The alarm watches the fastest requests",
        ALARM,
        "ExtendedStatistic",
        "p1",
        where=metric("Latency"),
    ),
    Breakage("alarm-stat-in-formula", "The formula counts measurements", _counting),
    _expression("constant", "The formula is a constant", "0"),
    _expression("factor", "The formula is always zero", "0 * failed / total"),
    setting(
        "alarm-subscription-filter",
        "A subscription's filter matches nothing",
        SUBSCRIPTION,
        "FilterPolicy",
        {"severity": ["critical"]},
    ),
    setting(
        "alarm-subscription-body",
        "A subscription's filter matches nothing in the body",
        SUBSCRIPTION,
        "FilterPolicy",
        {"AlarmName": ["none"]},
        variant="http",
    ),
    setting(
        "alarm-subscription-protocol",
        "An address is subscribed as a number",
        SUBSCRIPTION,
        "Protocol",
        "sms",
    ),
    Breakage("alarm-no-subscription", "No one is subscribed to a topic", _all_subscriptions),
    Breakage("alarm-empty-dashboard", "The dashboard is empty", _empty_dashboard),
    Breakage("alarm-text-dashboard", "The dashboard shows no metric", _fixed_dashboard, "http"),
    removal("alarm-no-dashboard", "The dashboard is removed", DASHBOARD),
    Breakage("alarm-other-table", "The alarm watches a table of another app", _other_table),
    Breakage("alarm-other-topic", "The alarm notifies another account", _topic_of_others),
    setting(
        "alarm-missing-data",
        "Missing data keeps the state",
        ALARM,
        "TreatMissingData",
        "ignore",
        where=metric("ReadThrottleEvents"),
    ),
    setting(
        "alarm-missing-is-breaching",
        "Missing data is an error",
        ALARM,
        "TreatMissingData",
        "breaching",
        where=metric("ReadThrottleEvents"),
        variant="http",
    ),
)

ALL = (*DATA, *ALARMS)
