"""The worker: import the objects under incoming/ every few minutes."""

import aws_cdk as cdk
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_cloudwatch_actions as actions
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_scheduler as scheduler
from aws_cdk import aws_scheduler_targets as targets
from constructs import Construct

from infra.bucket import Bucket
from infra.common import base_of
from infra.dead_letters import DeadLetterQueue
from infra.table import Table
from infra.worker_function import WorkerFunction
from service.names import FAILED, INCOMING
from tap_project.cdk import acknowledge, output
from tap_project.permissions import allow, allow_keys, usable


class Worker(Construct):
    """A function that EventBridge Scheduler calls; failed runs wait in a queue.

    The function deletes imported objects, moves unusable ones to another prefix, and writes its
    results under a third. Two things can fail, and both end in the same queue: Scheduler can't call
    the function, or the function fails.
    """

    def __init__(
        self, scope: Construct, construct_id: str, *, table: Table, bucket: Bucket
    ) -> None:
        super().__init__(scope, construct_id)
        settings = base_of(self).settings.worker
        interval = cdk.Duration.minutes(settings.minutes)
        function = WorkerFunction(
            self,
            "Function",
            handler="worker.handler",
            size=settings.function,
            uses={"TABLE_NAME": table, "BUCKET_NAME": bucket},
            counts="ItemsImported",
            period=interval,
            outage=None,
        )
        dead_letters = DeadLetterQueue(
            self,
            "DeadLetterQueue",
            waiting="Runs of the worker failed; their events wait here",
        )
        acknowledge(dead_letters, "AwsSolutions-SQS3", "It is the dead-letter queue of events")
        self._keep_failures(function, dead_letters)
        self._schedule(function, dead_letters, interval)
        self._watch(function, dead_letters, interval)

    def _keep_failures(self, function: WorkerFunction, dead_letters: DeadLetterQueue) -> None:
        """Send runs that fail three times, or wait for six hours, to the queue.

        Lambda delivers them with the function's role, which needs the permissions.
        """
        allow(function.role, ["sqs:SendMessage"], [dead_letters.queue_arn])
        allow_keys(function.role, [usable(dead_letters)])
        destination = lambda_.CfnEventInvokeConfig.OnFailureProperty(
            destination=dead_letters.queue_arn
        )
        lambda_.CfnEventInvokeConfig(
            function,
            "Failures",
            function_name=function.name,
            qualifier="$LATEST",
            destination_config=lambda_.CfnEventInvokeConfig.DestinationConfigProperty(
                on_failure=destination
            ),
            maximum_event_age_in_seconds=cdk.Duration.hours(6).to_seconds(),
            maximum_retry_attempts=2,
        ).node.add_dependency(function.role)

    def _schedule(
        self, function: WorkerFunction, dead_letters: DeadLetterQueue, interval: cdk.Duration
    ) -> None:
        # Scheduler counts by group, and the default group is the account's. The L1 construct leaves
        # the name to CloudFormation.
        group = scheduler.CfnScheduleGroup(self, "Group")
        schedule = scheduler.Schedule(
            self,
            "Schedule",
            description=f"Imports the objects under {INCOMING}",
            schedule=scheduler.ScheduleExpression.rate(interval),
            schedule_group=scheduler.ScheduleGroup.from_schedule_group_name(
                self, "GroupOfSchedule", group.ref
            ),
            target=targets.LambdaInvoke(
                function.resource,
                dead_letter_queue=dead_letters,
                max_event_age=cdk.Duration.hours(1),
                retry_attempts=3,
                role=self._scheduler_role(function, dead_letters).without_policy_updates(),
            ),
        )
        base_of(self).alarms.notify(
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
        arn, label = schedule.schedule_arn, self.node.id
        output(self, f"{label}ScheduleArn", arn, f"{label}: its schedule")

    def _scheduler_role(self, function: WorkerFunction, dead_letters: DeadLetterQueue) -> iam.Role:
        """Return a role that may call the function and send to the dead-letter queue.

        https://docs.aws.amazon.com/scheduler/latest/UserGuide/configuring-schedule-dlq.html
        """
        account = cdk.Stack.of(self).account
        role = iam.Role(
            self,
            "SchedulerRole",
            assumed_by=iam.ServicePrincipal(
                "scheduler.amazonaws.com",
                conditions={"StringEquals": {"aws:SourceAccount": account}},
            ),
        )
        allow(role, ["lambda:InvokeFunction"], [function.arn])
        allow(role, ["sqs:SendMessage"], [dead_letters.queue_arn])
        allow_keys(role, [usable(dead_letters)])
        return role

    def _watch(
        self, function: WorkerFunction, dead_letters: DeadLetterQueue, interval: cdk.Duration
    ) -> None:
        base = base_of(self)
        base.alarms.notify(
            function,
            "FailuresLost",
            metric=function.resource.metric("DestinationDeliveryFailures", statistic="Sum"),
            threshold=1,
            description="A failed event could not be put on the dead-letter queue: it is lost",
            evaluation_periods=1,
        )
        unusable = function.counted("ObjectsUnusable")
        base.alarms.notify(
            self,
            "ObjectsUnusable",
            metric=unusable,
            threshold=1,
            description=f"Objects can't be imported; they are under {FAILED} now",
            evaluation_periods=1,
        )
        self._page_when_stopped(function, interval)
        base.dashboard.add_widgets(
            cloudwatch.GraphWidget(
                title=f"{self.node.id}: unusable objects and dead letters",
                left=[unusable],
                right=[dead_letters.metric_approximate_number_of_messages_visible()],
                width=24,
            )
        )

    def _page_when_stopped(self, function: WorkerFunction, interval: cdk.Duration) -> None:
        """Page when the function, having run once, does not run in two intervals.

        The alarm acts on INSUFFICIENT_DATA, which is also the state of a new alarm, so it waits
        for the first data. If missing data were breaching, the first deployment would page
        (https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html).
        """
        alarms = base_of(self).alarms
        alarm = cloudwatch.Alarm(
            self,
            "ScheduleStopped",
            alarm_description="The schedule has not started the worker in two intervals",
            metric=function.resource.metric_invocations(period=interval),
            threshold=1,
            comparison_operator=cloudwatch.ComparisonOperator.LESS_THAN_THRESHOLD,
            evaluation_periods=2,
            treat_missing_data=cloudwatch.TreatMissingData.MISSING,
        )
        alarm.add_alarm_action(actions.SnsAction(alarms.topic))
        alarm.add_insufficient_data_action(actions.SnsAction(alarms.topic))
        alarms.pages.append(alarm)
