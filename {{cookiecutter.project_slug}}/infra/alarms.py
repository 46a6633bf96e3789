"""Where alarms go, and who hears them."""

import aws_cdk as cdk
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_cloudwatch_actions as actions
from aws_cdk import aws_iam as iam
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sns_subscriptions as subscriptions
from constructs import Construct

from infra.encryption import Encryption
from infra.settings import Environment


class Alarms(Construct):
    """The alarm topic, and every alarm of the stack.

    CloudWatch may publish explicitly: the TLS-only statement replaces the topic's default policy,
    and with it the permission that alarms rely on
    (https://repost.aws/knowledge-center/cloudwatch-receive-sns-for-alarm-trigger).
    """

    def __init__(
        self, scope: Construct, construct_id: str, *, settings: Environment, encryption: Encryption
    ) -> None:
        super().__init__(scope, construct_id)
        self.all: list[cloudwatch.Alarm] = []
        self.topic = sns.Topic(self, "Topic", enforce_ssl=True, **encryption.topic)
        self.topic.add_to_resource_policy(
            iam.PolicyStatement(
                sid="AllowAlarms",
                principals=[iam.ServicePrincipal("cloudwatch.amazonaws.com")],
                actions=["sns:Publish"],
                resources=[self.topic.topic_arn],
                conditions={"StringEquals": {"aws:SourceAccount": cdk.Stack.of(self).account}},
            )
        )
        if settings.alarm_email is None:
            cdk.Annotations.of(self.topic).add_info(unheard(settings))
        else:
            self.topic.add_subscription(subscriptions.EmailSubscription(settings.alarm_email))

    def page(
        self,
        scope: Construct,
        name: str,
        *,
        metric: cloudwatch.IMetric,
        threshold: float,
        description: str,
        evaluation_periods: int = 1,
    ) -> None:
        """Alarm at `threshold` and above, and tell when it is over.

        AWS publishes most error metrics only when there is something to count, so missing data
        is good news.

        Args:
            scope: the construct that the alarm watches.
            name: construct id of the alarm within `scope`.
            metric: what is watched; its period is the length of an evaluation period.
            threshold: in the metric's own unit.
            description: what it means; docs/operations.md says what to do.
            evaluation_periods: how many periods in a row.
        """
        alarm = cloudwatch.Alarm(
            scope,
            name,
            alarm_description=description,
            metric=metric,
            threshold=threshold,
            comparison_operator=cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
            evaluation_periods=evaluation_periods,
            treat_missing_data=cloudwatch.TreatMissingData.NOT_BREACHING,
        )
        alarm.add_alarm_action(actions.SnsAction(self.topic))
        alarm.add_ok_action(actions.SnsAction(self.topic))
        self.all.append(alarm)


def unheard(settings: Environment) -> str:
    """What is said at every synth while nobody is subscribed to an environment's alarms."""
    return (
        f"Nobody hears the alarms of {settings.name!r} yet:"
        " set alarm_email in infra/settings.py, or subscribe to the topic."
    )
