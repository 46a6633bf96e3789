"""The worker: imports the object that each new item names."""

import aws_cdk as cdk
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_lambda_event_sources as event_sources
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from infra.functions import Platform, WorkerFunction
from infra.storage import DOCUMENTS, INCOMING, Storage
from infra.table import Table


class Worker(Construct):
    """The table's stream calls the function for new items that name an object.

    The filter admits items with a `source` only, and what the worker writes has none, so it can't
    trigger itself. A record that fails is split off, tried five times more and then described
    in a queue, so that it doesn't hold up its shard.
    """

{% include 'infra/worker/_function.py' %}
        storage.allow_read(self.function, INCOMING)
{% set waiting = 'Changes of the table could not be worked on; what they were waits here' %}
{% include 'infra/worker/_dead_letters.py' %}
        cdk.Validations.of(self.dead_letters).acknowledge(
            cdk.Acknowledgment(
                id="AwsSolutions-SQS3", reason="It is itself the dead-letter queue, of events"
            )
        )
        self.function.allow(["sqs:SendMessage"], [self.dead_letters.queue_arn])
        self.function.allow(
            [
                "dynamodb:DescribeStream",
                "dynamodb:GetRecords",
                "dynamodb:GetShardIterator",
                "dynamodb:ListStreams",
            ],
            [f"{table.table.table_stream_arn}"],
        )
        self.function.function.add_event_source(
            event_sources.DynamoEventSource(
                table.table,
                batch_size=1,  # a document may take the function's whole time
                bisect_batch_on_error=True,
                filters=[
                    lambda_.FilterCriteria.filter(
                        {
                            "eventName": lambda_.FilterRule.is_equal("INSERT"),
                            "dynamodb": {
                                "NewImage": {
                                    "source": {"S": lambda_.FilterRule.begins_with(INCOMING)}
                                }
                            },
                        }
                    )
                ],
                max_record_age=cdk.Duration.hours(6),
                on_failure=event_sources.SqsDlq(self.dead_letters),
                report_batch_item_failures=True,
                retry_attempts=5,
                starting_position=lambda_.StartingPosition.TRIM_HORIZON,
            )
        )
        self._iterator_age = self.function.function.metric(
            "IteratorAge", statistic=cloudwatch.Stats.MAXIMUM
        )
        platform.alarms.page(
            self,
            "StreamAge",
            metric=self._iterator_age,
            threshold=2 * 6 * settings.worker_function.timeout_seconds * 1000,
            description="The worker is behind the table, by twice what six tries of a record take",
        )

    def widgets(self) -> list[cloudwatch.IWidget]:
        """What the dashboard shows of the worker."""
        return [
            *self.function.widgets("Worker", "ItemsImported"),
            cloudwatch.GraphWidget(
                title="Worker: stream",
                left=[self._iterator_age],
                right=[self.dead_letters.metric_approximate_number_of_messages_visible()],
                width=24,
            ),
        ]
