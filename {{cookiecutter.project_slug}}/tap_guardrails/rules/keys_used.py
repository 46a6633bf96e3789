"""TAP23x: a key that a stack declares encrypts what it is for."""

from __future__ import annotations

from collections.abc import Iterator

from tap_guardrails.calls import QUEUE
from tap_guardrails.model import Resource
from tap_guardrails.policy import is_closed, key_of, on_resource
from tap_guardrails.rule import rule
from tap_guardrails.rules.alarms import ALARM, COMPOSITE, TOPIC
from tap_guardrails.rules.data import BUCKET, KEY, LOG_GROUP, is_log_target
from tap_guardrails.rules.trail import TRAIL

# The services that write to resources of these types, as a key's policy names them.
WRITERS = {LOG_GROUP: "logs.", TOPIC: "cloudwatch.", TRAIL: "cloudtrail."}


def _admitting(resource: Resource, service: str) -> Resource | None:
    """Return the key of a resource's stack whose policy admits a service."""
    keys = [each for each in resource.template.resources.values() if each.type == KEY]
    for key in keys:
        allowed = [s for s in on_resource(key) if s.effect == "Allow"]
        if any(who.startswith(service) for s in allowed for who in s.principals):
            return key
    return None


@rule("TAP231", "security", *WRITERS, profile="house")
def keys_are_used(resource: Resource) -> Iterator[str]:
    """Alarm topics, log groups and trails use the key of their stack that admits their service.

    The key's policy allows the service to use it, but the data is encrypted with a key of AWS, or
    not at all: whoever may read the resource reads the data, and disabling the key stops nothing.
    Limits: Only keys of the same stack are considered.
    https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html

        encryption_key=key,
        # or, for a topic
        - sns.Topic(self, "Alarms")  # master_key=key
    """
    app = resource.app
    if resource.type == TOPIC and not any(
        app.users(resource, kind, "AlarmActions") for kind in (ALARM, COMPOSITE)
    ):
        return
    if key_of(resource) is None and (key := _admitting(resource, WRITERS[resource.type])):
        yield f"has no key, but the policy of {key} admits its service"


@rule("TAP232", "security", QUEUE)
def dead_letters_are_encrypted_alike(queue: Resource) -> Iterator[tuple[Resource, str]]:
    """Dead-letter queues use a key if their queue does.

    The same messages are less protected after they failed.
    Limits: A different key than that of the queue is accepted.
    https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-server-side-encryption.html

        - encryption=sqs.QueueEncryption.SQS_MANAGED,  # encryption_master_key= as for its queue
    """
    dead = queue.target("RedrivePolicy", "deadLetterTargetArn")
    if isinstance(key_of(queue), Resource) and dead is not None and key_of(dead) is None:
        yield dead, f"has no key, but {queue} has"


@rule("TAP233", "security", BUCKET, profile="house")
def buckets_use_the_key_of_their_stack(bucket: Resource) -> Iterator[str]:
    """Buckets with a KMS key use the one of their stack, if it has one.

    The policy of the key that AWS manages can't be changed: everyone in the account who may read
    the bucket may decrypt its objects.
    Limits: Only keys of the same stack are considered.
    https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html

        - encryption=s3.BucketEncryption.KMS_MANAGED,  # KMS, with encryption_key=
    """
    keys = [each for each in bucket.template.resources.values() if each.type == KEY]
    if keys and is_closed(key_of(bucket)) and not is_log_target(bucket):
        yield f"uses the key that AWS manages instead of {keys[0]}"
