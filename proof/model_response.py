"""The example's faults, and the edits that fix them as the guardrails print it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Edit:
    """A replacement of text that occurs once in a file."""

    file: str
    old: str
    new: str

    def apply(self, project: Path) -> None:
        """Change the file.

        Raises:
            ValueError: the text does not occur exactly once.
        """
        path = project / self.file
        text = path.read_text(encoding="utf-8")
        if text.count(self.old) != 1:
            raise ValueError(f"{self.file} has {text.count(self.old)} times {self.old!r}")
        path.write_text(text.replace(self.old, self.new), encoding="utf-8")


@dataclass(frozen=True)
class Fix:
    """The fix of one of the sixteen faults, and the rules that find the fault.

    A fix can uncover another fault, which it also mends: the TLS-only policy of a topic, for
    example, replaces the default policy that lets alarms publish (TAP103).
    """

    fault: str
    rules: tuple[str, ...]
    edits: tuple[Edit, ...]


FIXES = (
    Fix(
        "1.1",
        ("TAP621",),
        (
            Edit(
                "stack.py",
                "from aws_cdk import aws_dynamodb as dynamodb\n",
                """\
from aws_cdk import aws_cloudwatch_actions as cloudwatch_actions
from aws_cdk import aws_dynamodb as dynamodb
""",
            ),
        ),
    ),
    Fix(
        "1.2",
        ("TAP622",),
        (
            Edit(
                "stack.py",
                '        bucket.grant(reader, "s3:GetObject")\n',
                "        bucket.grant_read(reader)\n",
            ),
        ),
    ),
    Fix(
        "1.3",
        ("TAP622",),
        (
            Edit(
                "stack.py",
                "            point_in_time_recovery=True,\n",
                """\
            point_in_time_recovery_specification=dynamodb.PointInTimeRecoverySpecification(
                point_in_time_recovery_enabled=True
            ),
""",
            ),
        ),
    ),
    Fix(
        "2.1",
        ("TAP306",),
        (
            Edit(
                "stack.py",
                "            reserved_concurrent_executions=10,\n",
                "",
            ),
        ),
    ),
    Fix(
        "2.2",
        ("TAP251",),
        (
            Edit(
                "stack.py",
                "        trail = cloudtrail.Trail(\n",
                """\
        trail_name = "documents-audit"
        trail_arn = self.format_arn(
            service="cloudtrail", resource="trail", resource_name=trail_name
        )
        key.add_to_resource_policy(
            iam.PolicyStatement(
                principals=[iam.ServicePrincipal("cloudtrail.amazonaws.com")],
                actions=["kms:DescribeKey", "kms:GenerateDataKey*"],
                resources=["*"],
                conditions={"StringEquals": {"aws:SourceArn": trail_arn}},
            )
        )
        trail = cloudtrail.Trail(
""",
            ),
            Edit(
                "stack.py",
                '            "Trail",\n',
                """\
            "Trail",
            trail_name=trail_name,
""",
            ),
        ),
    ),
    Fix(
        "2.3",
        ("TAP255", "TAP261"),
        (
            Edit(
                "stack.py",
                """\
            is_multi_region_trail=True,
            include_global_service_events=True,
            management_events=cloudtrail.ReadWriteType.ALL,
            enable_file_validation=False,
        )
        trail.log_all_s3_data_events()
""",
                """\
            is_multi_region_trail=False,
            include_global_service_events=False,
            management_events=cloudtrail.ReadWriteType.NONE,
            enable_file_validation=True,
        )
        trail.add_s3_event_selector(
            [cloudtrail.S3EventSelector(bucket=bucket)], include_management_events=False
        )
        trail.node.default_child.add_property_override(
            "EventSelectors.0.DataResources.1",
            {"Type": "AWS::DynamoDB::Table", "Values": [table.table_arn]},
        )
