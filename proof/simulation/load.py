"""A model of load over simulated time: documents, workers, and a table with limited capacity.

The handlers are those of a rendered project, and their limits are read from its synthesized
template. Only AWS is modelled: the delivery of events, the duration of calls, and the capacity of
the table. The model never waits, and the same load gives the same result.
"""

from __future__ import annotations

import heapq
import importlib.util
import itertools
import json
import math
import random
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Set
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from io import BytesIO
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any
from unittest import mock

from botocore.exceptions import ClientError

from proof.stacks import Stack

# Duration of calls in seconds: 33 ms an item, as measured.
PUT_OBJECT, PUT_ITEM, GET_ITEM, GET_OBJECT = 0.023, 0.010, 0.005, 0.050
BURST_SECONDS = 300  # of unused provisioned capacity
# https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html
ASYNCHRONOUS_RETRY_SECONDS = (60, 120)
SECONDS_OF_A_DAY = 86_400


class Killed(BaseException):
    """The function's timeout ended the invocation, and none of its code runs any more."""


class Process:
    """A thread that the clock schedules."""

    def __init__(self) -> None:
        self.gate = threading.Lock()
        self.gate.acquire()
        self.deadline = math.inf


class Clock:
    """Simulated time for processes, which run one at a time."""

    def __init__(self) -> None:
        self.now = 0.0
        self._waiting: list[tuple[float, int, Process]] = []
        self._order = itertools.count()
        self._running: Process | None = None
        self._done = threading.Lock()
        self._failed: list[BaseException] = []

    def spawn(self, work: Callable[[], None]) -> None:
        """Start a process at the current time."""
        process = Process()

        def run() -> None:
            process.gate.acquire()
            try:
                work()
            except BaseException as error:  # `run` raises it
                self._failed.append(error)
            if self._waiting:
                self._switch()
            else:
                self._done.release()

        self._wait(self.now, process)
        threading.Thread(target=run, daemon=True).start()

    def run(self) -> None:
        """Run all processes until they end.

        Raises:
            BaseException: the exception of a process.
        """
        self._done.acquire()
        self._switch()
        self._done.acquire()
        if self._failed:
            raise self._failed[0]

    def sleep(self, seconds: float) -> None:
        """Let time pass in the running process.

        Raises:
            Killed: the deadline of the process passed.
        """
        process = self.process
        wake = min(self.now + seconds, process.deadline)
        killed = self.now + seconds > process.deadline
        if self._waiting and self._waiting[0][0] <= wake:
            self._wait(wake, process)
            self._switch()
            process.gate.acquire()
        else:
            self.now = wake
        if killed:
            raise Killed

    @property
    def process(self) -> Process:
        """The process that runs."""
        assert self._running is not None
        return self._running

    def _wait(self, until: float, process: Process) -> None:
        heapq.heappush(self._waiting, (until, next(self._order), process))

    def _switch(self) -> None:
        self.now, _, self._running = heapq.heappop(self._waiting)
        self._running.gate.release()


class Capacity:
    """Capacity of a table or an index: units a second, and unused units for bursts."""

    def __init__(self, clock: Clock, rate: float, burst: float) -> None:
        self._clock, self._rate, self._most = clock, rate, burst
        self._units, self._at = burst, 0.0

    def has(self, units: float) -> bool:
        self._units = min(self._most, self._units + (self._clock.now - self._at) * self._rate)
        self._at = self._clock.now
        return self._units >= units

    def take(self, units: float) -> None:
        self._units -= units


def throttled(operation: str) -> ClientError:
    code = "ProvisionedThroughputExceededException"
    return ClientError(
        {"Error": {"Code": code}, "ResponseMetadata": {"HTTPStatusCode": 400}}, operation
    )


