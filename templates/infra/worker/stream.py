"""The worker: import the object that each new item names."""

import aws_cdk as cdk
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_lambda_event_sources as event_sources
from constructs import Construct

from infra.bucket import Bucket
from infra.common import base_of
from infra.dead_letters import DeadLetterQueue
from infra.table import Table
from infra.worker_function import WorkerFunction
from service.names import INCOMING
from tap_project.cdk import acknowledge, output
from tap_project.permissions import allow, allow_keys, usable


class Worker(Construct):
    """A function that processes new items of the table's stream that name an object.

    The filter admits items with a `source` only, and the worker writes items without one, so it
    can't trigger itself. A record that fails is split off, tried five times more and then described
    in a queue, so that it doesn't block its shard.
    """

    def __init__(
        self, scope: Construct, construct_id: str, *, table: Table, bucket: Bucket
    ) -> None:
        super().__init__(scope, construct_id)
        base = base_of(self)
        settings = base.settings.worker
        function = WorkerFunction(
            self,
            "Function",
            handler="worker.handler",
            size=settings.function,
            uses={"TABLE_NAME": table, "BUCKET_NAME": bucket},
            counts="ItemsImported",
            period=cdk.Duration.minutes(5),
            outage=7,  # a record is tried six times
        )
        dead_letters = DeadLetterQueue(
            self,
            "DeadLetterQueue",
            waiting="Changes of the table could not be processed; their descriptions wait here",
        )
        acknowledge(dead_letters, "AwsSolutions-SQS3", "It is the dead-letter queue of events")
        allow(function.role, ["sqs:SendMessage"], [dead_letters.queue_arn])
        allow_keys(function.role, [usable(dead_letters)])
        allow(
            function.role,
            [
                "dynamodb:DescribeStream",
                "dynamodb:GetRecords",
                "dynamodb:GetShardIterator",
                "dynamodb:ListStreams",
            ],
            [f"{table.table_stream_arn}"],
        )
        new_source = {
            "eventName": lambda_.FilterRule.is_equal("INSERT"),
            "dynamodb": {"NewImage": {"source": {"S": lambda_.FilterRule.begins_with(INCOMING)}}},
        }
        function.resource.add_event_source(
            event_sources.DynamoEventSource(
                table,
                batch_size=1,  # a document may take the function's whole time
                bisect_batch_on_error=True,
                filters=[lambda_.FilterCriteria.filter(new_source)],
                max_record_age=cdk.Duration.hours(6),
                on_failure=event_sources.SqsDlq(dead_letters),
                report_batch_item_failures=True,
                retry_attempts=5,
                starting_position=lambda_.StartingPosition.TRIM_HORIZON,
            )
        )
        age = function.resource.metric("IteratorAge", statistic=cloudwatch.Stats.MAXIMUM)
        base.alarms.page(
            self,
            "StreamAge",
            metric=age,
            threshold=2 * 6 * settings.function.timeout_seconds * 1000,
            description="The worker lags behind the table by twice the time of six tries",
        )
        base.dashboard.add_widgets(
            cloudwatch.GraphWidget(
                title=f"{construct_id}: stream",
                left=[age],
                right=[dead_letters.metric_approximate_number_of_messages_visible()],
                width=24,
            )
        )
        stream_arn = f"{table.table_stream_arn}"
        output(self, f"{construct_id}StreamArn", stream_arn, f"{construct_id}: its stream")