""",
            ),
        ),
    ),
    Fix(
        "3.1",
        ("TAP201",),
        (
            Edit(
                "stack.py",
                '        topic = sns.Topic(self, "Topic")\n',
                """\
        topic = sns.Topic(self, "Topic", enforce_ssl=True)
        topic.add_to_resource_policy(
            iam.PolicyStatement(
                sid="AllowAlarms",
                principals=[iam.ServicePrincipal("cloudwatch.amazonaws.com")],
                actions=["sns:Publish"],
                resources=[topic.topic_arn],
                conditions={"StringEquals": {"aws:SourceAccount": self.account}},
            )
        )
""",
            ),
            Edit(
                "stack.py",
                "            encryption=s3.BucketEncryption.S3_MANAGED,\n",
                """\
            encryption=s3.BucketEncryption.S3_MANAGED,
            enforce_ssl=True,
""",
            ),
            Edit(
                "stack.py",
                "            bucket_key_enabled=True,\n            versioned",
                """\
            bucket_key_enabled=True,
            enforce_ssl=True,
            versioned""",
            ),
            Edit(
                "stack.py",
                "            bucket_key_enabled=True,\n            lifecycle_rules=EXPIRY",
                """\
            bucket_key_enabled=True,
            enforce_ssl=True,
            lifecycle_rules=EXPIRY""",
            ),
            Edit(
                "stack.py",
                "(access_logs, trail_bucket)",
                "(access_logs, bucket, trail_bucket)",
            ),
        ),
    ),
    Fix(
        "3.2",
        ("TAP301", "TAP302"),
        (
            Edit(
                "stack.py",
                """\
        bucket.grant_read(reader)
        for function in (reader, writer):
            function.add_to_role_policy(
                iam.PolicyStatement(actions=["s3:*", "dynamodb:*", "kms:*"], resources=["*"])
            )
""",
                """\
        objects = bucket.arn_for_objects("*")
        allowed = {
            reader: [("s3:GetObject", objects), ("kms:Decrypt", key.key_arn)],
            writer: [
                ("s3:PutObject", objects),
                ("kms:GenerateDataKey", key.key_arn),
                ("kms:Decrypt", key.key_arn),
                ("dynamodb:PutItem", table.table_arn),
            ],
        }
        for function, statements in allowed.items():
            for action, resource in statements:
                function.add_to_role_policy(
                    iam.PolicyStatement(actions=[action], resources=[resource])
                )
""",
            ),
            Edit(
                "code/reader.py",
                "s3 = boto3",
                """\
PERMISSIONS = {"BUCKET_NAME/*": {"s3:GetObject"}}

s3 = boto3""",
            ),
            Edit(
                "code/writer.py",
                "s3 = boto3",
                """\
PERMISSIONS = {
    "BUCKET_NAME/*": {"s3:PutObject"},
    "TABLE_NAME": {"dynamodb:PutItem"},
}

s3 = boto3""",
            ),
        ),
    ),
    Fix(
        "3.3",
        ("TAP202",),
        (
            Edit(
                "stack.py",
                "enforce_ssl=True,\n            object_ownership",
                """\
enforce_ssl=True,
            block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
            object_ownership""",
            ),
            Edit(
                "stack.py",
                "            enforce_ssl=True,\n            versioned",
                """\
            enforce_ssl=True,
            block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
            versioned""",
            ),
            Edit(
                "stack.py",
                "            enforce_ssl=True,\n            lifecycle_rules=EXPIRY",
                """\
            enforce_ssl=True,
            block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
            lifecycle_rules=EXPIRY""",
            ),
        ),
    ),
    Fix(
        "4.1",
        ("TAP307",),
        (
            Edit(
                "stack.py",
                "            vpc=vpc,\n",
                """\
            memory_size=512,
            vpc=vpc,
""",
            ),
        ),
    ),
    Fix(
        "4.2",
        ("TAP404",),
        (
            Edit(
                "stack.py",
                """\
        vpc = ec2.Vpc(self, "Vpc", restrict_default_security_group=False)
