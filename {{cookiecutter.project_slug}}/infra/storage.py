"""The data bucket, and the bucket that its access logs go to."""

import aws_cdk as cdk
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_s3 as s3
from constructs import Construct

from infra.alarms import Alarms, failure_rate
from infra.encryption import Encryption
{% if cookiecutter.api != 'none' or cookiecutter.worker != 'none' %}
from infra.functions import ServiceFunction
{% endif %}
from infra.settings import Environment

{% if cookiecutter.worker != 'none' %}
INCOMING = "incoming/"
{% endif %}
DOCUMENTS = "documents/"
{% if cookiecutter.worker == 'schedule' %}
FAILED = "failed/"
{% endif %}
_REQUEST_METRICS = "EntireBucket"


class Storage(Construct):
    """A private, versioned, TLS-only bucket whose requests are logged and counted."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        settings: Environment,
        encryption: Encryption,
        alarms: Alarms,
    ) -> None:
        super().__init__(scope, construct_id)
        self.access_logs = log_bucket(self, "AccessLogs", days=90)
        self.bucket = s3.Bucket(
            self,
            "Bucket",
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
            removal_policy=settings.removal_policy,
            server_access_logs_bucket=self.access_logs,
            server_access_logs_prefix="bucket/",
            versioned=True,
            **encryption.bucket,
        )
        keep_policy(self.bucket, settings.removal_policy)
        alarms.notify(
            self,
            "ClientErrors",
            metric=failure_rate(
                failed=self._requests("4xxErrors"),
                total=self._requests("AllRequests"),
                provided="failed >= 20",
                period=cdk.Duration.minutes(5),
            ),
            threshold=10,
            description="The bucket refused 10 % of requests (4xx) for 15 minutes",
        )
        # The average of this metric is its rate: 1 for a request that failed, 0 for another.
        alarms.notify(
            self,
            "ServerErrors",
            metric=self._requests("5xxErrors").with_(statistic=cloudwatch.Stats.AVERAGE),
            threshold=0.01,
            description="S3 failed to serve 1 % of requests (5xx) for 15 minutes",
        )

    def allow_read(self, function: ServiceFunction, prefix: str) -> None:
        """Let a function read the objects under a prefix, and nothing else.

        `grant_read` would bring four wildcard actions on every object.
        """
        function.allow(
            ["s3:GetObject"],
            [self.bucket.arn_for_objects(f"{prefix}*")],
            why_wildcard=f"The names of objects under {prefix} are not known before",
        )
{% if cookiecutter.worker != 'none' %}

    def allow_write(self, function: ServiceFunction, prefix: str) -> None:
        """Let a function write objects under a prefix, and nothing else."""
        function.allow(
            ["s3:PutObject"],
            [self.bucket.arn_for_objects(f"{prefix}*")],
            why_wildcard=f"The names of objects under {prefix} are not known before",
        )
{% endif %}
{% if cookiecutter.worker == 'schedule' %}

    def allow_take(self, function: ServiceFunction, prefix: str) -> None:
        """Let a function list and read the objects under a prefix, and delete them when done."""
        function.allow(
            ["s3:ListBucket"],
            [self.bucket.bucket_arn],
            conditions={"StringEquals": {"s3:prefix": prefix}},
        )
        function.allow(
            ["s3:DeleteObject", "s3:GetObject"],
            [self.bucket.arn_for_objects(f"{prefix}*")],
            why_wildcard=f"The names of objects under {prefix} are not known before",
        )
{% endif %}

    def widgets(self) -> list[cloudwatch.IWidget]:
        """What the dashboard shows of the bucket."""
        return [
            cloudwatch.GraphWidget(
                title="Bucket: requests", left=[self._requests("AllRequests")], width=12
            ),
            cloudwatch.GraphWidget(
                title="Bucket: errors",
                left=[self._requests("4xxErrors"), self._requests("5xxErrors")],
                width=12,
            ),
        ]

    def _requests(self, name: str) -> cloudwatch.Metric:
        """A request metric; S3 publishes it only under the id of a metrics configuration.

        https://docs.aws.amazon.com/AmazonS3/latest/userguide/metrics-configurations.html
        """
        return cloudwatch.Metric(
            namespace="AWS/S3",
            metric_name=name,
            dimensions_map={
                "BucketName": self.bucket.bucket_name,
                "FilterId": _REQUEST_METRICS,
            },
            statistic=cloudwatch.Stats.SUM,
        )


{% if cookiecutter.audit_trail %}
def log_bucket(
    scope: Construct, construct_id: str, *, days: int, access_logs: s3.IBucket | None = None
) -> s3.Bucket:
    """A bucket that AWS services write logs to, which expire after `days`.

    Its own requests are logged to `access_logs`, where that is not the bucket itself.
{% else %}
def log_bucket(scope: Construct, construct_id: str, *, days: int) -> s3.Bucket:
    """A bucket that AWS services write logs to, which expire after `days`.
{% endif %}

    It is encrypted by S3 itself, the only encryption that S3 access logs support, and it is kept
    when the stack goes: logs arrive hours late, so an emptied log bucket does not stay empty
    (https://github.com/aws/aws-cdk/issues/21776). A first deployment that is rolled back keeps it
    too, because it may hold logs by then, and S3 would refuse to delete it.
    """
    policy = cdk.RemovalPolicy.RETAIN
    bucket = s3.Bucket(
        scope,
        construct_id,
        block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
        encryption=s3.BucketEncryption.S3_MANAGED,
        enforce_ssl=True,
        lifecycle_rules=[
            s3.LifecycleRule(
                abort_incomplete_multipart_upload_after=cdk.Duration.days(7),
                expiration=cdk.Duration.days(days),
                noncurrent_version_expiration=cdk.Duration.days(7),
            )
        ],
        object_ownership=s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
        removal_policy=policy,
{% if cookiecutter.audit_trail %}
        server_access_logs_bucket=access_logs,
        server_access_logs_prefix="trail/" if access_logs else None,
{% endif %}
        versioned=True,
    )
    keep_policy(bucket, policy)
    return bucket


def keep_policy(bucket: s3.Bucket, removal_policy: cdk.RemovalPolicy) -> None:
    """Keep a bucket's policy as long as the bucket: without it plain HTTP would be allowed."""
    if bucket.policy is None:
        raise RuntimeError(f"bucket {bucket.node.path!r} has no policy; set enforce_ssl=True")
    bucket.policy.apply_removal_policy(removal_policy)
