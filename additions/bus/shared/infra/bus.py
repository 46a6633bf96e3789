"""Event buses."""

from collections.abc import Mapping
from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_events as events
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from infra.common import base_of
from infra.dead_letters import DeadLetterQueue
from infra.functions import ServiceFunction
from tap_project.cdk import acknowledge, label_of, level_1, output
from tap_project.permissions import allow, allow_keys, usable

ARCHIVE_DAYS = 30


class Bus(events.EventBus):
    """An encrypted event bus with an archive; events that can't be delivered wait in a queue.

    `send` adds a rule. EventBridge tries to deliver an event for six hours, and puts it on the
    dead-letter queue then, as well as events that it can't encrypt or decrypt.
    """

    def __init__(self, scope: Construct, construct_id: str) -> None:
        base = base_of(scope)
        super().__init__(
            scope,
            construct_id,
            # CloudFormation generates no names for buses.
            event_bus_name=f"{base.stack_name}-{construct_id}",
            description=f"{construct_id} of {base.stack_name}",
        )
        self.dead_letters = DeadLetterQueue(
            scope,
            f"{construct_id}DeadLetterQueue",
            waiting=f"Events of {construct_id} could not be delivered and wait here",
        )
        acknowledge(self.dead_letters, "AwsSolutions-SQS3", "It is the dead-letter queue of events")
        self._accept_dead_letters("Bus", self.event_bus_arn)
        self._encrypt()
        level_1(
            self, events.CfnEventBus
        ).dead_letter_config = events.CfnEventBus.DeadLetterConfigProperty(
            arn=self.dead_letters.queue_arn
        )
        archive = events.CfnArchive(
            self,
            "Archive",
            source_arn=self.event_bus_arn,
            description=f"Events of the last {ARCHIVE_DAYS} days, to replay them",
            kms_key_identifier=base.encryption.key_arn,
            retention_days=ARCHIVE_DAYS,
        )
        label = label_of(self)
        base.dashboard.add_widgets(
            cloudwatch.GraphWidget(
                title=f"{label}: events and dead letters",
                left=[self._metric("MatchedEvents")],
                right=[self.dead_letters.metric_approximate_number_of_messages_visible()],
                width=24,
            )
        )
        output(self, f"{label}Arn", self.event_bus_arn, label)
        output(self, f"{label}Name", self.event_bus_name, f"{label}: name")
        output(self, f"{label}ArchiveArn", archive.attr_arn, f"{label}: archive")

    def send(
        self, construct_id: str, to: ServiceFunction | sqs.Queue, *, pattern: Mapping[str, Any]
    ) -> None:
        """Send the events that match a pattern to a function or a queue.

        Args:
            construct_id: id of the rule within the bus.
            to: a function, whose failed events wait in the dead-letter queue too, or a queue of
                this stack.
            pattern: the event pattern, such as `{"source": ["orders"]}`.
        """
        function = to if isinstance(to, ServiceFunction) else None
        rule = events.CfnRule(
            self,
            construct_id,
            description=f"{construct_id} of {self.node.id}",
            event_bus_name=self.event_bus_name,
            event_pattern=dict(pattern),
            targets=[
                events.CfnRule.TargetProperty(
                    id="Target",
                    arn=to.arn if isinstance(to, ServiceFunction) else to.queue_arn,
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
        self._accept_dead_letters(construct_id, rule.attr_arn)
        if function is not None:
            lambda_.CfnPermission(
                self,
                f"{construct_id}Permission",
                action="lambda:InvokeFunction",
                function_name=function.arn,
                principal="events.amazonaws.com",
                source_arn=rule.attr_arn,
            )
            self._keep_failures(function)
        elif isinstance(to, sqs.Queue):
            to.add_to_resource_policy(_sending(construct_id, to, rule.attr_arn))
        # The reference of a rule on a bus is `bus|rule`.
        name = cdk.Fn.select(1, cdk.Fn.split("|", rule.ref))
        base_of(self).alarms.notify(
            rule,
            "EventsLost",
            metric=self._metric("InvocationsFailedToBeSentToDlq", RuleName=name),
            threshold=1,
            description="EventBridge could not put an event on the dead-letter queue: it is lost",
            evaluation_periods=1,
        )
        output(self, f"{label_of(self)}{construct_id}RuleArn", rule.attr_arn, f"{construct_id}: rule")

    def _metric(self, name: str, **dimensions: str) -> cloudwatch.Metric:
        """Return a metric of the bus, or of one of its rules.

        https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-monitoring.html
        """
        return cloudwatch.Metric(
            namespace="AWS/Events",
            metric_name=name,
            dimensions_map={"EventBusName": self.event_bus_name, **dimensions},
            statistic=cloudwatch.Stats.SUM,
        )

    def _accept_dead_letters(self, sid: str, source_arn: str) -> None:
        self.dead_letters.add_to_resource_policy(_sending(sid, self.dead_letters, source_arn))

    def _encrypt(self) -> None:
        """Encrypt the bus and its archive with the key of the stack, if it has one.

        https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-encryption-event-bus-cmkey.html
        https://docs.aws.amazon.com/eventbridge/latest/userguide/encryption-archives.html
        """
        base = base_of(self)
        level_1(self, events.CfnEventBus).kms_key_identifier = base.encryption.key_arn
        service, account = "events.amazonaws.com", {"aws:SourceAccount": base.account}
        # https://github.com/aws/aws-cdk/issues/20804
        base.encryption.allow_service(
            "EventBridge",
            service,
            ["kms:Decrypt", "kms:GenerateDataKey"],
            {"StringEquals": account},
        )
        buses = base.format_arn(service="events", resource="event-bus", resource_name="*")
        base.encryption.allow_service(
            "EventBuses",
            service,
            ["kms:Decrypt", "kms:GenerateDataKey", "kms:ReEncrypt*"],
            {"ArnLike": {"kms:EncryptionContext:aws:events:event-bus:arn": buses}},
        )
        base.encryption.allow_service("EventBusKeys", service, ["kms:DescribeKey"], None)

    def _keep_failures(self, function: ServiceFunction) -> None:
        """Send events that the function fails to process three times to the dead-letter queue.

        Lambda delivers them with the function's role, which needs the permissions.
        """
        if function.node.try_find_child("Failures") is not None:
            return
        allow(function.role, ["sqs:SendMessage"], [self.dead_letters.queue_arn])
        allow_keys(function.role, [usable(self.dead_letters)])
        lambda_.CfnEventInvokeConfig(
            function,
            "Failures",
            function_name=function.name,
            qualifier=function.qualifier,
            destination_config=lambda_.CfnEventInvokeConfig.DestinationConfigProperty(
                on_failure=lambda_.CfnEventInvokeConfig.OnFailureProperty(
                    destination=self.dead_letters.queue_arn
                )
            ),
            maximum_event_age_in_seconds=cdk.Duration.hours(6).to_seconds(),
            maximum_retry_attempts=2,
        ).node.add_dependency(function.role)
        base_of(self).alarms.notify(
            function,
            "FailuresLost",
            metric=function.resource.metric("DestinationDeliveryFailures", statistic="Sum"),
            threshold=1,
            description="A failed event could not be put on the dead-letter queue: it is lost",
            evaluation_periods=1,
        )


def _sending(sid: str, queue: sqs.Queue, source_arn: str) -> iam.PolicyStatement:
    """Return the statement that lets EventBridge send messages for one rule or bus."""
    return iam.PolicyStatement(
        sid=sid,
        principals=[iam.ServicePrincipal("events.amazonaws.com")],
        actions=["sqs:SendMessage"],
        resources=[queue.queue_arn],
        conditions={"ArnEquals": {"aws:SourceArn": source_arn}},
    )
