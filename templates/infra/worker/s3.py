"""The worker: import each object uploaded to incoming/."""

import aws_cdk as cdk
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_events as events
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3
from constructs import Construct

from infra.bucket import Bucket
from infra.common import base_of
from infra.queue import Queue, tries_in_an_hour
from infra.table import Table
from infra.worker_function import WorkerFunction
from service.names import INCOMING
from tap_project.cdk import level_1, output


class Worker(Construct):
    """A function that processes the events of new objects, which EventBridge puts on a queue.

    The bucket sends its events to EventBridge, which is a property of the bucket; S3's own
    notifications would take a CDK helper function. The function writes under another prefix, which
    the rule does not match, so it can't trigger itself. The queue limits how many objects are
    imported at once, whatever is uploaded.

    Two things can fail, and both end in the same dead-letter queue: the event does not reach the
    queue (EventBridge puts it there), or five tries to import fail (SQS does).
    """

    def __init__(
        self, scope: Construct, construct_id: str, *, table: Table, bucket: Bucket
    ) -> None:
        super().__init__(scope, construct_id)
        base = base_of(self)
        settings = base.settings.worker
        # https://github.com/aws/aws-cdk/issues/20804
        base.encryption.allow_service(
            "EventBridge",
            "events.amazonaws.com",
            ["kms:Decrypt", "kms:GenerateDataKey"],
            {"StringEquals": {"aws:SourceAccount": base.account}},
        )
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
            waiting="Objects could not be imported; their events wait here",
        )
        queue.feed(function, concurrency=settings.concurrency)
        level_1(
            bucket, s3.CfnBucket
        ).notification_configuration = s3.CfnBucket.NotificationConfigurationProperty(
            event_bridge_configuration=s3.CfnBucket.EventBridgeConfigurationProperty(
                event_bridge_enabled=True
            )
        )
        rule = self._send_events(bucket, queue)
        base.alarms.notify(
            self,
            "EventsLost",
            metric=cloudwatch.Metric(
                namespace="AWS/Events",
                metric_name="InvocationsFailedToBeSentToDlq",
                dimensions_map={"RuleName": rule.ref},
                statistic=cloudwatch.Stats.SUM,
            ),
            threshold=1,
            description="EventBridge could not put an event on the dead-letter queue: it is lost",
            evaluation_periods=1,
        )
        output(self, f"{construct_id}RuleArn", rule.attr_arn, f"{construct_id}: its rule")

    def _send_events(self, bucket: Bucket, queue: Queue) -> events.CfnRule:
        """Add the rule; CDK's target would let every rule of the account send to the queue."""
        rule = events.CfnRule(
            self,
            "ObjectCreated",
            description=f"Objects created under {INCOMING} start the worker",
            event_pattern={
                "source": ["aws.s3"],
                "detail-type": ["Object Created"],
                "detail": {
                    "bucket": {"name": [bucket.bucket_name]},
                    "object": {"key": [{"prefix": INCOMING}]},
                },
            },
            targets=[
                events.CfnRule.TargetProperty(
                    id="Queue",
                    arn=queue.queue_arn,
                    dead_letter_config=events.CfnRule.DeadLetterConfigProperty(
                        arn=queue.dead_letters.queue_arn
                    ),
                    retry_policy=events.CfnRule.RetryPolicyProperty(
                        maximum_event_age_in_seconds=cdk.Duration.hours(6).to_seconds(),
                        maximum_retry_attempts=10,
                    ),
                )
            ],
        )
        for target in (queue, queue.dead_letters):
            target.add_to_resource_policy(
                iam.PolicyStatement(
                    principals=[iam.ServicePrincipal("events.amazonaws.com")],
                    actions=["sqs:SendMessage"],
                    resources=[target.queue_arn],
                    conditions={"ArnEquals": {"aws:SourceArn": rule.attr_arn}},
                )
            )
        return rule