@dataclass
class Table:
    """DynamoDB as the functions' client sees it, retries of the client included."""

    clock: Clock
    writes: tuple[Capacity, Capacity]  # of the table and of its index
    reads: Capacity
    attempts: int = 2
    random: random.Random = field(default_factory=lambda: random.Random(1))
    rows: dict[str, dict[str, Any]] = field(default_factory=dict)
    failed_conditions: int = 0

    @property
    def items(self) -> int:
        return sum(row["sk"] == "item" for row in self.rows.values())

    def put_item(self, Item: dict[str, Any], **condition: Any) -> None:
        """Put an item under one of the imports' conditions; a failed condition also consumes."""
        buckets = self.writes if "kind" in Item else self.writes[:1]
        size = sum(len(name) + len(str(value)) for name, value in Item.items())
        self._consume("PutItem", PUT_ITEM, math.ceil(size / 1024), *buckets)
        before = self.rows.get(Item["pk"])
        if before and ("imported" not in Item or before["imported"] >= Item["imported"]):
            self.failed_conditions += 1
            raise ClientError({"Error": {"Code": "ConditionalCheckFailedException"}}, "PutItem")
        self.rows[Item["pk"]] = Item

    def get_item(self, Key: dict[str, str], ConsistentRead: bool) -> dict[str, Any]:
        self._consume("GetItem", GET_ITEM, 1 if ConsistentRead else 0.5, self.reads)
        return {"Item": self.rows[Key["pk"]]} if Key["pk"] in self.rows else {}

    def _consume(self, operation: str, seconds: float, units: float, *buckets: Capacity) -> None:
        for attempt in range(self.attempts):
            self.clock.sleep(seconds)
            if all(bucket.has(units) for bucket in buckets):
                for bucket in buckets:
                    bucket.take(units)
                return
            if attempt < self.attempts - 1:
                self.clock.sleep(self.random.random() * 2**attempt)
        raise throttled(operation)


@dataclass
class Bucket:
    """S3 as the functions' client sees it."""

    clock: Clock
    incoming: dict[str, bytes]
    written: Counter[str] = field(default_factory=Counter)

    def get_object(self, Bucket: str, Key: str) -> dict[str, Any]:
        self.clock.sleep(GET_OBJECT)
        body = self.incoming[Key]
        return {
            "Body": BytesIO(body),
            "ContentLength": len(body),
            "LastModified": datetime(2026, 1, 1, tzinfo=UTC),
            "VersionId": "1",
        }

    def put_object(self, Key: str, **_: Any) -> None:
        self.clock.sleep(PUT_OBJECT)
        self.written[Key] += 1

    def delete_object(self, Key: str, **_: Any) -> None:
        self.clock.sleep(PUT_OBJECT)
        del self.incoming[Key]

    def get_paginator(self, _: str) -> Any:
        found = [{"Key": key, "ETag": "1", "Size": 1} for key in sorted(self.incoming)]
        return SimpleNamespace(paginate=lambda **_: [{"Contents": found}])


