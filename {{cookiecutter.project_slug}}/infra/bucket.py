"""Data buckets."""

import aws_cdk as cdk
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_s3 as s3
from constructs import Construct

from infra.alarms import failure_rate
from infra.common import base_of, data_removal_policy
from infra.log_bucket import retain_policy
from tap_project.cdk import label_of, output

_REQUEST_METRICS = "EntireBucket"


class Bucket(s3.Bucket):
    """A private, versioned, TLS-only bucket whose requests are logged and counted."""

    def __init__(self, scope: Construct, construct_id: str) -> None:
        base = base_of(scope)
        super().__init__(
            scope,
            construct_id,
            block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
            enforce_ssl=True,
            lifecycle_rules=[
                s3.LifecycleRule(
                    abort_incomplete_multipart_upload_after=cdk.Duration.days(7),
                    noncurrent_version_expiration=cdk.Duration.days(90),
                )
            ],
            metrics=[s3.BucketMetrics(id=_REQUEST_METRICS)],
            object_ownership=s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
            removal_policy=data_removal_policy(base.settings),
            server_access_logs_bucket=base.access_logs,
            server_access_logs_prefix=f"{construct_id.lower()}/",
            versioned=True,
            **base.encryption.bucket,
        )
        retain_policy(self, data_removal_policy(base.settings))
        label = label_of(self)
        base.alarms.notify(
            self,
            "ClientErrors",
            metric=failure_rate(
                failed=self._requests("4xxErrors"),
                total=self._requests("AllRequests"),
                provided="failed >= 20",
                period=cdk.Duration.minutes(5),
            ),
            threshold=10,
            description=f"{label} rejected 10 % of requests (4xx) for 15 minutes",
        )
        # The average of this metric is its rate: 1 for a request that failed, 0 for another.
        base.alarms.notify(
            self,
            "ServerErrors",
            metric=self._requests("5xxErrors").with_(statistic=cloudwatch.Stats.AVERAGE),
            threshold=0.01,
            description=f"S3 failed to serve 1 % of requests (5xx) to {label} for 15 minutes",
        )
        base.dashboard.add_widgets(
            cloudwatch.GraphWidget(
                title=f"{label}: requests", left=[self._requests("AllRequests")], width=12
            ),
            cloudwatch.GraphWidget(
                title=f"{label}: errors",
                left=[self._requests("4xxErrors"), self._requests("5xxErrors")],
                width=12,
            ),
        )
        output(self, f"{label}Arn", self.bucket_arn, label)
        output(self, f"{label}Name", self.bucket_name, f"{label}: name")
        base.audited.append((label, "AWS::S3::Object", self.arn_for_objects("")))

    def _requests(self, name: str) -> cloudwatch.Metric:
        """Return a request metric; S3 publishes it under the id of a metrics configuration.

        https://docs.aws.amazon.com/AmazonS3/latest/userguide/metrics-configurations.html
        """
        return cloudwatch.Metric(
            namespace="AWS/S3",
            metric_name=name,
            dimensions_map={"BucketName": self.bucket_name, "FilterId": _REQUEST_METRICS},
            statistic=cloudwatch.Stats.SUM,
        )
