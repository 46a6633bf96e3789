"""A document service: the answer of a model, with the sixteen faults of README.md."""

from pathlib import Path

import aws_cdk as cdk
from aws_cdk import aws_cloudtrail as cloudtrail
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sns_subscriptions as subscriptions
from constructs import Construct

CODE = Path(__file__).resolve().parent / "code"
KEPT = cdk.RemovalPolicy.RETAIN
EXPIRY = [
    s3.LifecycleRule(
        expiration=cdk.Duration.days(90), noncurrent_version_expiration=cdk.Duration.days(30)
    )
]
OLD_VERSIONS = [s3.LifecycleRule(noncurrent_version_expiration=cdk.Duration.days(30))]


class DocumentStack(cdk.Stack):
    """Two functions that store and read documents, with an audit trail and alarms."""

    def __init__(
        self, scope: Construct, construct_id: str, *, termination_protection: bool
    ) -> None:
        super().__init__(
            scope,
            construct_id,
            termination_protection=termination_protection,
        )
        key = kms.Key(self, "Key", enable_key_rotation=True, removal_policy=KEPT)
        topic = sns.Topic(self, "Topic")
        topic.add_subscription(subscriptions.EmailSubscription("on-call@example.com"))

        access_logs = s3.Bucket(
            self,
            "AccessLogs",
            encryption=s3.BucketEncryption.S3_MANAGED,
            object_ownership=s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
            versioned=True,
            lifecycle_rules=EXPIRY,
            removal_policy=KEPT,
        )
        bucket = s3.Bucket(
            self,
            "Bucket",
            encryption=s3.BucketEncryption.KMS,
            encryption_key=key,
            bucket_key_enabled=True,
            versioned=True,
            lifecycle_rules=OLD_VERSIONS,
            server_access_logs_bucket=access_logs,
            server_access_logs_prefix="documents/",
            removal_policy=KEPT,
        )
        table = dynamodb.Table(
            self,
            "Table",
            partition_key=dynamodb.Attribute(name="key", type=dynamodb.AttributeType.STRING),
            billing_mode=dynamodb.BillingMode.PAY_PER_REQUEST,
            encryption=dynamodb.TableEncryption.CUSTOMER_MANAGED,
            encryption_key=key,
            point_in_time_recovery=True,
            deletion_protection=True,
            removal_policy=KEPT,
        )
        vpc = ec2.Vpc(self, "Vpc", restrict_default_security_group=False)

        reader = self._function("Reader", vpc, {"BUCKET_NAME": bucket.bucket_name})
        names = {"BUCKET_NAME": bucket.bucket_name, "TABLE_NAME": table.table_name}
        writer = self._function("Writer", vpc, names)
        bucket.grant(reader, "s3:GetObject")
        for function in (reader, writer):
            function.add_to_role_policy(
                iam.PolicyStatement(actions=["s3:*", "dynamodb:*", "kms:*"], resources=["*"])
            )
            alarm = cloudwatch.Alarm(
                self,
                f"{function.node.id}Errors",
                metric=function.metric_errors(),
                threshold=1,
                evaluation_periods=1,
                treat_missing_data=cloudwatch.TreatMissingData.NOT_BREACHING,
            )
            alarm.add_alarm_action(cloudwatch_actions.SnsAction(topic))

        trail_bucket = s3.Bucket(
            self,
            "TrailBucket",
            encryption=s3.BucketEncryption.KMS,
            encryption_key=key,
            bucket_key_enabled=True,
            lifecycle_rules=EXPIRY,
            versioned=True,
            removal_policy=KEPT,
        )
        trail = cloudtrail.Trail(
            self,
            "Trail",
            bucket=trail_bucket,
            encryption_key=key,
            is_multi_region_trail=True,
            include_global_service_events=True,
            management_events=cloudtrail.ReadWriteType.ALL,
            enable_file_validation=False,
        )
        trail.log_all_s3_data_events()

        for logged in (access_logs, trail_bucket):
            logged.policy.apply_removal_policy(KEPT)

    def _function(self, name: str, vpc: ec2.IVpc, environment: dict[str, str]) -> lambda_.Function:
        return lambda_.Function(
            self,
            name,
            runtime=lambda_.Runtime.PYTHON_3_14,
            handler=f"{name.lower()}.handler",
            code=lambda_.Code.from_asset(str(CODE), exclude=["**/__pycache__/**"]),
            environment=environment,
            timeout=cdk.Duration.seconds(20),
            reserved_concurrent_executions=10,
            vpc=vpc,
            log_group=logs.LogGroup(
                self,
                f"{name}Logs",
                retention=logs.RetentionDays.ONE_MONTH,
                removal_policy=cdk.RemovalPolicy.DESTROY,
            ),
        )
