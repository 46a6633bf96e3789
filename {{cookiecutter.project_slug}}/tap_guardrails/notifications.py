"""Bucket notifications, from the bucket's property or from CDK's custom resource."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from tap_guardrails.model import Resource

BUCKET, CUSTOM = "AWS::S3::Bucket", "Custom::S3BucketNotifications"
# The names of each kind of configuration, and of its destination, in both places.
CONFIGURATIONS = {
    "LambdaFunctionConfigurations": "LambdaFunctionArn",
    "LambdaConfigurations": "Function",
    "QueueConfigurations": "QueueArn Queue",
    "TopicConfigurations": "TopicArn Topic",
}


@dataclass(frozen=True)
class Notification:
    """One configuration: the events, prefix and suffix, and the destination."""

    bucket: Resource | None
    target: Resource | None
    events: tuple[str, ...]
    prefix: str
    suffix: str


def notifications(resource: Resource) -> Iterator[Notification]:
    """Yield the notifications that a bucket or a custom resource configures."""
    app, text = resource.app, resource.template.text
    bucket = resource if resource.type == BUCKET else resource.target("BucketName")
    for kind, names in CONFIGURATIONS.items():
        for each in resource.items("NotificationConfiguration", kind):
            target = next((each[name] for name in names.split() if name in each), None)
            filters = each.get("Filter") or {}
            key = filters.get("Key") or filters.get("S3Key") or {}
            rules = key.get("FilterRules") or key.get("Rules") or []
            parts = {text(part["Name"]).lower(): text(part["Value"]) for part in rules}
            events = each.get("Events") or [each.get("Event")]
            yield Notification(
                bucket=bucket,
                target=app.named(text(target)),
                events=tuple(text(event) for event in events),
                prefix=parts.get("prefix", ""),
                suffix=parts.get("suffix", ""),
            )
