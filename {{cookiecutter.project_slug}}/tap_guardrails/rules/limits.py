"""TAP37x: limits have an effect, and admit the work that they limit."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from tap_guardrails.calls import MAPPING, QUEUE, TABLE
from tap_guardrails.model import OWN_FUNCTION, Resource
from tap_guardrails.rule import rule
from tap_guardrails.rules.api import HTTP_STAGE, REST_STAGE
from tap_guardrails.rules.events import FUNCTION

SCALABLE = "AWS::ApplicationAutoScaling::ScalableTarget"
SCALING = "AWS::ApplicationAutoScaling::ScalingPolicy"
TRACKING = "TargetTrackingScalingPolicyConfiguration"


@dataclass(frozen=True)
class Range:
    """The useful values of a property, and the reasons for both ends.

    Args:
        path: the property, or the key in each element of a list; numbers in a path are not used.
        least: below it, the resource does no work.
        most: above it, the limit has no effect or another quota is reached first.
        unit: for the message.
        why: what `most` is.
    """

    path: tuple[str, ...]
    least: float
    most: float
    unit: str
    why: str


# https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html
RATE = "the quota of the account is 10,000 requests per second"
BURST = "the quota of the account is a burst of 5,000"
# https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ServiceQuotas.html
CAPACITY = "the quota of a table is 40,000 units"
RANGES: dict[str, tuple[Range, ...]] = {
    REST_STAGE: (
        Range(("MethodSettings", "ThrottlingRateLimit"), 2, 10_000, "requests per second", RATE),
        Range(("MethodSettings", "ThrottlingBurstLimit"), 2, 5_000, "requests at once", BURST),
    ),
    HTTP_STAGE: (
        Range(("DefaultRouteSettings", "ThrottlingRateLimit"), 2, 10_000, "requests/s", RATE),
        Range(("DefaultRouteSettings", "ThrottlingBurstLimit"), 2, 5_000, "at once", BURST),
    ),
    TABLE: (
        Range(("OnDemandThroughput", "MaxReadRequestUnits"), 2, 40_000, "units", CAPACITY),
        Range(("OnDemandThroughput", "MaxWriteRequestUnits"), 2, 40_000, "units", CAPACITY),
    ),
    MAPPING: (
        Range(
            ("ScalingConfig", "MaximumConcurrency"),
            2,
            500,
            "concurrent executions",
            "half of the account's quota of 1,000",
        ),
    ),
    FUNCTION: (
        # https://docs.aws.amazon.com/lambda/latest/dg/troubleshooting-deployment.html
        Range(("MemorySize",), 128, 3_008, "MiB", "the quota of a new account"),
        Range(("EphemeralStorage", "Size"), 512, 4_096, "MiB", "each invocation pays for it"),
    ),
    QUEUE: (
        Range(("DelaySeconds",), 0, 300, "s", "every message waits so long"),
        Range(("VisibilityTimeout",), 0, 21_600, "s", "a failed message waits so long"),
        Range(("MaximumMessageSize",), 262_144, 1_048_576, "bytes", "the quota of SQS"),
        Range(("KmsDataKeyReusePeriodSeconds",), 60, 3_600, "s", "a revoked key is in use so long"),
    ),
    SCALABLE: (Range(("MaxCapacity",), 1, 40_000, "units", CAPACITY),),
}


def _values(resource: Resource, path: tuple[str, ...]) -> Iterator[float]:
    *parents, last = path
    place: Any = resource.get(*parents) if parents else resource.properties
    for each in place if isinstance(place, list) else [place]:
        value = each.get(last) if isinstance(each, dict) else None
        if isinstance(value, str) and value.replace(".", "", 1).isdecimal():
            value = float(value)
        if isinstance(value, int | float) and not isinstance(value, bool):
            yield value


@rule("TAP371", "run", *RANGES, profile="house")
def limits_have_an_effect(resource: Resource) -> Iterator[str]:
    """Limits admit work, and are below the quotas that apply without them.

    A limit of one request stops the service; a limit above the account's quota limits nothing.
    Limits: Quotas are the defaults of an account, and can be higher after a request to AWS.
    https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html

        throttling_rate_limit=50, throttling_burst_limit=100,
        # or, for a function
        memory_size=512,
        # or, for a table
        max_read_request_units=1000,
        max_write_request_units=1000,
    """
    for limit in RANGES[resource.type]:
        for value in _values(resource, limit.path):
            name = limit.path[-1]
            if value < limit.least:
                yield f"{name} is {value:g} {limit.unit}, below {limit.least:g}"
            elif value > limit.most:
                yield f"{name} is {value:g} {limit.unit}: {limit.why}"


@rule("TAP372", "cost", MAPPING, profile="house")
def workers_are_bounded(mapping: Resource) -> Iterator[str]:
    """Functions that poll a queue have a maximum concurrency.

    A full queue otherwise takes all concurrent executions of the account, and every other function
    is throttled.
    Limits: FIFO queues, whose message groups limit the concurrency, are not judged.
    https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html

        max_concurrency=2,
    """
    source, function = mapping.target("EventSourceArn"), mapping.target("FunctionName")
    if source is None or source.type != QUEUE or source.plain("FifoQueue", default=False) is True:
        return
    if function is not None and function.get("ReservedConcurrentExecutions") is not None:
        return
    if mapping.get("ScalingConfig", "MaximumConcurrency") is None:
        yield "has no maximum concurrency"


@rule("TAP373", "run", MAPPING, profile="house")
def batches_are_finished_in_time(mapping: Resource) -> Iterator[str | tuple[Resource, str]]:
    """Batches of messages are small enough for one run, and hidden while they wait.

    The function gets one timeout for the whole batch. The visibility timeout also covers the time
    in which Lambda gathers it: six times the function's timeout, plus the batching window.
    Limits: The time that the function takes for a message is unknown.
    https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html

        - batch_size=10_000,  # 10 is the default
        # or, with a batching window
        - max_batching_window=...,  # or a visibility timeout that is longer by the window
    """
    queue, function = mapping.target("EventSourceArn"), mapping.target("FunctionName")
    if queue is None or queue.type != QUEUE or function is None:
        return
    size = mapping.plain("BatchSize", default=10)
    window = mapping.plain("MaximumBatchingWindowInSeconds", default=0)
    timeout = function.plain("Timeout", default=3)
    hidden = queue.plain("VisibilityTimeout", default=30)
    if size > 100:
        yield f"has batches of {size} messages, with {timeout} s for all of them"
    if window and hidden < 6 * timeout + window:
        yield queue, f"hides messages for {hidden} s, less than 6 x {timeout} + {window} s"


@rule("TAP374", "run", SCALABLE, SCALING)
def capacity_can_change(resource: Resource) -> Iterator[str]:
    """Capacity can grow and shrink, and follows its own use.

    DynamoDB accepts a target of 20 to 90 %. Without room between minimum and maximum nothing
    scales, and without scale-in the highest peak is paid forever.
    Limits: Only the scaling of DynamoDB by utilization is judged, and ranges of other targets.
    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/AutoScaling.html

        - disable_scale_in=True,
        # or
        - target_utilization_percent=100,  # 70 leaves room until the capacity has grown
        # or
        - max_capacity=5,  # more than min_capacity
    """
    if resource.type == SCALABLE:
        least, most = resource.plain("MinCapacity"), resource.plain("MaxCapacity")
        if isinstance(least, int) and isinstance(most, int) and least >= most:
            yield f"can't scale: its capacity is from {least} to {most}"
        return
    target = resource.target("ScalingTargetId")
    metric = str(resource.plain(TRACKING, "PredefinedMetricSpecification", "PredefinedMetricType"))
    if not metric.startswith("DynamoDB"):
        return
    percent = resource.plain(TRACKING, "TargetValue")
    if isinstance(percent, int | float) and not 20 <= percent <= 90:
        yield f"scales at {percent:g} % of the capacity, not between 20 and 90 %"
    if resource.plain(TRACKING, "DisableScaleIn", default=False) is True:
        yield "never reduces the capacity"
    dimension = str(target.plain("ScalableDimension")) if target else ""
    if dimension and ("Read" in dimension) != ("Read" in metric):
        yield f"changes {dimension} by {metric}"


@rule("TAP375", "run", OWN_FUNCTION, profile="house")
def timeouts_are_considered(function: Resource) -> Iterator[str]:
    """Functions have a timeout above the default of three seconds.

    A cold start with a call to AWS takes about as long, and a retried call longer.
    Limits: Whether the timeout suffices is unknown.
    https://docs.aws.amazon.com/lambda/latest/dg/configuration-timeout.html

        timeout=cdk.Duration.seconds(20),
    """
    if function.plain("Timeout", default=3) <= 3:
        yield f"stops after {function.plain('Timeout', default='the default of 3')} s"


@rule("TAP376", "security", REST_STAGE)
def caches_are_encrypted(stage: Resource) -> Iterator[str]:
    """Cached responses are encrypted.

    API Gateway stores the responses of all callers on a disk. Responses to requests that differ
    only in their caller are the same entry, unless the caller is part of the cache key.
    Limits: The cache keys are not judged.
    https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-caching.html

        cache_data_encrypted=True,
    """
    for setting in stage.items("MethodSettings"):
        if setting.get("CachingEnabled") is True and setting.get("CacheDataEncrypted") is not True:
            yield "caches responses without encryption"
            return
