"""The worker: imports each object that is put under incoming/."""

import aws_cdk as cdk
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_events as events
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda_event_sources as event_sources
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from infra.functions import Platform, WorkerFunction
from infra.storage import DOCUMENTS, INCOMING, Storage
from infra.table import Table


class Worker(Construct):
    """EventBridge puts an event of each new object on a queue, from which Lambda takes it.

    The bucket sends its events to EventBridge, which is a property of the bucket itself; S3's own
    notifications would take a helper function of CDK's. Results go under another prefix, which
    the rule does not match, so the worker can't trigger itself.

    The queue bounds how many objects are imported at once, whatever is uploaded: the table serves
    so many writes, and the account so many functions. It hides a message for six times the
    function's timeout, so that it is not delivered again while it is being worked on
    (https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html).

    Two things can fail, and both end in the same dead-letter queue: the event does not reach the
    queue (EventBridge puts it there), or five tries to import fail (SQS does).
    """

{% include 'infra/worker/_function.py' %}
        storage.allow_read(self.function, INCOMING)
{% set waiting = 'Objects could not be imported; their events wait here' %}
{% include 'infra/worker/_dead_letters.py' %}
{% include 'infra/worker/_queue.py' %}
        self._send_events(storage.bucket)
        # CDK's target would let every rule of the account send to the queue.
        self.rule = events.CfnRule(
            self,
            "ObjectCreated",
            description=f"Objects created under {INCOMING} start the worker",
            event_pattern={
                "source": ["aws.s3"],
                "detail-type": ["Object Created"],
                "detail": {
                    "bucket": {"name": [storage.bucket.bucket_name]},
                    "object": {"key": [{"prefix": INCOMING}]},
                },
            },
            targets=[
                events.CfnRule.TargetProperty(
                    id="Queue",
                    arn=self.queue.queue_arn,
                    dead_letter_config=events.CfnRule.DeadLetterConfigProperty(
                        arn=self.dead_letters.queue_arn
                    ),
                    retry_policy=events.CfnRule.RetryPolicyProperty(
                        maximum_event_age_in_seconds=cdk.Duration.hours(6).to_seconds(),
                        maximum_retry_attempts=10,
                    ),
                )
            ],
        )
        for queue in (self.queue, self.dead_letters):
            queue.add_to_resource_policy(
                iam.PolicyStatement(
                    principals=[iam.ServicePrincipal("events.amazonaws.com")],
                    actions=["sqs:SendMessage"],
                    resources=[queue.queue_arn],
                    conditions={"ArnEquals": {"aws:SourceArn": self.rule.attr_arn}},
                )
            )
        platform.alarms.notify(
            self,
            "EventsLost",
            metric=cloudwatch.Metric(
                namespace="AWS/Events",
                metric_name="InvocationsFailedToBeSentToDlq",
                dimensions_map={"RuleName": self.rule.ref},
                statistic=cloudwatch.Stats.SUM,
            ),
            threshold=1,
            description="EventBridge could not put an event on the dead-letter queue: it is lost",
            evaluation_periods=1,
        )

{% include 'infra/worker/_queue_widgets.py' %}

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
