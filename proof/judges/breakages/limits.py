"""Breakages that leave limits without meaning."""

from __future__ import annotations

from collections.abc import Callable

from proof.judges.breakage import REMOVED, Breakage, Draft, has, setting
from proof.judges.breakages.types import (
    API_FUNCTION,
    FUNCTION,
    HTTP_STAGE,
    MAPPING,
    QUEUE,
    SCALABLE,
    SCALING,
    STAGE,
    TABLE,
    WORKER_FUNCTION,
)

SETTINGS, TRACKING = "MethodSettings.0", "TargetTrackingScalingPolicyConfiguration"


def _throttle(rate: float, burst: int) -> Callable[[Draft], None]:
    def change(draft: Draft) -> None:
        _, stage = draft.first(STAGE)
        stage["Properties"]["MethodSettings"][0] |= {
            "ThrottlingRateLimit": rate,
            "ThrottlingBurstLimit": burst,
        }

    return change


def _throttle_http(rate: float, burst: int) -> Callable[[Draft], None]:
    def change(draft: Draft) -> None:
        draft.edit(
            HTTP_STAGE,
            "DefaultRouteSettings",
            {"ThrottlingRateLimit": rate, "ThrottlingBurstLimit": burst},
        )

    return change


def _batch(draft: Draft) -> None:
    draft.edit(MAPPING, "BatchSize", 10_000)
    draft.edit(MAPPING, "MaximumBatchingWindowInSeconds", 300)


def _same(draft: Draft) -> None:
    _, target = draft.first(SCALABLE)
    target["Properties"]["MaxCapacity"] = target["Properties"]["MinCapacity"]


def _cache(draft: Draft) -> None:
    _, stage = draft.first(STAGE)
    stage["Properties"] |= {"CacheClusterEnabled": True, "CacheClusterSize": "0.5"}
    stage["Properties"]["MethodSettings"][0] |= {"CachingEnabled": True, "CacheTtlInSeconds": 3600}


def _breakage(
    name: str, text: str, change: Callable[[Draft], None], variant: str = "default"
) -> Breakage:
    return Breakage(f"limit-{name}", text, change, variant)


def _capacity(name: str, text: str, units: int) -> Breakage:
    value = {"MaxReadRequestUnits": units, "MaxWriteRequestUnits": units}
    return setting(f"limit-{name}", text, TABLE, "OnDemandThroughput", value)


ALL = (
    _breakage("throttle-1", "The API admits one request a second", _throttle(1, 1)),
    _breakage("throttle-million", "The API admits a million requests", _throttle(1e6, 1_000_000)),
    _breakage("throttle-0", "The API admits no request", _throttle(0, 0)),
    _breakage("throttle-1-http", "The API admits one request", _throttle_http(1, 1), "http"),
    _breakage(
        "throttle-million-http",
        "The API admits a million requests",
        _throttle_http(1e6, 1_000_000),
        "http",
    ),
    _breakage("batch", "A batch has ten thousand messages", _batch),
    setting("limit-batch-of-ten", "A batch has ten messages", MAPPING, "BatchSize", 10),
    setting(
        "limit-no-concurrency",
        "The worker's concurrency is unlimited",
        MAPPING,
        "ScalingConfig",
        REMOVED,
    ),
    setting(
        "limit-concurrency-thousand",
        "The worker may use the whole account",
        MAPPING,
        "ScalingConfig.MaximumConcurrency",
        1000,
        variant="http",
    ),
    _breakage("scaling-fixed", "The capacity can't grow", _same, "http"),
    setting(
        "limit-scaling-target",
        "Capacity grows when all is used",
        SCALING,
        f"{TRACKING}.TargetValue",
        100,
        variant="http",
    ),
    setting(
        "limit-scaling-low",
        "Capacity is five times the use",
        SCALING,
        f"{TRACKING}.TargetValue",
        1,
        variant="http",
    ),
    setting(
        "limit-scale-in",
        "Capacity never shrinks",
        SCALING,
        f"{TRACKING}.DisableScaleIn",
        True,
        variant="http",
    ),
    setting(
        "limit-scaling-metric",
        "Read capacity follows writes",
        SCALING,
        f"{TRACKING}.PredefinedMetricSpecification.PredefinedMetricType",
        "DynamoDBWriteCapacityUtilization",
        where=has(f"{TRACKING}.PredefinedMetricSpecification", "Read"),
        variant="http",
    ),
    setting(
        "limit-capacity-maximum",
        "The capacity may grow to the account's quota",
        SCALABLE,
        "MaxCapacity",
        40_000,
        variant="http",
    ),
    setting(
        "limit-timeout-3",
        "The API's function stops after three seconds",
        FUNCTION,
        "Timeout",
        3,
        where=API_FUNCTION,
    ),
    setting(
        "limit-timeout-3-worker",
        "The worker stops after three seconds",
        FUNCTION,
        "Timeout",
        3,
        where=WORKER_FUNCTION,
    ),
    setting("limit-timeout-default", "The timeout is the default", FUNCTION, "Timeout", REMOVED),
    setting("limit-memory", "The function has ten GiB", FUNCTION, "MemorySize", 10_240),
    setting(
        "limit-disk",
        "The function has a disk of ten GiB",
        FUNCTION,
        "EphemeralStorage",
        {"Size": 10_240},
    ),
    _breakage("cache", "Responses are cached without encryption", _cache),
    _capacity("capacity-1", "The table serves one request a second", 1),
    _capacity("capacity-million", "The table serves a million requests", 1_000_000),
    setting(
        "limit-data-key",
        "A data key is used for a day",
        QUEUE,
        "KmsDataKeyReusePeriodSeconds",
        86_400,
        where=has("RedrivePolicy"),
    ),
)
