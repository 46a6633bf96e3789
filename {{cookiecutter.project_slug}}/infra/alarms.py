"""The two alarm topics, and the alarms that page or notify through them."""

from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_cloudwatch_actions as actions
from aws_cdk import aws_iam as iam
from aws_cdk import aws_sns_subscriptions as subscriptions
from constructs import Construct

from infra.environment import Environment
from infra.topic import Topic


class Alarms(Construct):
    """A topic for pages, a topic for other notifications, and all alarms of the stack.

    A page needs immediate attention; a notification can wait until the morning.

    CloudWatch is allowed to publish explicitly: the TLS-only statement replaces the default policy
    of a topic, which includes the permission that alarms rely on
    (https://repost.aws/knowledge-center/cloudwatch-receive-sns-for-alarm-trigger).

    No alarm has an OK action. Every new alarm changes from INSUFFICIENT_DATA to OK, so each would
    send a message on the first deployment
    (https://github.com/aws-cloudformation/cloudformation-coverage-roadmap/issues/2486).
    """

    def __init__(self, scope: Construct, construct_id: str, *, settings: Environment) -> None:
        super().__init__(scope, construct_id)
        self.pages: list[cloudwatch.Alarm] = []
        self.notifications: list[cloudwatch.Alarm] = []
        self.topic = self._add_topic("Alarm", settings.alarm_email)
        self.notification_topic = self._add_topic(
            "Notification", settings.notification_email or settings.alarm_email
        )
        self._page_action = actions.SnsAction(self.topic)
        self._notification_action = actions.SnsAction(self.notification_topic)

    def page(self, scope: Construct, name: str, **properties: Any) -> None:
        """Page a person at the threshold and above; the arguments are those of `_add_alarm`."""
        self.pages.append(self._add_alarm(self._page_action, scope, name, **properties))

    def notify(self, scope: Construct, name: str, **properties: Any) -> None:
        """Notify at the threshold and above; the arguments are those of `_add_alarm`."""
        action = self._notification_action
        self.notifications.append(self._add_alarm(action, scope, name, **properties))

    @staticmethod
    def _add_alarm(
        action: cloudwatch.IAlarmAction,
        scope: Construct,
        name: str,
        *,
        metric: cloudwatch.IMetric,
        threshold: float,
        description: str,
        evaluation_periods: int = 3,
        datapoints_to_alarm: int | None = None,
    ) -> cloudwatch.Alarm:
        """Add an alarm.

        AWS publishes most error metrics only when there is something to count, so missing data
        does not breach the threshold.

        Args:
            action: what happens when the alarm fires.
            scope: the construct that the alarm watches.
            name: construct id of the alarm within `scope`.
            metric: the metric or metric math; its period is the length of an evaluation period.
            threshold: in the metric's unit.
            description: the meaning; docs/operations.md has the action.
            evaluation_periods: the number of latest periods that are evaluated.
            datapoints_to_alarm: how many of them must breach; None: all.
        """
        alarm = cloudwatch.Alarm(
            scope,
            name,
            alarm_description=description,
            comparison_operator=cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
            datapoints_to_alarm=datapoints_to_alarm,
            evaluation_periods=evaluation_periods,
            metric=metric,
            threshold=threshold,
            treat_missing_data=cloudwatch.TreatMissingData.NOT_BREACHING,
        )
        alarm.add_alarm_action(action)
        return alarm

    def _add_topic(self, construct_id: str, email: str | None) -> Topic:
        topic = Topic(self, construct_id)
        topic.add_to_resource_policy(
            iam.PolicyStatement(
                sid="AllowAlarms",
                principals=[iam.ServicePrincipal("cloudwatch.amazonaws.com")],
                actions=["sns:Publish"],
                resources=[topic.topic_arn],
                conditions={"StringEquals": {"aws:SourceAccount": cdk.Stack.of(self).account}},
            )
        )
        if email is not None:
            topic.add_subscription(subscriptions.EmailSubscription(email))
        return topic


def failure_rate(
    *,
    failed: cloudwatch.IMetric,
    total: cloudwatch.IMetric,
    provided: str,
    period: cdk.Duration,
) -> cloudwatch.MathExpression:
    """Return the percentage of `total` that failed in each period; 0 unless `provided` holds.

    Without a failure `failed` may have no data. The gap counts as 0, or an alarm would evaluate
    three failures that are far apart as consecutive.

    Args:
        failed: the number of failures.
        total: the number of attempts.
        provided: a condition on `failed` and `total` in metric math, because a percentage of few
            attempts means little.
        period: the length of a period.
    """
    return cloudwatch.MathExpression(
        expression=f"IF({provided}, 100 * failed / total, 0)",
        using_metrics={
            "failed": cloudwatch.MathExpression(
                expression="FILL(counted, 0)",
                using_metrics={"counted": failed},
                label="Failed",
                period=period,
            ),
            "total": total,
        },
        label="Failed (%)",
        period=period,
    )
