"""TAP32x: events are delivered, failures are kept, and functions do not invoke themselves."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from tap_guardrails.calls import (
    MAPPING,
    QUEUE,
    STREAM,
    TABLE,
    functions_of,
    handler,
    lambda_needs,
    may,
    role_of,
)
from tap_guardrails.code import INLINE, files, is_python, runtime
from tap_guardrails.imports import reachable, standard
from tap_guardrails.invoked import arns_of
from tap_guardrails.model import OWN_FUNCTION, NotJudged, Resource, as_list, covers
from tap_guardrails.notifications import BUCKET, CUSTOM, Notification, notifications
from tap_guardrails.policy import (
    is_closed,
    key_allows_role,
    key_of,
    of_role,
    permits,
    role_may,
    service_may,
)
from tap_guardrails.references import named_target
from tap_guardrails.rule import rule

RULE, SCHEDULE = "AWS::Events::Rule", "AWS::Scheduler::Schedule"
FUNCTION = "AWS::Lambda::Function"
WRITES = {
    "dynamodb:PutItem",
    "dynamodb:UpdateItem",
    "dynamodb:DeleteItem",
    "dynamodb:BatchWriteItem",
}
# Properties of event sources that are no stream, but have a starting position.
NO_STREAM = (
    "AmazonManagedKafkaEventSourceConfig",
    "DocumentDBEventSourceConfig",
    "SelfManagedEventSource",
    "SelfManagedKafkaEventSourceConfig",
    "Topics",
)
# Words of a module that returns the failures of single records, by hand or with Powertools.
PARTIAL = (
    "batchItemFailures",
    "process_partial_response",
    "processPartialResponse",
    "BatchProcessor",
    "batch_item_failures",
)
# The action that causes an event of a bucket, by the start of the event's name: of a
# notification, or the detail-type for EventBridge.
# https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-how-to-event-types-and-destinations.html
CAUSES = {
    "s3:ObjectCreated": "s3:PutObject",
    "s3:ObjectTagging": "s3:PutObjectTagging",
    "s3:ObjectAcl": "s3:PutObjectAcl",
    "Object Created": "s3:PutObject",
    "Object Tags": "s3:PutObjectTagging",
    "Object ACL": "s3:PutObjectAcl",
}


@rule("TAP321", "deploy", MAPPING)
def messages_stay_hidden_long_enough(mapping: Resource) -> Iterator[str | tuple[Resource, str]]:
    """The visibility timeout of a queue is six times the timeout of its function.

    If the visibility timeout is shorter than the function timeout, Lambda rejects the event source
    mapping ("Queue visibility timeout is less than Function timeout"). If it is shorter than six
    times the timeout, messages can be processed twice.
    Limits: The batching window, which AWS recommends to add, and queues of other apps are not
    considered.
    https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html

        visibility_timeout=cdk.Duration.seconds(6 * timeout_seconds),
    """
    queue, function = mapping.target("EventSourceArn"), mapping.target("FunctionName")
    if queue and function and queue.type == QUEUE:
        hidden = queue.plain("VisibilityTimeout", default=30)
        timeout = function.plain("Timeout", default=3)
        if hidden < 6 * timeout:
            slow = f"{function.path} can run for {timeout} s (6 x {timeout} = {6 * timeout})"
            yield queue, f"has a visibility timeout of {hidden} s, but {slow}"


@rule("TAP322", "run", MAPPING)
def queues_give_up(mapping: Resource) -> Iterator[tuple[Resource, str]]:
    """Queues that functions read have a dead-letter queue that retains messages longer.

    Lambda does not use the function's dead-letter queue for SQS messages: a message that always
    fails is retried until it expires. In a standard queue, the time in the first queue counts; in a
    FIFO queue, it does not.
    Limits: Queues of other apps are not judged, nor is the maximum receive count.
    https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html

        dead_letter_queue=sqs.DeadLetterQueue(max_receive_count=5, queue=dead_letters),
        # or, for the dead-letter queue
        retention_period=cdk.Duration.days(14),
    """
    queue = mapping.target("EventSourceArn")
    if queue is None or queue.type != QUEUE:
        return
    dead = named_target(queue, QUEUE, "RedrivePolicy", "deadLetterTargetArn")
    if dead is None:
        if not queue.text("RedrivePolicy", "deadLetterTargetArn"):
            yield queue, "has no dead-letter queue"
    elif queue.plain("FifoQueue") is not True and _retention(dead) <= _retention(queue):
        yield (
            dead,
            f"retains messages no longer than {queue.path}, counted from the first send",
        )


def _retention(queue: Resource) -> int:
    """Return the seconds for which a queue retains messages."""
    return int(queue.plain("MessageRetentionPeriod", default=345600))


@rule("TAP323", "run", MAPPING)
def streams_move_on(mapping: Resource) -> Iterator[str]:
    """Stream event sources limit retries, split failed batches, and keep failed records.

    By default, one record that always fails blocks its shard for a day and is then lost.
    Limits: Kafka and DocumentDB are not judged as event sources.
    https://docs.aws.amazon.com/lambda/latest/dg/services-dynamodb-errors.html

        bisect_batch_on_error=True,
        max_record_age=cdk.Duration.hours(6),
        retry_attempts=5,
        # or, for the destination
        on_failure=event_sources.SqsDlq(dead_letters),
    """
    if mapping.get("StartingPosition") is None or any(map(mapping.get, NO_STREAM)):
        return
    for name in ("MaximumRetryAttempts", "MaximumRecordAgeInSeconds"):
        if mapping.plain(name, default=-1) == -1:
            yield f"has no {name}"
    if mapping.plain("BisectBatchOnFunctionError") is not True:
        yield "does not split a failed batch"
    if not mapping.get("DestinationConfig", "OnFailure", "Destination"):
        yield "has no failure destination"


@rule("TAP324", "run", MAPPING)
def batches_fail_in_part(mapping: Resource) -> Iterator[str]:
    """Event sources report failures of single records, and so do their handlers.

    One failed record causes the whole batch to be retried. If only the setting is present and the
    handler does not return failures, the failed record is lost.
    Limits: Code is searched for batchItemFailures or a batch processor of Powertools; its logic is
    not judged.
    https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html#services-sqs-batchfailurereporting

        report_batch_item_failures=True,  # and the handler returns {"batchItemFailures": [...]}
    """
    function, source = mapping.target("FunctionName"), mapping.target("EventSourceArn")
    if function not in mapping.app.own_functions or source is None or function is None:
        return
    if source.type not in {QUEUE, TABLE, STREAM} or mapping.plain("BatchSize") == 1:
        return  # without another record in the batch, nothing else is retried
    if "ReportBatchItemFailures" not in mapping.items("FunctionResponseTypes"):
        if source.type != QUEUE and mapping.plain("BisectBatchOnFunctionError") is True:
            return  # the batch is split until the record is alone
        yield "does not report failures of single records"
        return
    found = handler(function)
    if found is not None and found.source and not _reports_failures(function):
        yield f"{found.file} does not return batchItemFailures"


def _reports_failures(function: Resource) -> bool:
    """Return whether the handler, or a module beside it, returns failures of single records."""
    found, content = handler(function), files(function, "Code")
    if found is None:
        return True
    texts = [found.source]
    if is_python(function):
        texts += reachable(function, found, standard(function)).sources.values()
    elif content is not None:
        end = INLINE.get(runtime(function)[0], found.file).rpartition(".")[2]
        texts += [content.read(name) for name in sorted(content.names) if name.endswith(end)]
    return any(word in text for text in texts for word in PARTIAL)


def _callers(function: Resource) -> list[Resource]:
    """Return the resources that invoke a function asynchronously."""
    app = function.app
    found = [each for each in app.resources(RULE) if function in _targets(each)]
    found += [each for each in app.resources(SCHEDULE) if each.target("Target", "Arn") is function]
    for each in app.resources(CUSTOM, BUCKET):
        found += [each for n in _notifications(each) if n.target is function]
    return found + app.users(function, "AWS::SNS::Subscription", "Endpoint")


def _targets(events: Resource) -> list[Resource | None]:
    """Return the targets of a rule that are known at synth."""
    try:
        texts = [events.template.text(each.get("Arn")) for each in events.items("Targets")]
    except NotJudged:
        return []
    return [events.app.named(text) for text in texts]


def _notifications(resource: Resource) -> list[Notification]:
    """Return the notifications of a bucket that are known at synth."""
    try:
        return list(notifications(resource))
    except NotJudged:
        return []


@rule("TAP325", "silent", OWN_FUNCTION)
def failed_events_are_kept(function: Resource) -> Iterator[str]:
    """Functions that are invoked asynchronously keep the events that fail.

    Lambda discards an event after three attempts.
    Limits: Callers in other apps, and asynchronous invocations by code, are not seen.
    https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html

        function.configure_async_invoke(on_failure=destinations.SqsDestination(queue))
    """
    if callers := _callers(function):
        kept = function.app.users(function, "AWS::Lambda::EventInvokeConfig", "FunctionName")
        if not function.get("DeadLetterConfig") and not any(
            c.get("DestinationConfig", "OnFailure") for c in kept
        ):
            yield f"is invoked by {callers[0].path}, and has no failure destination"


@rule("TAP326", "silent", RULE)
def undelivered_events_are_kept(events: Resource) -> Iterator[str | tuple[Resource, str]]:
    """Event rules keep undeliverable events, and EventBridge may write to their queues.

    CDK adds a statement to the queue policy but not to the key policy: undeliverable events are
    lost.
    Limits: Only targets that are functions, or queues that functions of this app poll, need a
    dead-letter queue.
    https://github.com/aws/aws-cdk/issues/20804

        dead_letter_config=events.CfnRule.DeadLetterConfigProperty(arn=dead_letters.queue_arn),
        # or, for the queue's key
        key.add_to_resource_policy(
            iam.PolicyStatement(
                principals=[iam.ServicePrincipal("events.amazonaws.com")],
                actions=["kms:Decrypt", "kms:GenerateDataKey"],
                resources=["*"],
            )
        )
        # or, for the queue's policy
        queue.add_to_resource_policy(
            iam.PolicyStatement(
                principals=[iam.ServicePrincipal("events.amazonaws.com")],
                actions=["sqs:SendMessage"],
                resources=[queue.queue_arn],
                conditions={"ArnEquals": {"aws:SourceArn": rule.attr_arn}},
            )
        )
    """
    app = events.app
    for target in events.items("Targets"):
        place = app.named(events.template.text(target.get("Arn")))
        dead = app.named(events.template.text((target.get("DeadLetterConfig") or {}).get("Arn")))
        if place and not target.get("DeadLetterConfig") and _leads_to_a_function(place):
            yield "has no dead-letter queue"
        for queue in (place, dead):
            if queue is None or queue.type != QUEUE:
                continue
            if not service_may(app, "events", "sqs:SendMessage", queue, events):
                yield queue, f"its policy does not allow {events.path} to send messages"
            yield from _service_key(queue, "events", events)


def _leads_to_a_function(place: Resource) -> bool:
    """Return whether a target is a function, or a queue that a function of this app polls."""
    read = place.type == QUEUE and place.app.users(place, MAPPING, "EventSourceArn")
    return place.type == FUNCTION or bool(read)


def _service_key(queue: Resource, service: str, source: Resource) -> Iterator[tuple[Resource, str]]:
    key = key_of(queue)
    if is_closed(key):
        yield queue, f"is encrypted with {key}, whose policy can't grant {service} access"
    elif isinstance(key, Resource):
        for action in ("kms:Decrypt", "kms:GenerateDataKey"):
            if not service_may(queue.app, service, action, key, source):
                yield key, f"does not allow {service}.amazonaws.com {action} for {queue.path}"


@rule("TAP327", "silent", SCHEDULE)
def schedules_can_call(schedule: Resource) -> Iterator[str]:
    """Schedules may call their target, and keep undeliverable calls.

    Scheduler uses its execution role for every call: a call that the role does not allow is dropped
    silently.
    Limits: The permission to call is only checked for functions.
    https://docs.aws.amazon.com/scheduler/latest/UserGuide/configuring-schedule-dlq.html

        role.add_to_policy(
            iam.PolicyStatement(actions=["sqs:SendMessage"], resources=[dead_letters.queue_arn])
        )
        # or, for the queue's key
        key.grant_encrypt_decrypt(role)  # or a statement with kms:ViaService
    """
    role, target = schedule.target("Target", "RoleArn"), schedule.target("Target", "Arn")
    queue = schedule.target("Target", "DeadLetterConfig", "Arn")
    if (
        role
        and target
        and target.type == FUNCTION
        and not may(role, "lambda:InvokeFunction", _target_arns(schedule))
    ):
        yield f"its role does not allow lambda:InvokeFunction on {target.path}"
    if not schedule.get("Target", "DeadLetterConfig"):
        yield "has no dead-letter queue"
    if role and queue:
        if not role_may(role, "sqs:SendMessage", queue):
            yield f"its role does not allow sqs:SendMessage on {queue.path}"
        key = key_of(queue)
        if isinstance(key, Resource):
            for action in ("kms:Decrypt", "kms:GenerateDataKey"):
                if not key_allows_role(key, role, action, "sqs"):
                    yield f"its role does not allow {action} on {key.path}, the key of {queue.path}"


def _target_arns(schedule: Resource) -> tuple[str, ...]:
    """Return the ARNs of the target of a schedule: of a function, or of its alias."""
    return arns_of(schedule.app, schedule.text("Target", "Arn"))


@rule("TAP328", "cost", RULE, SCHEDULE)
def schedules_name_their_minute(schedule: Resource) -> Iterator[str]:
    """Schedules that define an hour define the minute.

    cron(* 3 * * ? *) runs sixty times between 3:00 and 4:00.
    Limits: Lists and ranges of minutes, such as 0-59, are accepted.
    https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-scheduled-rule-pattern.html

        minute="0", hour="3",
    """
    fields = schedule.text("ScheduleExpression").removeprefix("cron(").split()
    if (
        schedule.text("ScheduleExpression").startswith("cron(")
        and fields[0] == "*"
        and fields[1] != "*"
    ):
        yield f"{schedule.text('ScheduleExpression')} runs every minute of its hour"


def _ways_to(function: Resource) -> set[Resource | None]:
    """Return the function, the queues that it polls, and the topics that send to any of them."""
    app = function.app
    mappings = app.users(function, MAPPING, "FunctionName")
    ways = {function, *(mapping.target("EventSourceArn") for mapping in mappings)} - {None}
    subscriptions = list(app.resources("AWS::SNS::Subscription"))
    return ways | {s.target("TopicArn") for s in subscriptions if s.target("Endpoint") in ways}


def _writes(role: Resource, action: str) -> list[str]:
    """Return the ARNs on which a role allows an action on objects."""
    allowed = [statement for statement in of_role(role) if statement.effect == "Allow"]
    puts = [s for s in allowed if any(covers(a, action) for a in s.actions)]
    return [pattern for statement in puts for pattern in statement.resources]


@dataclass(frozen=True)
class Keys:
    """The keys of objects whose events invoke a function: all with this start and end."""

    prefix: str = ""
    suffix: str = ""
    but: tuple[str, ...] = ()  # prefixes that are left out

    def meet(self, pattern: str) -> bool:
        """Return whether a pattern of keys, such as `results/*`, matches one of them."""
        start, end = pattern.partition("*")[0], pattern.rpartition("*")[2]
        if any(prefix and start.startswith(prefix) for prefix in self.but):
            return False
        starts = start.startswith(self.prefix) or self.prefix.startswith(start)
        return starts and (end.endswith(self.suffix) or self.suffix.endswith(end))


def _keys(events: Resource) -> list[Keys]:
    """Return the keys that an EventBridge rule on S3 matches."""
    try:
        given = events.items("EventPattern", "detail", "object", "key")
    except NotJudged:
        return []
    return [_key(each) for each in given] or [Keys()]


def _key(pattern: Any) -> Keys:
    """Return the keys that one pattern of an EventBridge rule matches."""
    if not isinstance(pattern, dict):
        return Keys(str(pattern), str(pattern))
    if isinstance(wildcard := pattern.get("wildcard"), str):
        return Keys(wildcard.partition("*")[0], wildcard.rpartition("*")[2])
    besides = pattern.get("anything-but")
    but = besides.get("prefix", ()) if isinstance(besides, dict) else ()
    found = (pattern.get(name) for name in ("prefix", "suffix"))
    prefix, suffix = (each if isinstance(each, str) else "" for each in found)
    return Keys(prefix, suffix, tuple(as_list(but)))


def _causes(names: Iterable[str]) -> set[str]:
    """Return the actions on objects that cause events with these names."""
    return {action for name in names for event, action in CAUSES.items() if name.startswith(event)}


def _rule_causes(events: Resource) -> set[str]:
    """Return the actions on objects that cause events that an EventBridge rule matches."""
    kinds = events.items("EventPattern", "detail-type")
    if not kinds or not all(isinstance(kind, str) for kind in kinds):
        return set(CAUSES.values())
    return _causes(kinds)


@rule("TAP329", "cost", OWN_FUNCTION)
def workers_do_not_feed_themselves(function: Resource) -> Iterator[str]:
    """Functions don't write to their own event source.

    Each object or item that the function writes invokes it again. Lambda stops some of these loops
    after 16 invocations, but never those through a DynamoDB stream.
    Limits: Loops through other functions, or through messages that a function sends, are not
    detected.
    https://docs.aws.amazon.com/lambda/latest/dg/with-s3-example.html

        "object": {"key": [{"prefix": "incoming/"}]},  # in the event pattern
        # or, for a stream
        filters=[lambda_.FilterCriteria.filter(inserted)],  # {"eventName": ["INSERT"]}
    """
    app, role = function.app, role_of(function)
    if role is None or not functions_of(role):
        return
    ways = _ways_to(function)
    sources: list[tuple[Resource | None, Keys, set[str]]] = []
    for events in app.resources(RULE):
        if ways & set(_targets(events)):
            bucket = named_target(events, BUCKET, "EventPattern", "detail", "bucket", "name")
            sources += [(bucket, keys, _rule_causes(events)) for keys in _keys(events)]
    for each in app.resources(BUCKET, CUSTOM):
        for n in _notifications(each):
            if n.target in ways:
                sources.append((n.bucket, Keys(n.prefix, n.suffix), _causes(n.events)))
    for bucket, keys, actions in sources:
        patterns = [pattern for action in sorted(actions) for pattern in _writes(role, action)]
        for written in dict.fromkeys(_written(bucket, patterns)):
            if keys.meet(written):
                read = f"{keys.prefix}*{keys.suffix}"
                yield f"is invoked for {read} in {bucket}, and can write {written} there"
    statements = of_role(role)
    for mapping in app.users(function, MAPPING, "FunctionName"):
        table = mapping.target("EventSourceArn")
        if not table or table.type != TABLE or mapping.get("FilterCriteria"):
            continue
        if any(permits(statements, action, table.arns) for action in WRITES):
            yield f"reads the stream of {table.path} without a filter, and can write to it"


def _written(bucket: Resource | None, patterns: Iterable[str]) -> Iterator[str]:
    """Yield the patterns of keys in a bucket that resource patterns match."""
    for pattern in patterns:
        for arn in bucket.arns if bucket else ():
            if pattern.startswith(f"{arn}/"):
                yield pattern.removeprefix(f"{arn}/")


@rule("TAP330", "silent", RULE)
def buckets_send_their_events(events: Resource) -> Iterator[tuple[Resource, str]]:
    """Buckets send the events that a rule matches to EventBridge.

    A rule that matches events no one sends is valid, and never runs.
    Limits: Patterns that name no bucket, or a bucket of another app, are not judged.
    https://docs.aws.amazon.com/AmazonS3/latest/userguide/enable-event-notifications-eventbridge.html

        cfn_bucket = bucket.node.default_child
        cfn_bucket.notification_configuration = s3.CfnBucket.NotificationConfigurationProperty(
            event_bridge_configuration=s3.CfnBucket.EventBridgeConfigurationProperty(
                event_bridge_enabled=True
            )
        )
    """
    if "aws.s3" not in events.text("EventPattern", "source"):
        return
    bucket = events.target("EventPattern", "detail", "bucket", "name")
    if bucket is None or bucket.type != BUCKET:
        return
    switch = ("NotificationConfiguration", "EventBridgeConfiguration")
    helpers = events.app.users(bucket, "Custom::S3BucketNotifications", "BucketName")
    sends = [helper for helper in helpers if helper.get(*switch) is not None]
    if not sends and bucket.plain(*switch, "EventBridgeEnabled") is not True:
        yield bucket, f"sends no events to EventBridge, but {events.path} matches them"


@rule("TAP331", "silent", "AWS::SNS::Subscription")
def subscribed_queues_accept_messages(subscription: Resource) -> Iterator[tuple[Resource, str]]:
    """Queues subscribed to a topic allow SNS in their policy and key.

    SNS discards messages that it can't deliver, and the AWS managed key can't grant it access.
    Limits: Queues and topics of other apps are not judged.
    https://docs.aws.amazon.com/sns/latest/dg/subscribe-sqs-queue-to-sns-topic.html

        topic.add_subscription(subscriptions.SqsSubscription(queue))  # writes both statements
    """
    queue, topic = subscription.target("Endpoint"), subscription.target("TopicArn")
    if queue is None or queue.type != QUEUE or topic is None:
        return
    if not service_may(subscription.app, "sns", "sqs:SendMessage", queue, topic):
        yield queue, f"its policy does not allow {topic.path} to send messages"
    yield from _service_key(queue, "sns", topic)


@rule("TAP318", "deploy", OWN_FUNCTION)
def sources_can_be_polled(function: Resource) -> Iterator[str]:
    """Function roles may read the queues and streams that Lambda polls for them.

    Lambda polls event sources with the function's role, and does not create an event source mapping
    without the permissions: "The provided execution role does not have permissions to call
    ReceiveMessage on SQS".
    Limits: Kafka, MQ and DocumentDB are not judged as event sources.
    https://docs.aws.amazon.com/lambda/latest/dg/lambda-intro-execution-role.html

        role.add_to_policy(
            iam.PolicyStatement(
                actions=["sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage"],
                resources=[queue.queue_arn],
            )
        )
    """
    role = role_of(function)
    if role is None:
        return  # TAP304 reports it
    for need in lambda_needs(function):
        failure = need.why.startswith("failures")  # TAP312 reports it
        if not need.optional and not failure and not may(role, need.action, need.arns):
            yield f"its role does not allow {need.action} on {need.arns[0]} ({need.why})"
