"""The worker: imports the object that each message names."""

import aws_cdk as cdk
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_lambda_event_sources as event_sources
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from infra.functions import Platform, WorkerFunction
from infra.storage import DOCUMENTS, INCOMING, Storage
from infra.table import Table


class Worker(Construct):
    """Lambda takes messages from a queue; what fails five times waits in another.

    The queue hides a message for six times the function's timeout, so that it is not delivered
    again while it is being worked on; five tries outlast a time without concurrency
    (https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html).
    """

{% include 'infra/worker/_function.py' %}
        storage.allow_read(self.function, INCOMING)
{% set waiting = 'Messages failed five times and wait here' %}
{% include 'infra/worker/_dead_letters.py' %}
        self.queue = sqs.Queue(
            self,
            "Queue",
            dead_letter_queue=sqs.DeadLetterQueue(max_receive_count=5, queue=self.dead_letters),
            enforce_ssl=True,
            retention_period=cdk.Duration.days(4),
            visibility_timeout=cdk.Duration.seconds(6 * settings.worker_function.timeout_seconds),
            **platform.encryption.queue,
        )
        self.function.allow(
            ["sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage"],
            [self.queue.queue_arn],
        )
        self.function.function.add_event_source(
            event_sources.SqsEventSource(
                self.queue,
                batch_size=2,  # documents that fit in the function's timeout
                max_concurrency=settings.worker_concurrency,
                report_batch_item_failures=True,
            )
        )
        platform.alarms.page(
            self,
            "MessagesAge",
            metric=self.queue.metric_approximate_age_of_oldest_message(
                statistic=cloudwatch.Stats.MAXIMUM
            ),
            threshold=5 * 6 * settings.worker_function.timeout_seconds,
            description="The oldest message has waited for as long as five tries take",
        )

    def widgets(self) -> list[cloudwatch.IWidget]:
        """What the dashboard shows of the worker."""
        return [
            *self.function.widgets("Worker", "ItemsImported"),
            cloudwatch.GraphWidget(
                title="Worker: queue",
                left=[self.queue.metric_approximate_number_of_messages_visible()],
                right=[
                    self.queue.metric_approximate_age_of_oldest_message(),
                    self.dead_letters.metric_approximate_number_of_messages_visible(),
                ],
                width=24,
            ),
        ]