""",
                """\
        vpc = ec2.Vpc(self, "Vpc", nat_gateways=1, restrict_default_security_group=False)
        vpc.add_gateway_endpoint("S3", service=ec2.GatewayVpcEndpointAwsService.S3)
        vpc.add_gateway_endpoint("DynamoDb", service=ec2.GatewayVpcEndpointAwsService.DYNAMODB)
""",
            ),
        ),
    ),
    Fix(
        "4.3",
        ("TAP214",),
        (
            Edit(
                "stack.py",
                "PAY_PER_REQUEST,\n",
                """\
PAY_PER_REQUEST,
            max_read_request_units=1000,
            max_write_request_units=1000,
""",
            ),
        ),
    ),
    Fix(
        "5.1",
        ("TAP110",),
        (
            Edit(
                "stack.py",
                "        trail_name = ",
                """\
        bucket.add_metric(id="EntireBucket")
        failing = {"BucketName": bucket.bucket_name, "FilterId": "EntireBucket"}
        of_table = {"TableName": table.table_name}
        watched = {
            "BucketErrors": ("AWS/S3", "5xxErrors", failing),
            "ReadThrottles": ("AWS/DynamoDB", "ReadThrottleEvents", of_table),
            "WriteThrottles": ("AWS/DynamoDB", "WriteThrottleEvents", of_table),
        }
        for name, (namespace, metric, dimensions) in watched.items():
            alarm = cloudwatch.Alarm(
                self,
                name,
                metric=cloudwatch.Metric(
                    namespace=namespace,
                    metric_name=metric,
                    dimensions_map=dimensions,
                    statistic="Sum",
                ),
                threshold=1,
                evaluation_periods=1,
                treat_missing_data=cloudwatch.TreatMissingData.NOT_BREACHING,
            )
            alarm.add_alarm_action(cloudwatch_actions.SnsAction(topic))

        trail_name = """,
            ),
        ),
    ),
    Fix(
        "5.2",
        ("TAP308",),
        (
            Edit(
                "stack.py",
                "            memory_size=512,\n",
                """\
            memory_size=512,
            tracing=lambda_.Tracing.ACTIVE,
""",
            ),
        ),
    ),
    Fix(
        "6.1",
        ("TAP601", "TAP602"),
        (
            Edit(
                "app.py",
                'DocumentStack(app, "Documents", termination_protection=True)\n',
                """\
tags = {"Project": "documents", "Owner": "platform-team", "Environment": "prod"}
stack = DocumentStack(app, "Documents", termination_protection=True, tags=tags)
for key, value in tags.items():
    cdk.Tags.of(stack).add(key, value)
""",
            ),
            Edit(
                "stack.py",
                """\
        self, scope: Construct, construct_id: str, *, termination_protection: bool
    ) -> None:
        super().__init__(
            scope,
            construct_id,
            termination_protection=termination_protection,
        )
""",
                """\
        self,
        scope: Construct,
        construct_id: str,
        *,
        termination_protection: bool,
        tags: dict[str, str],
    ) -> None:
        super().__init__(
            scope,
            construct_id,
            termination_protection=termination_protection,
            tags=tags,
        )
""",
            ),
        ),
    ),
    Fix(
        "6.2",
        ("TAP603",),
        (
            Edit(
                "stack.py",
                "    def _function(",
                """\
        arns = {
            "KeyArn": key.key_arn,
            "TopicArn": topic.topic_arn,
            "AccessLogsArn": access_logs.bucket_arn,
            "BucketArn": bucket.bucket_arn,
            "TrailBucketArn": trail_bucket.bucket_arn,
            "TableArn": table.table_arn,
            "VpcArn": vpc.vpc_arn,
            "ReaderArn": reader.function_arn,
            "WriterArn": writer.function_arn,
            "TrailArn": trail.trail_arn,
        }
        for name, arn in arns.items():
            cdk.CfnOutput(self, name, value=arn)

    def _function(""",
            ),
        ),
    ),
)
