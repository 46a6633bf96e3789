"""Encryption at rest with one customer-managed KMS key for the whole stack."""

from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from infra.common import data_removal_policy
from infra.environment import Environment
from tap_project.cdk import domain_suffix, output


class Encryption(Construct):
    """One key, with a statement for each AWS service that uses it without a role.

    Roles of this account get their permissions through IAM. The statements name no resource of the
    stack, which would make a dependency cycle (https://github.com/aws/aws-cdk/issues/3067).

    The key has the removal policy of the data that it encrypts: retained data can't be read without
    its key.
    """

    def __init__(self, scope: Construct, construct_id: str, *, settings: Environment) -> None:
        super().__init__(scope, construct_id)
        self._stack = cdk.Stack.of(self)
        self._allowed: set[str] = set()
        self.key = kms.Key(
            self,
            "Key",
            description=f"Data of {self._stack.stack_name}",
            enable_key_rotation=True,
            pending_window=cdk.Duration.days(30 if settings.production else 7),
            removal_policy=data_removal_policy(settings),
        )
        self.key_arn: str | None = self.key.key_arn
        # The bucket key reduces requests to KMS.
        self.bucket: dict[str, Any] = {
            "encryption": s3.BucketEncryption.KMS,
            "encryption_key": self.key,
            "bucket_key_enabled": True,
        }
        self.table: dict[str, Any] = {
            "encryption": dynamodb.TableEncryption.CUSTOMER_MANAGED,
            "encryption_key": self.key,
        }
        # SQS uses a data key for five minutes.
        self.queue: dict[str, Any] = {
            "encryption": sqs.QueueEncryption.KMS,
            "encryption_master_key": self.key,
            "data_key_reuse": cdk.Duration.minutes(5),
        }
        self.topic: dict[str, Any] = {"master_key": self.key}
        self.log_group: dict[str, Any] = {"encryption_key": self.key}
        self._allow_alarms()
        self._allow_logs(settings)
        output(self, "KeyArn", self.key.key_arn, "The key of all data")

    def allow_service(
        self, sid: str, service: str, actions: list[str], conditions: dict[str, Any] | None
    ) -> None:
        """Allow an AWS service to use the key under these conditions, without a role.

        A statement that is added again by its id stays as it is.
        """
        self._allow(sid, service, actions, conditions)

    def _allow_alarms(self) -> None:
        """Let CloudWatch publish alarms to encrypted topics; it reports no failure to do so.

        https://repost.aws/knowledge-center/cloudwatch-configure-alarm-sns
        """
        self._allow(
            "Alarms", "cloudwatch.amazonaws.com", ["kms:Decrypt", "kms:GenerateDataKey*"], None
        )

    def _allow_logs(self, settings: Environment) -> None:
        """Let CloudWatch Logs encrypt log groups; their creation fails otherwise.

        https://github.com/aws/aws-cdk/issues/28304
        """
        log_groups = self._stack.format_arn(
            service="logs",
            resource="log-group",
            resource_name="*",
            arn_format=cdk.ArnFormat.COLON_RESOURCE_NAME,
        )
        self._allow(
            "Logs",
            f"logs.{self._stack.region}.{domain_suffix(settings.region)}",
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
        if sid in self._allowed:
            return
        self._allowed.add(sid)
        self.key.add_to_resource_policy(
            iam.PolicyStatement(
                sid=sid,
                principals=[iam.ServicePrincipal(service)],
                actions=actions,
                resources=["*"],
                conditions=conditions,
            )
        )