@dataclass
class Load:
    """Documents that are put at once, and the stack's AWS resources that process them."""

    stack: Stack
    documents: int
    items: int
    clock: Clock = field(default_factory=Clock)
    dead: list[str] = field(default_factory=list)
    tries: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        rows = [{"name": f"bolt {number}", "quantity": number} for number in range(self.items)]
        keys = [f"incoming/{number:03}.json" for number in range(self.documents)]
        self.bucket = Bucket(self.clock, dict.fromkeys(keys, json.dumps(rows).encode()))
        (table,) = self.stack.of_type("AWS::DynamoDB::Table").values()
        indexes = table.get("GlobalSecondaryIndexes", [table])
        self.table = Table(
            self.clock,
            writes=(self._capacity(table, "Write"), self._capacity(indexes[0], "Write")),
            reads=self._capacity(table, "Read"),
        )

    def _capacity(self, owner: dict[str, Any], kind: str) -> Capacity:
        """Return provisioned capacity without scaling, or the on-demand maximum without burst."""
        if "ProvisionedThroughput" in owner:
            rate = owner["ProvisionedThroughput"][f"{kind}CapacityUnits"]
            return Capacity(self.clock, rate, rate * BURST_SECONDS)
        rate = owner["OnDemandThroughput"][f"Max{kind}RequestUnits"]
        return Capacity(self.clock, rate, rate)

    @property
    def timeout(self) -> float:
        return float(self.stack.functions["worker.handler"]["Timeout"])

    @contextmanager
    def environments(self, project: Path) -> Iterator[Callable[[], ModuleType]]:
        """Yield a function that starts a new execution environment of the worker."""

        def client(_: str, config: Any = None) -> Bucket:
            return self.bucket

        def resource(_: str, config: Any = None) -> Any:
            assert config is not None, "the client has no timeouts"
            self.table.attempts = config.retries["total_max_attempts"]
            return SimpleNamespace(Table=lambda _: self.table)

        variables = {
            "AWS_DEFAULT_REGION": "us-east-1",
            "BUCKET_NAME": "bucket",
            "POWERTOOLS_LOG_LEVEL": "CRITICAL",
            "POWERTOOLS_METRICS_DISABLED": "true",
            "POWERTOOLS_METRICS_NAMESPACE": "load",
            "POWERTOOLS_SERVICE_NAME": "load",
            "POWERTOOLS_TRACE_DISABLED": "true",
            "TABLE_NAME": "table",
        }
        service = project / "service"
        with (
            mock.patch.dict("os.environ", variables),
            mock.patch("time.sleep", self.clock.sleep),
            mock.patch("boto3.client", client),
            mock.patch("boto3.resource", resource),
            mock.patch.object(sys, "path", [str(service), *sys.path]),
            _own_modules({file.stem for file in service.glob("*.py")}),
        ):

            def start() -> ModuleType:
                spec = importlib.util.spec_from_file_location("worker", service / "worker.py")
                assert spec is not None
                assert spec.loader is not None
                module = importlib.util.module_from_spec(spec)
                spec.loader.exec_module(module)
                return module

            yield start

    def invoke(self, handler: Callable[[Any, Any], Any], event: Any) -> Any:
        """Run a handler until it ends or times out.

        Raises:
            Killed: the timeout came first.
        """
        process = self.clock.process
        process.deadline = deadline = self.clock.now + self.timeout
        context = SimpleNamespace(
            function_name="worker",
            memory_limit_in_mb=512,
            invoked_function_arn="arn:aws:lambda:us-east-1:123456789012:function:worker",
            aws_request_id="1",
            get_remaining_time_in_millis=lambda: int((deadline - self.clock.now) * 1000),
        )
        try:
            return handler(event, context)
        finally:
            process.deadline = math.inf


@contextmanager
def _own_modules(names: Set[str]) -> Iterator[None]:
    """Import modules of these names afresh, and unload them afterwards."""
    for name in names:
        sys.modules.pop(name, None)
    try:
        yield
    finally:
        for name in names:
            sys.modules.pop(name, None)


@dataclass
class Message:
    """A message of a queue."""

    body: str
    visible: float = 0.0
    receives: int = 0


