"""The worker: imports each object that is put under incoming/."""

import aws_cdk as cdk
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from infra.functions import Platform, WorkerFunction
from infra.storage import DOCUMENTS, INCOMING, Storage
from infra.table import Table


class Worker(Construct):
    """EventBridge calls the function for each new object, and failures wait in a queue.

    The bucket sends its events to EventBridge, which is a property of the bucket itself; S3's own
    notifications would take a helper function of CDK's. Results go under another prefix, which
    the rule does not match, so the worker can't trigger itself.

    Two things can fail, and both end in the same queue: the event does not reach the function
    (EventBridge puts it there), or the function fails with it (Lambda does).
    """

{% include 'infra/worker/_function.py' %}
        storage.allow_read(self.function, INCOMING)
{% set waiting = 'Objects could not be imported; their events wait here' %}
{% include 'infra/worker/_dead_letters.py' %}
        cdk.Validations.of(self.dead_letters).acknowledge(
            cdk.Acknowledgment(
                id="AwsSolutions-SQS3", reason="It is itself the dead-letter queue, of events"
            )
        )
        self.function.send_failures_to(self.dead_letters, platform.alarms)
        self._send_events(storage.bucket)
        self.rule = events.Rule(
            self,
            "ObjectCreated",
            description=f"Objects created under {INCOMING} start the worker",
            event_pattern=events.EventPattern(
                source=["aws.s3"],
                detail_type=["Object Created"],
                detail={
                    "bucket": {"name": [storage.bucket.bucket_name]},
                    "object": {"key": [{"prefix": INCOMING}]},
                },
            ),
            targets=[
                targets.LambdaFunction(
                    self.function.function,
                    dead_letter_queue=self.dead_letters,
                    max_event_age=cdk.Duration.hours(6),
                    retry_attempts=10,
                )
            ],
        )
        platform.alarms.notify(
            self,
            "EventsLost",
            metric=cloudwatch.Metric(
                namespace="AWS/Events",
                metric_name="InvocationsFailedToBeSentToDlq",
                dimensions_map={"RuleName": self.rule.rule_name},
                statistic=cloudwatch.Stats.SUM,
            ),
            threshold=1,
            description="EventBridge could not put an event on the dead-letter queue: it is lost",
            evaluation_periods=1,
        )

    def widgets(self) -> list[cloudwatch.IWidget]:
        """What the dashboard shows of the worker."""
        return [
            *self.function.widgets("Worker", "ItemsImported"),
            cloudwatch.GraphWidget(
                title="Worker: dead letters",
                left=[self.dead_letters.metric_approximate_number_of_messages_visible()],
                width=24,
            ),
        ]

    @staticmethod
    def _send_events(bucket: s3.Bucket) -> None:
        """Switch EventBridge on; a rule that nobody sends events to would be silent."""
        cfn_bucket = bucket.node.default_child
        if not isinstance(cfn_bucket, s3.CfnBucket):
            raise TypeError(f"the bucket's default child is {cfn_bucket!r}, not a CfnBucket")
        cfn_bucket.notification_configuration = s3.CfnBucket.NotificationConfigurationProperty(
            event_bridge_configuration=s3.CfnBucket.EventBridgeConfigurationProperty(
                event_bridge_enabled=True
            )
        )
