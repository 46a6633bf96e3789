"""Alarms page for outages, notify of problems that can wait, and are silent otherwise.

Each scenario has the metrics that AWS would publish, for every kind of API and worker.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from proof import dependencies, variants
from proof.matrix import prover
from proof.simulation import cloudwatch
from proof.simulation.cloudwatch import ASSUMPTIONS, OK, Assumptions, Metrics
from proof.stacks import Stack, read_stacks
from proof.variants import Variant
from proof.warm_kernel import WarmProcess

HOUR = 60
KINDS = {
    f"{api}-{worker}": variants.by_id(
        f"{'none' if api == 'none' else f'{api}-iam'}.{worker}.on_demand.none.aws_managed.no_audit"
    )
    for api in ("rest", "http", "none")
    for worker in ("s3", "sqs", "stream", "schedule", "none")
    if (api, worker) != ("none", "none")
}


@dataclass(frozen=True)
class Deployed:
    """A project's first stack, and the project's folder."""

    stack: Stack
    project: Path


Deploy = Callable[[str], Deployed]


@pytest.fixture(scope="module")
def deploy(warm_synth: WarmProcess, tmp_path_factory: pytest.TempPathFactory) -> Deploy:
    """Return a function that synthesizes each kind of project once."""
    made: dict[str, Deployed] = {}

    def synthesized(kind: str) -> Deployed:
        if kind not in made:
            variant: Variant = KINDS[kind]
            project = prover.bake(variant, tmp_path_factory.mktemp("project"))
            dependencies.link(project, str(variant.answers["python_version"]))
            made[kind] = Deployed(read_stacks(warm_synth(project))[0], project)
        return made[kind]

    return synthesized


class Service:
    """The metrics that AWS publishes while a stack's service is used."""

    def __init__(self, stack: Stack) -> None:
        self.stack = stack
        self.metrics = Metrics()
        self.read = {n for alarm in cloudwatch.alarms(stack) for n in alarm.metrics.values()}
        self.waiting: dict[int, int] = {}
        kinds = {resource["Type"] for resource in stack.resources.values()}
        self.rest = "AWS::ApiGateway::RestApi" in kinds
        mappings = stack.of_type("AWS::Lambda::EventSourceMapping").values()
        if "AWS::Scheduler::Schedule" in kinds:
            self.worker = "schedule"
        else:
            self.worker = "stream" if any("StartingPosition" in m for m in mappings) else "queue"

    def _function(self, name: str, minute: int, count: int, failed: int, ms: float) -> None:
        self.metrics.add(f"AWS/Lambda Invocations {name}", minute, 1, count)
        self.metrics.add(f"AWS/Lambda Errors {name}", minute, 0, count - failed)
        self.metrics.add(f"AWS/Lambda Errors {name}", minute, 1, failed)
        self.metrics.add(f"AWS/Lambda Throttles {name}", minute, 0, count)
        self.metrics.add(f"AWS/Lambda Duration {name}", minute, ms, count)

    def requests(self, minute: int, count: int, *, failed: int = 0, ms: float = 80) -> None:
        """The API answers requests; the function raises an exception for each failed one."""
        name = "5XXError" if self.rest else "5xx"
        self.metrics.add("AWS/ApiGateway Count api", minute, 1, count)
        if self.rest:
            self.metrics.add(f"AWS/ApiGateway {name} api", minute, 0, count - failed)
        self.metrics.add(f"AWS/ApiGateway {name} api", minute, 1, failed)
        self.metrics.add("AWS/ApiGateway Latency api", minute, ms + 20, count)
        self._function("api", minute, count, failed, ms)
        self.metrics.add("AWS/DynamoDB ConsumedReadCapacityUnits table", minute, 0.5, count)
        self.metrics.add("AWS/S3 AllRequests bucket", minute, 1, count)
        self.metrics.add("AWS/S3 4xxErrors bucket", minute, 0, count)
        self.metrics.add("AWS/S3 5xxErrors bucket", minute, 0, count)

    def runs(self, minute: int, count: int, *, failed: int = 0, ms: float = 20_000) -> None:
        """The worker runs."""
        self._function("worker", minute, count, failed, ms)
        if self.worker == "stream":
            self.metrics.add("AWS/Lambda IteratorAge worker", minute, 2_000, count)
        if self.worker == "queue":
            self.metrics.add("AWS/SQS ApproximateAgeOfOldestMessage queue", minute, 30, count)

    def scheduled(self, start: int, end: int, *, failed: bool = False) -> None:
        """Runs every 15 minutes; Lambda retries a failed run twice."""
        for minute in range(start, end, 15):
            for wait in (0, 1, 3) if failed else (0,):
                self.runs(minute + wait, 1, failed=int(failed))
            if failed:
                self.dead_letter(minute + 4)

    def quiet(self, start: int, end: int) -> None:
        """Only the schedule starts runs."""
        if self.worker == "schedule":
            self.scheduled(start, end)

    def load(self, start: int, end: int, *, every: int = 0) -> None:
        """10 requests and one run a second; one in `every` fails, with 0 none."""
        for minute in range(start, end):
            failed = 1 if every else 0
            if self.has("api"):
                self.requests(minute, 600, failed=failed and 600 // every)
            if self.has("worker") and self.worker != "schedule":
                self.runs(minute, 60, failed=failed and max(1, 60 // every))
        self.quiet(start, end)

    def has(self, function: str) -> bool:
        """Return whether the stack has this function."""
        return any(f"{function}." in str(handler) for handler in self.stack.functions)

    def dead_letter(self, minute: int) -> None:
        """From a minute on, one more message is in the dead-letter queue."""
        self.waiting[minute] = self.waiting.get(minute, 0) + 1

    def bad_document(self, start: int) -> None:
        """One document can't be imported in any try."""
        tries = {
            "schedule": (0, 1, 3),
            "queue": (0, 30, 60, 90, 120),
            "stream": (0, 1, 2, 3, 4, 5),
        }[self.worker]
        for wait in tries:
            self.runs(start + wait, 1, failed=1)
        if self.worker == "stream":
            for wait in tries:
                ms = wait * 60_000
                self.metrics.add("AWS/Lambda IteratorAge worker", start + wait, ms)
        if self.worker == "queue":
            for wait in range(150):
                age = wait * 60
                self.metrics.add("AWS/SQS ApproximateAgeOfOldestMessage queue", start + wait, age)
        self.dead_letter(start + {"queue": 150}.get(self.worker, tries[-1] + 1))

    def publish(self, metric: str, minutes: Iterable[int], value: float, count: int = 1) -> None:
        """Publish a metric that an alarm reads.

        Raises:
            AssertionError: no alarm reads it, so the scenario would examine nothing.
        """
        assert metric in self.read, f"no alarm reads {metric}"
        for minute in minutes:
            self.metrics.add(metric, minute, value, count)

    def finish(self, minutes: int) -> None:
        """Publish the dead-letter queue's length, which has data after its first message."""
        if self.waiting:
            for minute in range(min(self.waiting), minutes):
                waiting = sum(n for arrived, n in self.waiting.items() if arrived <= minute)
                name = "AWS/SQS ApproximateNumberOfMessagesVisible dead letters"
                self.metrics.add(name, minute, waiting)


def night(service: Service) -> None:
    service.quiet(0, 8 * HOUR)


def normal_load(service: Service) -> None:
    service.load(0, 2 * HOUR)


def failed_request_at_night(service: Service) -> None:
    service.requests(100, 1, failed=1)


def failed_request_under_load(service: Service) -> None:
    service.load(0, 2 * HOUR)
    service.requests(61, 1, failed=1)


def failed_run(service: Service) -> None:
    """The second try succeeds."""
    service.quiet(0, 2 * HOUR)
    service.runs(61, 1, failed=1)
    service.runs(62, 1)


def burst_of_errors(service: Service) -> None:
    service.load(0, 60)
    for minute in range(60, 65):
        service.requests(minute, 600, failed=300)
    service.load(65, 3 * HOUR)


def burst_of_failed_runs(service: Service) -> None:
    service.quiet(0, 2 * HOUR)
    for minute in range(61, 66):
        service.runs(minute, 60, failed=30)
    if service.worker != "schedule":
        service.load(66, 3 * HOUR)


def burst_of_load(service: Service) -> None:
    service.load(0, 2 * HOUR)
    for minute in range(60, 65):
        for function in ("api", "worker"):
            if service.has(function):
                service.publish(f"AWS/Lambda Throttles {function}", [minute], 1, 20)
        for side in ("Read", "Write"):
            service.publish(f"AWS/DynamoDB {side}ThrottleEvents table", [minute], 1, 50)
            capacity = f"AWS/DynamoDB Consumed{side}CapacityUnits table"
            service.publish(capacity, [minute], 1, 60 * 99)
        if service.has("api"):
            service.requests(minute, 6000, failed=30)


def few_percent_of_requests(service: Service) -> None:
    service.load(0, 60)
    service.load(60, 90, every=50)


def few_percent_of_runs(service: Service) -> None:
    service.load(0, 60)
    for minute in range(60, 90):
        service.runs(minute, 300, failed=6)


def api_down(service: Service) -> None:
    service.load(0, 60)
    for minute in range(60, 120):
        service.requests(minute, 600, failed=600)


def api_down_at_night(service: Service) -> None:
    for minute in range(60, 120, 4):
        service.requests(minute, 1, failed=1)


def database_down(service: Service) -> None:
    """Every run fails, and every request does."""
    service.load(0, 60) if service.worker != "schedule" else service.quiet(0, 60)
    if service.worker == "schedule":
        service.scheduled(60, 180, failed=True)
    else:
        for minute in range(60, 120):
            service.runs(minute, 4, failed=4)
    if service.has("api"):
        for minute in range(60, 120):
            service.requests(minute, 600, failed=600)


def database_down_with_few_events(service: Service) -> None:
    """Two events an hour; every try fails."""
    for minute in range(0, 4 * HOUR, 30):
        service.bad_document(minute)


def schedule_stops(service: Service) -> None:
    service.scheduled(0, 4 * HOUR)


def dead_letter(service: Service) -> None:
    service.quiet(0, 4 * HOUR)
    service.dead_letter(100)


def dead_letter_while_one_waits(service: Service) -> None:
    service.quiet(0, 4 * HOUR)
    service.dead_letter(100)
    service.dead_letter(160)


def one_bad_document(service: Service) -> None:
    service.quiet(0, 4 * HOUR)
    service.bad_document(60)


def one_timeout(service: Service) -> None:
    service.load(0, 2 * HOUR)
    service.requests(60, 1, failed=1, ms=10_000)


def one_timeout_of_a_run(service: Service) -> None:
    service.quiet(0, 2 * HOUR)
    service.runs(61, 1, failed=1, ms=180_000)
    service.runs(65, 1)


def slow_cold_start(service: Service) -> None:
    service.requests(60, 1, ms=9_000)


def slow_requests(service: Service) -> None:
    service.load(0, 60)
    for minute in range(60, 90):
        service.requests(minute, 600, ms=6_000)


def long_runs(service: Service) -> None:
    service.quiet(0, 2 * HOUR)
    milliseconds = 1000 * service.stack.functions["worker.handler"]["Timeout"]
    for minute in range(0, 2 * HOUR, 2):
        service.runs(minute, 1, ms=0.95 * milliseconds)


def imports_that_stop_in_time(service: Service) -> None:
    """An import stops before the timeout, saves a checkpoint, and continues in the next try."""
    service.quiet(0, 2 * HOUR)
    milliseconds = 1000 * service.stack.functions["worker.handler"]["Timeout"]
    for minute in range(0, 2 * HOUR, 5):
        service.runs(minute, 1, ms=milliseconds - 38_000)


def queue_falls_behind(service: Service) -> None:
    for minute in range(4 * HOUR):
        service.publish("AWS/SQS ApproximateAgeOfOldestMessage queue", [minute], 60.0 * minute)


def backlog_of_a_burst(service: Service) -> None:
    """50 documents of one minute each, with two workers: the last waits for 25 minutes."""
    for minute in range(25):
        service.publish("AWS/SQS ApproximateAgeOfOldestMessage queue", [minute], 60.0 * minute)


def stream_falls_behind(service: Service) -> None:
    for minute in range(2 * HOUR):
        service.publish("AWS/Lambda IteratorAge worker", [minute], 60_000.0 * minute)


def table_near_its_ceiling(service: Service) -> None:
    name = "AWS/DynamoDB ConsumedWriteCapacityUnits table"
    (alarm,) = [each for each in cloudwatch.alarms(service.stack) if name in each.metrics.values()]
    service.publish(name, range(4 * HOUR), 1, 60)
    service.publish(name, range(60, 90), alarm.properties["Threshold"] / 5)


def requests_throttled(service: Service) -> None:
    service.publish("AWS/DynamoDB WriteThrottleEvents table", range(60, 90), 1, 10)


def one_operation_fails(service: Service) -> None:
    service.publish("AWS/DynamoDB SystemErrors PutItem", range(60, 90), 1, 3)


def errors_all_day(service: Service) -> None:
    for minute in range(0, 24 * HOUR, 20):
        service.requests(minute, 100)
        service.requests(minute, 1, failed=1)


def bucket_rejects_requests(service: Service) -> None:
    service.publish("AWS/S3 AllRequests bucket", range(60, 90), 1, 10)
    service.publish("AWS/S3 4xxErrors bucket", range(60, 90), 1, 10)


def object_not_found(service: Service) -> None:
    service.publish("AWS/S3 AllRequests bucket", range(0, 120, 4), 1)
    service.publish("AWS/S3 4xxErrors bucket", range(0, 120, 4), 1)


def event_lost_by_the_function(service: Service) -> None:
    service.quiet(0, 2 * HOUR)
    service.publish("AWS/Lambda DestinationDeliveryFailures worker", [60], 1)


def event_lost_by_the_rule(service: Service) -> None:
    service.publish("AWS/Events InvocationsFailedToBeSentToDlq rule", [60], 1)


def run_lost_by_the_schedule(service: Service) -> None:
    service.quiet(0, 2 * HOUR)
    name = "AWS/Scheduler InvocationsFailedToBeSentToDeadLetterCount group"
    service.publish(name, [60], 1)


API = ("rest", "http")
WORKER = ("s3", "sqs", "stream", "schedule")
ANY = (*API, *WORKER)
EVENTS = ("s3", "sqs", "stream")

# Scenario, answers that have it, number of pages, number of notifications (or a range).
SCENARIOS: list[tuple[Callable[[Service], None], tuple[str, ...], int, range]] = [
    (night, ANY, 0, range(1)),
    (normal_load, ANY, 0, range(1)),
    (failed_request_at_night, API, 0, range(2)),
    (failed_request_under_load, API, 0, range(2)),
    (failed_run, WORKER, 0, range(1)),
    (burst_of_errors, API, 0, range(2)),
    (burst_of_failed_runs, WORKER, 0, range(1)),
    (burst_of_load, ANY, 0, range(2)),
    (few_percent_of_requests, API, 1, range(2)),
    (few_percent_of_runs, EVENTS, 1, range(1)),
    (api_down, API, 1, range(2)),
    (api_down_at_night, API, 1, range(2)),
    (database_down, WORKER, 1, range(3)),
    (database_down_with_few_events, EVENTS, 1, range(9)),
    (schedule_stops, ("schedule",), 1, range(1)),
    (dead_letter, WORKER, 0, range(1, 2)),
    (dead_letter_while_one_waits, WORKER, 0, range(2, 3)),
    (one_bad_document, WORKER, 0, range(1, 2)),
    (one_timeout, API, 0, range(2)),
    (one_timeout_of_a_run, WORKER, 0, range(1)),
    (slow_cold_start, API, 0, range(1)),
    (slow_requests, API, 1, range(1)),
    (long_runs, WORKER, 0, range(1, 2)),
    (imports_that_stop_in_time, WORKER, 0, range(1)),
    (queue_falls_behind, ("s3", "sqs"), 1, range(1)),
    (backlog_of_a_burst, ("s3", "sqs"), 0, range(1)),
    (stream_falls_behind, ("stream",), 1, range(1)),
    (table_near_its_ceiling, ANY, 0, range(1, 2)),
    (requests_throttled, ANY, 0, range(1, 2)),
    (one_operation_fails, ANY, 0, range(1, 2)),
    (errors_all_day, API, 0, range(1, 2)),
    (bucket_rejects_requests, ANY, 0, range(1, 2)),
    (object_not_found, ANY, 0, range(1)),
    (event_lost_by_the_function, ("schedule",), 0, range(1, 2)),
    (event_lost_by_the_rule, ("s3",), 0, range(1, 2)),
    (run_lost_by_the_schedule, ("schedule",), 0, range(1, 2)),
]
# The schedule stops at the end of these, or runs beside them: an earlier end would page.
MINUTES: Mapping[Callable[[Service], None], int] = {
    schedule_stops: 8 * HOUR,
    errors_all_day: 24 * HOUR,
}


def outcome(
    deployed: Deployed, scenario: Callable[[Service], None], assumptions: Assumptions
) -> list[cloudwatch.Message]:
    """Return the messages of the stack's alarms in a scenario."""
    service = Service(deployed.stack)
    scenario(service)
    if service.worker == "schedule" and scenario is not schedule_stops:
        minutes = MINUTES.get(scenario, 4 * HOUR)
        ran = {
            minute
            for minute in range(minutes)
            if service.metrics.statistic("AWS/Lambda Invocations worker", "Sum", minute + 1, 1)
        }
        for minute in range(0, minutes, 15):
            if not ran & set(range(minute, minute + 15)):
                service.runs(minute, 1)
    minutes = MINUTES.get(scenario, 4 * HOUR)
    service.finish(minutes)
    examined = service.metrics.names & service.read
    assert examined or scenario is night, "no alarm reads the scenario's metrics"
    return cloudwatch.messages(deployed.stack, service.metrics, minutes, assumptions)


@pytest.mark.parametrize(
    ("kind", "scenario", "pages", "notifications"),
    [
        pytest.param(kind, scenario, pages, notifications, id=f"{scenario.__name__}-{kind}")
        for kind in KINDS
        for scenario, answers, pages, notifications in SCENARIOS
        if set(kind.split("-")) & set(answers)
    ],
)
def test_a_scenario_pages_or_notifies_as_intended(
    deploy: Deploy,
    kind: str,
    scenario: Callable[[Service], None],
    pages: int,
    notifications: range,
) -> None:
    for assumptions in ASSUMPTIONS:
        sent = outcome(deploy(kind), scenario, assumptions)
        paged = [message for message in sent if message.pages]
        assert bool(paged) == bool(pages), (assumptions, sent)
        assert len(sent) - len(paged) in notifications, (assumptions, sent)
        assert OK not in {message.state for message in sent}, sent


@pytest.mark.parametrize("kind", KINDS)
def test_a_first_deployment_sends_nothing(deploy: Deploy, kind: str) -> None:
    """Alarms begin without data; the service is used from an hour later."""
    stack = deploy(kind).stack
    service = Service(stack)
    if service.has("worker"):
        for minute in range(HOUR, 2 * HOUR, 15):
            service.runs(minute, 1)
    if service.has("api"):
        for minute in range(HOUR, 2 * HOUR):
            service.requests(minute, 5)
    assert service.metrics.names & service.read
    for assumptions in ASSUMPTIONS:
        assert cloudwatch.messages(stack, service.metrics, 2 * HOUR, assumptions) == []


@pytest.mark.parametrize("kind", KINDS)
def test_the_runbook_lists_every_alarm(deploy: Deploy, kind: str) -> None:
    deployed = deploy(kind)
    page = (deployed.project / "docs" / "operations.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| ([A-Z]\w+/[\w/]+) \| (page|notification) \| ", page, flags=re.MULTILINE)
    outputs = deployed.stack.template["Outputs"]
    pages = outputs["AlarmTopicArn"]["Value"]
    listed = {
        alarm.path: "page" if alarm.properties["AlarmActions"] == [pages] else "notification"
        for alarm in cloudwatch.alarms(deployed.stack)
    }
    assert len(rows) == len(dict(rows))
    assert dict(rows) == listed


# The tables of AWS's page on missing data: X is breaching, 0 is not, - is missing.
@pytest.mark.parametrize("kind", KINDS)
def test_the_first_row_of_the_dashboard_has_every_alarm_and_numbers(
    deploy: Deploy, kind: str
) -> None:
    stack = deploy(kind).stack
    (dashboard,) = stack.of_type("AWS::CloudWatch::Dashboard").values()
    parts = dashboard["DashboardBody"]["Fn::Join"][1]
    names = (part if isinstance(part, str) else part.get("Fn::GetAtt", "-")[0] for part in parts)
    first = json.loads("".join(names))["widgets"][:3]
    assert sum(widget["width"] for widget in first) == 24
    shown = [alarm for widget in first for alarm in widget["properties"].get("alarms", ())]
    assert sorted(shown) == sorted(stack.of_type("AWS::CloudWatch::Alarm"))
    numbers = first[2]["properties"]
    assert numbers["setPeriodToTimeRange"] is True
    labels = [metric[-1]["label"] for metric in numbers["metrics"]]
    api, worker = kind.split("-")
    assert labels == ["Api: requests", "Api: 5xx"] * (api != "none") + [
        "WorkerFunction: runs",
        "WorkerFunction: failed runs",
    ] * (worker != "none")


@pytest.mark.parametrize("missing", ["missing", "ignore", "breaching", "notBreaching"])
@pytest.mark.parametrize(
    ("points", "datapoints", "states"),
    [
        ("0-X-X", 3, "OK OK OK OK"),
        ("0----", 3, "OK OK OK OK"),
        ("-----", 3, "INSUFFICIENT_DATA retained ALARM OK"),
        ("0XX-X", 3, "ALARM ALARM ALARM ALARM"),
        ("--X--", 3, "ALARM retained ALARM OK"),
        ("0-X-X", 2, "ALARM ALARM ALARM ALARM"),
        ("00X0X", 2, "ALARM ALARM ALARM ALARM"),
        ("0-X--", 2, "OK OK ALARM OK"),
        ("----0", 2, "OK OK ALARM OK"),
        ("---X-", 2, "ALARM retained ALARM OK"),
    ],
)
def test_missing_data_is_evaluated_as_cloudwatch_does(
    missing: str, points: str, datapoints: int, states: str
) -> None:
    treatments = ("missing", "ignore", "breaching", "notBreaching")
    expected = states.split()[treatments.index(missing)]
    breaching = [{"X": True, "0": False, "-": None}[point] for point in points]
    state = cloudwatch.next_state(breaching, 3, datapoints, missing, "retained")
    assert state == expected


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("FILL(a, 0)", [1, 0, 3]),
        ("a + b", [11, None, 33]),
        ("SUM(METRICS())", [11, 20, 33]),
        ("DIFF(b)", [None, 10, 10]),
        ("IF(b >= 20 || a * 2 >= 100, 100 * a / b, 0)", [0, None, 10]),
        ("IF(b > 10 && b < 25, 1, 0)", [0, 1, 0]),
    ],
)
def test_metric_math_is_evaluated_as_cloudwatch_does(
    expression: str, expected: list[float | None]
) -> None:
    """A gap in an operand is a gap in the result, except in FILL and SUM."""
    named: Mapping[str, Any] = {"a": [1.0, None, 3.0], "b": [10.0, 20.0, 30.0]}
    math = cloudwatch.MetricMath(named.__getitem__, named, 3, Assumptions())
    found = math.evaluate(expression)
    assert [round(x, 9) if x is not None else None for x in found] == pytest.approx(expected)


def test_unsupported_metric_math_is_rejected() -> None:
    math = cloudwatch.MetricMath(lambda _: [1.0], ["a"], 1, Assumptions())
    with pytest.raises(ValueError, match="'RATE' is not known"):
        math.evaluate("RATE(a)")


@pytest.mark.parametrize(
    ("statistic", "expected"),
    [
        ("Sum", 103),
        ("SampleCount", 100),
        ("Average", 1.03),
        ("Maximum", 4),
        ("Minimum", 1),
        ("p99", 1),
        ("p99.5", 4),
    ],
)
def test_statistics_cover_one_period(statistic: str, expected: float) -> None:
    metrics = Metrics()
    metrics.add("m", 5, 1, 99)
    metrics.add("m", 9, 4)
    metrics.add("m", 10, 1000)
    assert metrics.statistic("m", statistic, 10, 5) == pytest.approx(expected)
    assert metrics.statistic("m", statistic, 5, 5) is None