def through_queue(load: Load, project: Path, body: Callable[[str], str]) -> None:
    """Deliver an event of each document through the worker's queue, as Lambda polls it."""
    (mapping,) = load.stack.of_type("AWS::Lambda::EventSourceMapping").values()
    queues = load.stack.of_type("AWS::SQS::Queue")
    queue = queues[mapping["EventSourceArn"]["Fn::GetAtt"][0]]
    hidden, most = queue["VisibilityTimeout"], queue["RedrivePolicy"]["maxReceiveCount"]
    assert mapping["BatchSize"] == 1, "the model takes one message at a time"
    assert mapping["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    messages = {text: Message(text) for text in map(body, load.bucket.incoming)}

    def poll(worker: ModuleType) -> None:
        while messages:
            message = min(messages.values(), key=lambda each: each.visible)
            if message.visible > load.clock.now:
                load.clock.sleep(message.visible - load.clock.now)
                continue
            message.receives += 1
            if message.receives > most or load.clock.now > queue["MessageRetentionPeriod"]:
                load.dead.append(message.body)
                del messages[message.body]
                continue
            message.visible = load.clock.now + hidden
            load.tries[message.body] += 1
            record = {"messageId": "1", "eventSource": "aws:sqs", "body": message.body}
            try:
                answer = load.invoke(worker.handler, {"Records": [record]})
            except Killed:
                continue
            if not answer["batchItemFailures"]:
                messages.pop(message.body)

    with load.environments(project) as start:
        for _ in range(mapping["ScalingConfig"]["MaximumConcurrency"]):
            worker = start()
            load.clock.spawn(partial(poll, worker))
        load.clock.run()


def through_stream(load: Load, project: Path) -> None:
    """Deliver a record of each document through one shard of the table's stream, in order."""
    (mapping,) = load.stack.of_type("AWS::Lambda::EventSourceMapping").values()
    assert mapping["BatchSize"] == 1, "the model takes one record at a time"

    def poll(worker: ModuleType) -> None:
        for key in load.bucket.incoming:
            image = {"pk": {"S": key}, "sk": {"S": "item"}, "source": {"S": key}}
            record = {
                "eventID": key,
                "eventName": "INSERT",
                "eventSource": "aws:dynamodb",
                "dynamodb": {"NewImage": image, "SequenceNumber": key},
            }
            while load.tries[key] <= mapping["MaximumRetryAttempts"]:
                if load.clock.now > mapping["MaximumRecordAgeInSeconds"]:
                    break
                load.tries[key] += 1
                try:
                    answer = load.invoke(worker.handler, {"Records": [record]})
                except Killed:
                    continue
                if not answer["batchItemFailures"]:
                    break
            else:
                load.dead.append(key)
                continue
            if answer["batchItemFailures"]:
                load.dead.append(key)

    with load.environments(project) as start:
        worker = start()
        load.clock.spawn(lambda: poll(worker))
        load.clock.run()


def by_schedule(load: Load, project: Path, days: int) -> None:
    """Run the worker on its schedule, until nothing waits or this number of days is over."""
    (schedule,) = load.stack.of_type("AWS::Scheduler::Schedule").values()
    minutes = int(schedule["ScheduleExpression"].removeprefix("rate(").split()[0])

    def run(worker: ModuleType) -> None:
        for number in itertools.count():
            due = number * minutes * 60
            if not load.bucket.incoming or due > days * SECONDS_OF_A_DAY:
                return
            load.clock.sleep(max(0, due - load.clock.now))
            asynchronously(load, worker.handler, {}, f"run {number}")

    with load.environments(project) as start:
        worker = start()
        load.clock.spawn(lambda: run(worker))
        load.clock.run()


def asynchronously(load: Load, handler: Callable[[Any, Any], Any], event: Any, name: str) -> None:
    """Invoke a function with an event, and retry twice; then the event is a dead letter."""
    for pause in (*ASYNCHRONOUS_RETRY_SECONDS, None):
        load.tries[name] += 1
        try:
            load.invoke(handler, event)
        except (Killed, Exception):
            if pause is None:
                load.dead.append(name)
            else:
                load.clock.sleep(pause)
        else:
            return


def without_a_queue(load: Load) -> None:
    """Invoke a function for each document at once, as EventBridge does without a queue.

    Each try begins at the first item, and fails if the SDK's retries of a throttled call end.
    """
    load.table.attempts = 4  # of a client without settings

    def import_all(key: str, _: Any) -> None:
        rows = json.loads(load.bucket.get_object("bucket", key)["Body"].read())
        for position, row in enumerate(rows):
            item = f"{key}#{position}"
            load.bucket.put_object(Key=f"documents/{item}.json")
            try:
                load.table.put_item({"pk": item, "sk": "item", "kind": "item", **row})
            except ClientError as error:
                if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
                    raise

    for key in load.bucket.incoming:
        load.clock.spawn(partial(asynchronously, load, import_all, key, key))
    load.clock.run()
