"""The worker: import the object that each message names."""

import aws_cdk as cdk
from constructs import Construct

from infra.bucket import Bucket
from infra.common import base_of
from infra.queue import Queue, tries_in_an_hour
from infra.table import Table
from infra.worker_function import WorkerFunction


class Worker(Construct):
    """A function that processes the messages of a queue."""

    def __init__(
        self, scope: Construct, construct_id: str, *, table: Table, bucket: Bucket
    ) -> None:
        super().__init__(scope, construct_id)
        settings = base_of(self).settings.worker
        function = WorkerFunction(
            self,
            "Function",
            handler="worker.handler",
            size=settings.function,
            uses={"TABLE_NAME": table, "BUCKET_NAME": bucket},
            counts="ItemsImported",
            period=cdk.Duration.minutes(5),
            outage=tries_in_an_hour(settings.function.timeout_seconds) + 1,
        )
        queue = Queue(
            self,
            "Queue",
            consumer_seconds=settings.function.timeout_seconds,
        )
        queue.feed(function, concurrency=settings.concurrency)
