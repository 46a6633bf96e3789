"""TAP34x: events arrive at their handlers, completely and while they are valid."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from tap_guardrails.calls import MAPPING, QUEUE, TABLE, handler
from tap_guardrails.model import OWN_FUNCTION, Resource
from tap_guardrails.rule import rule
from tap_guardrails.rules.events import FUNCTION, PARTIAL, RULE, SCHEDULE
from tap_guardrails.values import as_list

# The property that switches a resource off, and the value that does.
SWITCHES: dict[str, tuple[str, object]] = {
    RULE: ("State", "DISABLED"),
    SCHEDULE: ("State", "DISABLED"),
    MAPPING: ("Enabled", False),
    "AWS::KMS::Key": ("Enabled", False),
    "AWS::CloudTrail::Trail": ("IsLogging", False),
    "AWS::Synthetics::Canary": ("StartCanaryAfterCreation", False),
}
# Events that S3 sends to EventBridge, without those of CloudTrail:
# https://docs.aws.amazon.com/AmazonS3/latest/userguide/EventBridge.html
S3_EVENTS = frozenset(
    {
        "Object ACL Updated",
        "Object Access Tier Changed",
        "Object Annotation Created",
        "Object Annotation Deleted",
        "Object Created",
        "Object Deleted",
        "Object Restore Completed",
        "Object Restore Expired",
        "Object Restore Initiated",
        "Object Storage Class Changed",
        "Object Tags Added",
        "Object Tags Deleted",
    }
)
# Fields of what a filter of an event source mapping sees.
ENVELOPES = {
    QUEUE: frozenset(
        {
            *("attributes", "awsRegion", "body", "eventSource", "eventSourceARN", "md5OfBody"),
            *("messageAttributes", "messageId", "receiptHandle"),
        }
    ),
    TABLE: frozenset(
        {
            *("awsRegion", "dynamodb", "eventID", "eventName", "eventSource", "eventSourceARN"),
            *("eventVersion", "userIdentity"),
        }
    ),
}
EVENT = frozenset(
    {
        *("account", "detail", "detail-type", "id", "region", "resources", "source", "time"),
        "version",
    }
)
CHANGES = frozenset({"INSERT", "MODIFY", "REMOVE"})
HOUR = 3600
RETRIES = {RULE: ("Targets",), SCHEDULE: ("Target",)}


@rule("TAP341", "silent", *SWITCHES, profile="house")
def switches_are_on(resource: Resource) -> Iterator[str]:
    """Rules, schedules, event sources, keys and trails are enabled.

    A disabled resource looks complete in every template and dashboard, and does nothing. Events of
    that time are lost.
    Limits: Resources that are switched off after the deployment are not seen.
    https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-delete-rule.html

        - enabled=False,  # of the rule, schedule or event source
    """
    name, off = SWITCHES[resource.type]
    if resource.plain(name) == off:
        yield f"is disabled: {name} is {json.dumps(off)}"


def _targets(resource: Resource) -> list[dict[str, Any]]:
    path = RETRIES[resource.type]
    return [each for each in as_list(resource.get(*path)) if isinstance(each, dict)]


def _places(events: Resource) -> list[Resource | None]:
    text = events.template.text
    return [events.app.named(text(each.get("Arn"))) for each in _targets(events)]


def _is_only_for_dead_letters(queue: Resource) -> bool:
    app = queue.app
    dead = app.users(queue, QUEUE, "RedrivePolicy", "deadLetterTargetArn")
    return bool(dead) and not app.users(queue, MAPPING, "EventSourceArn")


@rule("TAP342", "silent", RULE)
def rules_match_events(events: Resource) -> Iterator[str]:
    """Event rules have a target, and match events that someone sends.

    A rule that matches nothing, or has no target, is valid: no error, no metric, no dead letter.
    AWS services send their events to the default bus only.
    Limits: The events of S3 are known here, and no others.
    https://docs.aws.amazon.com/AmazonS3/latest/userguide/EventBridge.html

        - detail_type=["Object Removed"],  # S3 sends Object Created and Object Deleted, to "aws.s3"
        # or, without a target
        - events.Rule(...)
    """
    if not events.items("Targets"):
        yield "has no target"
    for place in _places(events):
        if place and place.type == QUEUE and _is_only_for_dead_letters(place):
            yield f"sends its events to {place}, which is for dead letters"
    sources = [str(each) for each in events.items("EventPattern", "source")]
    kinds = [each for each in events.items("EventPattern", "detail-type") if isinstance(each, str)]
    bucket = events.target("EventPattern", "detail", "bucket", "name")
    if bucket is not None and sources and "aws.s3" not in sources:
        yield f"matches events of {sources[0]}, but {bucket} is of aws.s3"
    if sources == ["aws.s3"] and kinds:
        unknown = [each for each in kinds if each not in S3_EVENTS and "CloudTrail" not in each]
        if len(unknown) == len(kinds):
            yield f"matches {unknown[0]!r}, which S3 does not send"
    bus = events.text("EventBusName")
    of_aws = sources and all(each.startswith("aws.") for each in sources)
    if of_aws and bus and bus != "default" and not bus.endswith("/default"):
        yield f"listens to {bus}, but AWS sends its events to the default bus"


@rule("TAP343", "run", RULE, profile="house")
def handlers_receive_the_event(events: Resource) -> Iterator[str]:
    """Rules pass the whole event to functions and their queues.

    With a constant or a part of the event, the handler does not find the fields that it reads.
    Limits: Rules with a schedule have no event.
    https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-transform-target-input.html

        - input=...,  # input_path=, input_transformer=: the handler reads the event
    """
    if events.get("EventPattern") is None:
        return
    for target in _targets(events):
        place = events.app.named(events.template.text(target.get("Arn")))
        if place is None or place.type not in (FUNCTION, QUEUE):
            continue
        for name in ("Input", "InputPath", "InputTransformer"):
            if name in target:
                yield f"sends {name} to {place} instead of the event"


@rule("TAP344", "silent", RULE, SCHEDULE, "AWS::Lambda::EventInvokeConfig", profile="house")
def events_outlive_an_outage(resource: Resource) -> Iterator[str]:
    """Events are retried, and for an hour or longer.

    A throttled function or an outage of a few minutes costs every event of that time.
    Limits: The defaults, and retries of other targets than rules, schedules and functions, are not
    judged.
    https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-dlq.html

        - retry_policy=...,  # the default is a day with 185 attempts; an hour is the least
    """
    if resource.type in RETRIES:
        policies = [each.get("RetryPolicy") or {} for each in _targets(resource)]
    else:
        policies = [resource.properties]
    for policy in policies:
        if policy.get("MaximumRetryAttempts") == 0:
            yield "does not retry"
        age = policy.get("MaximumEventAgeInSeconds")
        if isinstance(age, int) and age < HOUR:
            yield f"drops events after {age} s"


@rule("TAP345", "silent", MAPPING)
def messages_outlive_their_tries(mapping: Resource) -> Iterator[tuple[Resource, str]]:
    """Messages are retained until they have been tried as often as the queue allows.

    A message that expires between two tries is lost: it never reaches the dead-letter queue.
    Limits: Queues of other apps are not judged.
    https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-dead-letter-queues.html

        retention_period=cdk.Duration.days(4),
    """
    queue = mapping.target("EventSourceArn")
    if queue is None or queue.type != QUEUE or queue.get("RedrivePolicy") is None:
        return
    tries = queue.plain("RedrivePolicy", "maxReceiveCount", default=1)
    hidden = queue.plain("VisibilityTimeout", default=30)
    kept = queue.plain("MessageRetentionPeriod", default=345_600)
    if kept < tries * hidden:
        yield queue, f"retains messages for {kept} s, but {tries} tries take {tries * hidden} s"
    elif kept < HOUR:
        yield queue, f"retains messages for {kept} s, shorter than an outage"


@rule("TAP346", "silent", MAPPING, profile="house")
def messages_are_tried_again(mapping: Resource) -> Iterator[tuple[Resource, str]]:
    """Messages are tried more than once, and not without end.

    With one try, a throttled function sends good messages to the dead-letter queue; AWS recommends
    at least five. With a hundred or more, a poison message blocks the function for days.
    Limits: Queues of other apps are not judged.
    https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html

        dead_letter_queue=sqs.DeadLetterQueue(max_receive_count=5, queue=dead_letters),
    """
    queue = mapping.target("EventSourceArn")
    if queue is None or queue.type != QUEUE or queue.get("RedrivePolicy") is None:
        return
    tries = queue.plain("RedrivePolicy", "maxReceiveCount", default=1)
    if not 2 <= tries < 100:
        yield queue, f"tries a message {tries} times" if tries > 1 else "tries a message once"


@rule("TAP347", "silent", QUEUE)
def dead_letters_are_accepted(queue: Resource) -> Iterator[tuple[Resource, str]]:
    """Dead-letter queues accept the messages of their queue.

    SQS can't move a message to a queue whose redrive permission excludes the source.
    Limits: Dead-letter queues of other apps are not judged.
    https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-dead-letter-queues.html

        redrive_allow_policy=sqs.RedriveAllowPolicy(redrive_permission=sqs.RedrivePermission.ALLOW_ALL),
    """
    dead = queue.target("RedrivePolicy", "deadLetterTargetArn")
    if dead is None or dead.get("RedriveAllowPolicy") is None:
        return
    allowed = dead.plain("RedriveAllowPolicy", "redrivePermission", default="allowAll")
    named = dead.references("RedriveAllowPolicy", "sourceQueueArns")
    if allowed == "denyAll" or (allowed == "byQueue" and queue not in named):
        yield dead, f"does not accept the messages of {queue}: {allowed}"


def _patterns(mapping: Resource) -> Iterator[dict[str, Any]]:
    for each in mapping.items("FilterCriteria", "Filters"):
        pattern = each.get("Pattern")
        if isinstance(pattern, str):
            found = json.loads(pattern)
            if isinstance(found, dict):
                yield found


def _sends_events(queue: Resource) -> bool:
    """Return whether only EventBridge rules send to a queue."""
    rules = [r for r in queue.app.resources(RULE) if queue in _places(r)]
    return bool(rules) and not queue.app.users(queue, "AWS::SNS::Subscription", "Endpoint")


@rule("TAP348", "silent", MAPPING)
def filters_let_events_pass(mapping: Resource) -> Iterator[str]:
    """Filters of event sources use fields that the events have.

    Lambda deletes what its filter does not match from the queue, and skips it in the stream.
    Limits: Of a message body, only the fields of EventBridge events are known; values are not
    judged.
    https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventfiltering.html

        - filters=[...],  # SQS: {"body": {"detail": ...}}; a stream: {"eventName": ["INSERT"]}
    """
    source = mapping.target("EventSourceArn")
    if source is None or source.type not in ENVELOPES:
        return
    for pattern in _patterns(mapping):
        names = {*pattern} - ENVELOPES[source.type] - {"$or"}
        body = pattern.get("body")
        if source.type == QUEUE and isinstance(body, dict) and _sends_events(source):
            names |= {f"body.{each}" for each in {*body} - EVENT - {"$or"}}
        kinds = [each for each in as_list(pattern.get("eventName")) if isinstance(each, str)]
        if source.type == TABLE and kinds and not CHANGES & {*kinds}:
            names.add(f"eventName {kinds[0]}")
        if names:
            yield f"filters by {', '.join(sorted(names))}, which no event has"


@rule("TAP349", "silent", OWN_FUNCTION, profile="house")
def batch_handlers_have_a_source(function: Resource) -> Iterator[str]:
    """Functions that process batches have an event source mapping.

    The handler returns failures of single records, which only an event source mapping reads.
    Limits: Recognized by the names of the response and of Powertools' batch processors.
    https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventsourcemapping.html

        function.add_event_source(
            event_sources.SqsEventSource(queue, max_concurrency=2, report_batch_item_failures=True)
        )
    """
    found = handler(function)
    mapped = function.app.users(function, MAPPING, "FunctionName")
    if found and not mapped and any(word in found.source for word in PARTIAL):
        yield f"{found.file} processes batches, but the function has no event source mapping"
