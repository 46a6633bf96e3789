"""The worker: imports what lies under incoming/ every few minutes."""

import aws_cdk as cdk
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_iam as iam
from aws_cdk import aws_scheduler as scheduler
from aws_cdk import aws_scheduler_targets as targets
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from infra.functions import Platform, WorkerFunction
from infra.storage import DOCUMENTS, FAILED, INCOMING, Storage
from infra.table import Table


class Worker(Construct):
    """EventBridge Scheduler calls the function, and failures wait in a queue.

    The worker deletes what it has imported, moves what it can't use to another prefix, and writes
    its results under a third. Two things can fail, and both end in the same queue: Scheduler
    can't call the function, or the function fails.
    """

{% include 'infra/worker/_function.py' %}
        storage.allow_take(self.function, INCOMING)
        storage.allow_write(self.function, FAILED)
{% set waiting = 'Runs of the worker failed; their events wait here' %}
{% include 'infra/worker/_dead_letters.py' %}
        cdk.Validations.of(self.dead_letters).acknowledge(
            cdk.Acknowledgment(
                id="AwsSolutions-SQS3", reason="It is itself the dead-letter queue, of events"
            )
        )
        self.function.send_failures_to(self.dead_letters, platform.alarms)
        self._unusable = self.function.counted("ObjectsUnusable")
        platform.alarms.notify(
            self,
            "ObjectsUnusable",
            metric=self._unusable,
            threshold=1,
            description=f"Objects can't be imported; they are under {FAILED} now",
            evaluation_periods=1,
        )
        # Scheduler counts by group, and the default group is the account's. The L1 construct leaves
        # the name to CloudFormation.
        group = scheduler.CfnScheduleGroup(self, "Group")
        interval = cdk.Duration.minutes(settings.worker_minutes)
        self.schedule = scheduler.Schedule(
            self,
            "Schedule",
            description=f"Imports what lies under {INCOMING}",
            schedule=scheduler.ScheduleExpression.rate(interval),
            schedule_group=scheduler.ScheduleGroup.from_schedule_group_name(
                self, "GroupOfSchedule", group.ref
            ),
            target=targets.LambdaInvoke(
                self.function.function,
                dead_letter_queue=self.dead_letters,
                max_event_age=cdk.Duration.hours(1),
                retry_attempts=3,
                role=self._scheduler_role({{ 'platform' if cookiecutter.encryption == 'customer_managed' else '' }}).without_policy_updates(),
            ),
        )
        platform.alarms.notify(
            self,
            "EventsLost",
            metric=cloudwatch.Metric(
                namespace="AWS/Scheduler",
                metric_name="InvocationsFailedToBeSentToDeadLetterCount",
                dimensions_map={"ScheduleGroup": group.ref},
                statistic=cloudwatch.Stats.SUM,
            ),
            threshold=1,
            description="Scheduler could not put a run on the dead-letter queue: it is lost",
            evaluation_periods=1,
        )
        platform.alarms.page_when_silent(
            self,
            "ScheduleStopped",
            metric=self.function.function.metric_invocations(period=interval),
            description="The schedule has not started the worker in two intervals",
        )

    def widgets(self) -> list[cloudwatch.IWidget]:
        """What the dashboard shows of the worker."""
        return [
            *self.function.widgets("Worker", "ItemsImported"),
            cloudwatch.GraphWidget(
                title="Worker: unusable objects and dead letters",
                left=[self._unusable],
                right=[self.dead_letters.metric_approximate_number_of_messages_visible()],
                width=24,
            ),
        ]

    def _scheduler_role(self{{ ', platform: Platform' if cookiecutter.encryption == 'customer_managed' else '' }}) -> iam.Role:
        """What Scheduler may do: call this function, and keep what it could not deliver.

        https://docs.aws.amazon.com/scheduler/latest/UserGuide/configuring-schedule-dlq.html
        """
        stack = cdk.Stack.of(self)
        role = iam.Role(
            self,
            "SchedulerRole",
            assumed_by=iam.ServicePrincipal(
                "scheduler.amazonaws.com",
                conditions={"StringEquals": {"aws:SourceAccount": stack.account}},
            ),
        )
        role.add_to_policy(
            iam.PolicyStatement(
                actions=["lambda:InvokeFunction"],
                resources=[self.function.function.function_arn],
            )
        )
        role.add_to_policy(
            iam.PolicyStatement(
                actions=["sqs:SendMessage"], resources=[self.dead_letters.queue_arn]
            )
        )
{% if cookiecutter.encryption == 'customer_managed' %}
        role.add_to_policy(platform.encryption.usage(["sqs"]))
{% endif %}
        return role
