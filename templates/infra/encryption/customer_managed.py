"""Encryption at rest with one customer-managed KMS key for the whole stack."""

from collections.abc import Iterable
from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_sqs as sqs
from aws_cdk import region_info
from constructs import Construct

from infra.settings import Environment


class Encryption(Construct):
    """One key, with a statement for every AWS service that must use it on its own.

    Roles of this account get their permissions through IAM; services don't have one here, so
    each needs a statement in the key's policy. None of them names a resource of the stack: that
    would make a dependency cycle (https://github.com/aws/aws-cdk/issues/3067).

    The key has the removal policy of the data that it encrypts: data that is kept without a usable
    key can't be read.
    """

    def __init__(self, scope: Construct, construct_id: str, *, settings: Environment) -> None:
        super().__init__(scope, construct_id)
        self._stack = cdk.Stack.of(self)
        # The library may be older than the region; those of China and GovCloud it knows.
        known = region_info.RegionInfo.get(settings.region).domain_suffix
        self._domain = known or "amazonaws.com"
        self.key = kms.Key(
            self,
            "Key",
            description=f"Data of {self._stack.stack_name}",
            enable_key_rotation=True,
            pending_window=cdk.Duration.days(30 if settings.production else 7),
            removal_policy=settings.removal_policy,
        )
        self._allow_alarms()
        self._allow_logs()

    @property
    def bucket(self) -> dict[str, Any]:
        """How a bucket is encrypted; the bucket key keeps KMS requests few."""
        return {
            "encryption": s3.BucketEncryption.KMS,
            "encryption_key": self.key,
            "bucket_key_enabled": True,
        }

    @property
    def table(self) -> dict[str, Any]:
        """How a table and all that belongs to it are encrypted."""
        return {
            "encryption": dynamodb.TableEncryption.CUSTOMER_MANAGED,
            "encryption_key": self.key,
        }

    @property
    def queue(self) -> dict[str, Any]:
        """How a queue is encrypted; a data key is used again for five minutes."""
        return {
            "encryption": sqs.QueueEncryption.KMS,
            "encryption_master_key": self.key,
            "data_key_reuse": cdk.Duration.minutes(5),
        }

    @property
    def topic(self) -> dict[str, Any]:
        """How a topic is encrypted."""
        return {"master_key": self.key}

    @property
    def log_group(self) -> dict[str, Any]:
        """How a log group is encrypted."""
        return {"encryption_key": self.key}

    def usage(self, services: Iterable[str]) -> iam.PolicyStatement:
        """What a role needs to use the key, through these services and no other way.

        Args:
            services: the services' names in a hostname, such as `dynamodb`.
        """
        return iam.PolicyStatement(
            actions=["kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey"],
            resources=[self.key.key_arn],
            conditions={
                "StringEquals": {
                    "kms:ViaService": [
                        f"{service}.{self._stack.region}.{self._domain}" for service in services
                    ]
                }
            },
        )

{% if cookiecutter.worker == 's3' %}
    def allow_event_bridge(self) -> None:
        """Let EventBridge send events to the encrypted queues.

        https://github.com/aws/aws-cdk/issues/20804
        """
        self._allow(
            "EventBridge",
            "events.amazonaws.com",
            ["kms:Decrypt", "kms:GenerateDataKey"],
            {"StringEquals": {"aws:SourceAccount": self._stack.account}},
        )

{% endif %}
{% if cookiecutter.audit_trail %}
    def allow_trail(self, trail_arn: str) -> None:
        """Let one CloudTrail trail encrypt its logs; the ARN must be built from a fixed name.

        https://docs.aws.amazon.com/awscloudtrail/latest/userguide/create-kms-key-policy-for-cloudtrail.html
        """
        source = {"StringEquals": {"aws:SourceArn": trail_arn}}
        principal = "cloudtrail.amazonaws.com"
        self._allow("CloudTrailEncrypts", principal, ["kms:GenerateDataKey*"], source)
        self._allow("CloudTrailDescribes", principal, ["kms:DescribeKey"], source)

{% endif %}
    def _allow_alarms(self) -> None:
        """CloudWatch can't publish to an encrypted topic otherwise, and says so nowhere.

        https://repost.aws/knowledge-center/cloudwatch-configure-alarm-sns
        """
        self._allow(
            "Alarms", "cloudwatch.amazonaws.com", ["kms:Decrypt", "kms:GenerateDataKey*"], None
        )

    def _allow_logs(self) -> None:
        """A log group with a key is refused otherwise (https://github.com/aws/aws-cdk/issues/28304)."""
        log_groups = self._stack.format_arn(
            service="logs",
            resource="log-group",
            resource_name="*",
            arn_format=cdk.ArnFormat.COLON_RESOURCE_NAME,
        )
        self._allow(
            "Logs",
            f"logs.{self._stack.region}.{self._domain}",
            [
                "kms:Decrypt*",
                "kms:Describe*",
                "kms:Encrypt*",
                "kms:GenerateDataKey*",
                "kms:ReEncrypt*",
            ],
            {"ArnLike": {"kms:EncryptionContext:aws:logs:arn": log_groups}},
        )

    def _allow(
        self, sid: str, service: str, actions: list[str], conditions: dict[str, Any] | None
    ) -> None:
        self.key.add_to_resource_policy(
            iam.PolicyStatement(
                sid=sid,
                principals=[iam.ServicePrincipal(service)],
                actions=actions,
                resources=["*"],
                conditions=conditions,
            )
        )
