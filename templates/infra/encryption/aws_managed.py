"""Encryption at rest with keys that AWS services own: free, without administration."""

from typing import Any

from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from infra.environment import Environment


class Encryption(Construct):
    """The encryption arguments of each kind of construct.

    The interface is the same as with a customer-managed key.
    """

    def __init__(self, scope: Construct, construct_id: str, *, settings: Environment) -> None:
        super().__init__(scope, construct_id)
        self.key_arn: str | None = None
        self.bucket: dict[str, Any] = {"encryption": s3.BucketEncryption.S3_MANAGED}
        self.table: dict[str, Any] = {"encryption": dynamodb.TableEncryption.DEFAULT}
        self.queue: dict[str, Any] = {"encryption": sqs.QueueEncryption.SQS_MANAGED}
        # CloudWatch alarms can't publish through the AWS-managed key of SNS:
        # https://repost.aws/knowledge-center/cloudwatch-configure-alarm-sns
        self.topic: dict[str, Any] = {}
        # CloudWatch Logs always encrypts log groups.
        self.log_group: dict[str, Any] = {}

    def allow_service(
        self, sid: str, service: str, actions: list[str], conditions: dict[str, Any] | None
    ) -> None:
        """Do nothing: services may use their own keys."""
