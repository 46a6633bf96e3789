"""SNS topics."""

from aws_cdk import aws_sns as sns
from constructs import Construct

from infra.common import base_of
from tap_project.cdk import output


class Topic(sns.Topic):
    """An encrypted, TLS-only topic.

    The TLS-only statement replaces the topic's default policy: add a statement for each AWS service
    that publishes to it.
    """

    def __init__(self, scope: Construct, construct_id: str) -> None:
        super().__init__(scope, construct_id, enforce_ssl=True, **base_of(scope).encryption.topic)
        output(self, f"{construct_id}TopicArn", self.topic_arn, f"{construct_id} topic")
