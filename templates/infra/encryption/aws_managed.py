"""Encryption at rest with the keys that each AWS service owns: free, and nothing to manage."""

from typing import Any

from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_sqs as sqs


class Encryption:
    """How each kind of resource is encrypted, in the words of its construct."""

    @property
    def bucket(self) -> dict[str, Any]:
        """How a bucket is encrypted."""
        return {"encryption": s3.BucketEncryption.S3_MANAGED}

    @property
    def table(self) -> dict[str, Any]:
        """How a table and all that belongs to it are encrypted."""
        return {"encryption": dynamodb.TableEncryption.DEFAULT}

    @property
    def queue(self) -> dict[str, Any]:
        """How a queue is encrypted."""
        return {"encryption": sqs.QueueEncryption.SQS_MANAGED}

    @property
    def topic(self) -> dict[str, Any]:
        """A topic has no key: CloudWatch alarms can't publish through SNS's AWS-managed one.

        https://repost.aws/knowledge-center/cloudwatch-configure-alarm-sns
        """
        return {}

    @property
    def log_group(self) -> dict[str, Any]:
        """A log group is always encrypted by CloudWatch Logs itself."""
        return {}
