"""Put each known fault back into a freshly rendered project, and see which guardrail refuses it.

`python -m tests.mutants` prints the table fault, rule, caught, and exits with 1 when one survives. Each mutant is an
edit of the project's source as a person would make it, in a variant that has the feature. It is caught when the synth
fails, the report of its rule names the construct and the fix, and no other guardrail cries.
"""

from __future__ import annotations

import argparse
import contextlib
import importlib
import io
import json
import os
import re
import resource
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cookiecutter.main import cookiecutter

from local_extensions import answers

Edit = tuple[str, str, str]  # file, old text in which … stands for anything, new text
PROJECT_PACKAGES = ("guardrails", "infra")
GAP = "…"

S3: Mapping[str, str | bool] = {"worker": "s3", "alarm_email": "on-call@example.com"}
SQS: Mapping[str, str | bool] = {
    "api": "http", "api_auth": "cognito", "worker": "sqs", "billing_mode": "provisioned", "network": "nat",
}  # fmt: skip
STREAM: Mapping[str, str | bool] = {"worker": "stream", "network": "none", "audit_trail": False}
SCHEDULE: Mapping[str, str | bool] = {"worker": "schedule", "api_auth": "cognito"}
AWS_KEYS: Mapping[str, str | bool] = {"encryption": "aws_managed", "audit_trail": False}


@dataclass(frozen=True)
class Mutant:
    """One fault, put back.

    Args:
        fault: what somebody did wrong.
        rule: the guardrail that refuses it.
        construct: part of the path of what the report must name.
        edits: how the source changes.
        variant: the answers of a project that has the feature.
        also: guardrails that rightly cry as well, because the fault brings another one.
    """

    fault: str
    rule: str
    construct: str
    edits: Sequence[Edit]
    variant: Mapping[str, str | bool] = field(default_factory=lambda: S3)
    also: frozenset[str] = frozenset()


def drop(file: str, text: str) -> list[Edit]:
    """An edit that removes a text."""
    return [(file, text, "")]


def swap(file: str, old: str, new: str) -> list[Edit]:
    """An edit that replaces a text."""
    return [(file, old, new)]


def paste(code: str, imports: str = "") -> list[Edit]:
    """An edit that adds code at the end of the stack."""
    lines = "".join(f"        {line}\n" for line in code.strip().splitlines())
    edits = [("infra/stack.py", "        self._outputs()\n", f"{lines}        self._outputs()\n")]
    if imports:
        edits.append(("infra/stack.py", "import aws_cdk as cdk\n", f"import aws_cdk as cdk\n{imports}\n"))
    return edits


FUNCTIONS, STORAGE, TABLE, WORKER, API = (f"infra/{n}.py" for n in ("functions", "storage", "table", "worker", "api"))
ALARMS, ENCRYPTION, NETWORK, AUDIT = (f"infra/{n}.py" for n in ("alarms", "encryption", "network", "audit"))
EXTRA_TABLE = """
dynamodb.Table(self, "Extra", partition_key=dynamodb.Attribute(name="pk", type=dynamodb.AttributeType.STRING))
"""

MUTANTS = [
    # TAP1xx
    Mutant("alarm without an action", "TAP101", "Errors", drop(ALARMS, "        alarm.add_alarm_action(actions.SnsAction(self.topic))\n")),
    Mutant("alarm in INSUFFICIENT_DATA", "TAP102", "Errors", drop(ALARMS, "            treat_missing_data=cloudwatch.TreatMissingData.NOT_BREACHING,\n")),
    Mutant("topic policy without CloudWatch", "TAP103", "Alarms/Topic", drop(ALARMS, "        self.topic.add_to_resource_policy(…\n        )\n")),
    Mutant("topic key without CloudWatch", "TAP104", "Encryption/Key", drop(ENCRYPTION, "        self._allow_alarms()\n")),
    Mutant("topic with the AWS-managed key", "TAP104", "Alarms/Topic",
           swap(ALARMS, "enforce_ssl=True, **encryption.topic", 'enforce_ssl=True, master_key=__import__("aws_cdk").aws_kms.Alias.from_alias_name(self, "Aws", "alias/aws/sns")')),
    Mutant("address that nobody subscribed", "TAP105", "infra/settings.py", swap(ALARMS, "            self.topic.add_subscription(subscriptions.EmailSubscription(settings.alarm_email))\n", "            pass\n")),
    Mutant("address that is none", "TAP105", "Alarms/Topic", swap("infra/settings.py", '"on-call@example.com"', '"on-call@example"')),
    Mutant("S3 alarm without FilterId", "TAP106", "Storage", drop(STORAGE, '                "FilterId": _REQUEST_METRICS,\n')),
    Mutant("DynamoDB alarm on the account's metric", "TAP106", "Table/UserErrors",
           swap(TABLE, "        self._add_alarms(", '        alarms.add(self, "UserErrors", metric=self.table.metric_user_errors(), threshold=1, description="x")\n        self._add_alarms(')),
    Mutant("HTTP API alarm with REST's metric name", "TAP106", "Api/",
           swap(API, "metric=self.http_api.metric_latency(", 'metric=self.http_api.metric("5XXError") if True else self.http_api.metric_latency('), SQS),
    Mutant("S3 alarm without request metrics", "TAP107", "Storage", drop(STORAGE, "            metrics=[s3.BucketMetrics(id=_REQUEST_METRICS)],\n")),
    Mutant("daily metric with five minutes", "TAP107", "Extra",
           paste("""
self.alarms.add(self, "Extra", threshold=1, description="x", metric=cloudwatch.Metric(
    namespace="AWS/S3", metric_name="BucketSizeBytes", period=cdk.Duration.minutes(5),
    dimensions_map={"BucketName": self.storage.bucket.bucket_name, "StorageType": "StandardStorage"}))
""", "from aws_cdk import aws_cloudwatch as cloudwatch")),
    Mutant("consumed capacity compared with units a second", "TAP108", "Table/", swap(TABLE, "int(most * _PERIOD.to_seconds() * 0.8)", "int(most * 0.8)")),
    Mutant("one API name for all environments", "TAP109", "Api/RestApi", swap(API, 'rest_api_name=f"{PROJECT}-{settings.name}"', "rest_api_name=PROJECT")),
    Mutant("function that no alarm watches", "TAP110", "Function", drop(FUNCTIONS, '        platform.alarms.add(\n            self,\n            "Errors",…\n        )\n')),
    Mutant("table that no alarm watches", "TAP110", "Table/Table", drop(TABLE, "        self._add_alarms(…\n        )\n")),
    Mutant("bucket that no alarm watches", "TAP110", "Storage/Bucket", drop(STORAGE, '        alarms.add(\n            self,\n            "ClientErrors",…\n        )\n        alarms.add(\n            self,\n            "ServerErrors",…\n        )\n')),
    Mutant("dead-letter queue that no alarm watches", "TAP110", "DeadLetters", drop(WORKER, "        platform.alarms.add(\n            self,\n            \"DeadLettersWait\",…\n        )\n")),
    Mutant("stream that no alarm watches", "TAP110", "Worker/Function", drop(WORKER, '        platform.alarms.add(\n            self,\n            "StreamAge",…\n        )\n'), STREAM),
    Mutant("API that no alarm watches", "TAP110", "HttpApi", drop(API, '        platform.alarms.add(\n            self,\n            "ServerErrors",…\n        )\n'), SQS),
    Mutant("EventBridge on an encrypted topic, by account", "TAP111", "Encryption/Key",
           paste("""
self.alarms.topic.add_to_resource_policy(
    iam.PolicyStatement(actions=["sns:Publish"], resources=[self.alarms.topic.topic_arn], principals=[iam.ServicePrincipal("events.amazonaws.com")]))
events.CfnRule(self, "Extra", event_pattern={"source": ["aws.health"]},
               targets=[events.CfnRule.TargetProperty(arn=self.alarms.topic.topic_arn, id="Topic")])
""", "from aws_cdk import aws_events as events")),
    Mutant("custom metric with another service", "TAP112", "Extra",
           paste("""
self.alarms.add(self, "Extra", threshold=1, description="x", metric=cloudwatch.Metric(
    namespace=PROJECT, metric_name="ItemsCreated", dimensions_map={"service": "items"}))
""", "from aws_cdk import aws_cloudwatch as cloudwatch")),
    # TAP2xx
    Mutant("log bucket that allows plain HTTP", "TAP201", "Storage/AccessLogs", [
        (STORAGE, "        encryption=s3.BucketEncryption.S3_MANAGED,\n        enforce_ssl=True,\n", "        encryption=s3.BucketEncryption.S3_MANAGED,\n"),
        (STORAGE, "    keep_policy(bucket, policy)\n", ""),
    ]),
    Mutant("queue that allows plain HTTP", "TAP201", "DeadLetters", drop(WORKER, "            enforce_ssl=True,\n")),
    Mutant("topic that allows plain HTTP", "TAP201", "Alarms/Topic", swap(ALARMS, "enforce_ssl=True, ", "")),
    Mutant("bucket that may be public", "TAP202", "Storage/Bucket", swap(STORAGE, "            block_public_access=s3.BlockPublicAccess.BLOCK_ALL,\n            enforce_ssl", "            block_public_access=s3.BlockPublicAccess(block_public_policy=False),\n            enforce_ssl")),
    Mutant("bucket that logs into itself", "TAP203", "Storage/Bucket", drop(STORAGE, "            server_access_logs_bucket=self.access_logs,\n")),
    Mutant("log bucket with KMS", "TAP204", "Storage/AccessLogs", swap(STORAGE, "        encryption=s3.BucketEncryption.S3_MANAGED,", "        encryption=s3.BucketEncryption.KMS_MANAGED,"), {**S3, "audit_trail": False}),
    Mutant("overlapping notifications", "TAP205", "Storage/Bucket",
           swap(WORKER, "            event_bridge_configuration=", """            lambda_configurations=[
                s3.CfnBucket.LambdaConfigurationProperty(
                    event=event,
                    function="arn:of:another:function",
                    filter=s3.CfnBucket.NotificationFilterProperty(
                        s3_key=s3.CfnBucket.S3KeyFilterProperty(
                            rules=[s3.CfnBucket.FilterRuleProperty(name="prefix", value=prefix)]
                        )
                    ),
                )
                for event, prefix in (("s3:ObjectCreated:*", "in/"), ("s3:ObjectCreated:Put", "in/new/"))
            ],
            event_bridge_configuration=""")),
    Mutant("S3 notifies a queue that refuses it", "TAP206", "Worker/DeadLetters",
           swap(WORKER, "            event_bridge_configuration=", """            queue_configurations=[
                s3.CfnBucket.QueueConfigurationProperty(
                    event="s3:ObjectRemoved:*",
                    queue=bucket.stack.format_arn(service="sqs", resource=bucket.stack.worker.dead_letters.queue_name),
                )
            ],
            event_bridge_configuration=""") if False else [
               (WORKER, "        self._send_events(storage.bucket)\n", "        self._send_events(storage.bucket, self.dead_letters)\n"),
               (WORKER, "def _send_events(bucket: s3.Bucket)", "def _send_events(bucket: s3.Bucket, queue: sqs.Queue)"),
               (WORKER, "            event_bridge_configuration=", """            queue_configurations=[
                s3.CfnBucket.QueueConfigurationProperty(event="s3:ObjectRemoved:*", queue=queue.queue_arn)
            ],
            event_bridge_configuration="""),
           ]),
    Mutant("bucket that asks KMS for every object", "TAP207", "Storage/Bucket", swap(ENCRYPTION, '"bucket_key_enabled": True', '"bucket_key_enabled": False')),
    Mutant("key that does not rotate", "TAP217", "Encryption/Key", drop(ENCRYPTION, "            enable_key_rotation=True,\n")),
    Mutant("key that goes before its data", "TAP208", "Encryption/Key", swap(ENCRYPTION, "removal_policy=settings.removal_policy", "removal_policy=cdk.RemovalPolicy.DESTROY")),
    Mutant("production deletes its bucket", "TAP209", "Storage/Bucket", swap(STORAGE, "            removal_policy=settings.removal_policy,\n", "            removal_policy=cdk.RemovalPolicy.DESTROY,\n")),
    Mutant("table without deletion protection", "TAP209", "Table/Table", drop(TABLE, "            deletion_protection=settings.production,\n")),
    Mutant("production without termination protection", "TAP209", "Table/Table", drop("infra/stack.py", "            termination_protection=settings.production,\n"), {"audit_trail": False}),
    Mutant("log bucket that empties itself", "TAP210", "Storage/AccessLogs",
           [(STORAGE, "        removal_policy=policy,\n", "        removal_policy=cdk.RemovalPolicy.DESTROY,\n        auto_delete_objects=True,\n")], also=frozenset({"TAP601", "TAP305"})),
    Mutant("bucket with a fixed name", "TAP211", "Storage/Bucket", swap(STORAGE, '            "Bucket",\n', '            "Bucket",\n            bucket_name=f"tap-data-{settings.name}",\n')),
    Mutant("table without point-in-time recovery", "TAP212", "Table/Table", swap(TABLE, "point_in_time_recovery_enabled=True", "point_in_time_recovery_enabled=False")),
    Mutant("scaling target without a policy", "TAP213", "Table/Table", swap(TABLE, "            scaling.scale_on_utilization(target_utilization_percent=70)\n", "            assert scaling\n"), SQS),
    Mutant("index that does not scale", "TAP213", "Table/Table", drop(TABLE, "            self.table.auto_scale_global_secondary_index_write_capacity(INDEX, **limits),\n"), SQS),
    Mutant("on-demand table without a ceiling", "TAP214", "Table/Table", swap(TABLE, '            "Table",\n            billing_mode=dynamodb.BillingMode.PAY_PER_REQUEST,\n            max_read_request_units=capacity.max_read_units,\n', '            "Table",\n            billing_mode=dynamodb.BillingMode.PAY_PER_REQUEST,\n')),
    Mutant("log group key without CloudWatch Logs", "TAP215", "Encryption/Key", drop(ENCRYPTION, "        self._allow_logs()\n")),
    Mutant("key policy that names its bucket", "TAP216", "",
           paste("""
self.encryption.key.add_to_resource_policy(iam.PolicyStatement(
    actions=["kms:Decrypt"], resources=["*"], principals=[iam.ServicePrincipal("s3.amazonaws.com")],
    conditions={"ArnLike": {"aws:SourceArn": self.storage.bucket.bucket_arn}}))
""")),
    Mutant("trail key without CloudTrail", "TAP251", "Encryption/Key", drop(AUDIT, "        encryption.allow_trail(self.arn)\n")),
    Mutant("trail bucket without CloudTrail", "TAP252", "AuditTrail/Logs", drop(AUDIT, "        self._allow_delivery(…\n")),
    Mutant("trail before the policy of its bucket", "TAP252", "AuditTrail/Trail", swap(AUDIT, "            trail.node.add_dependency(self.bucket.policy)\n", "            pass\n")),
    Mutant("trail of all regions", "TAP253", "AuditTrail/Trail", swap(AUDIT, "is_multi_region_trail=False", "is_multi_region_trail=True")),
    Mutant("trail in every environment", "TAP254", "dev/AuditTrail/Trail", swap("infra/stack.py", "        if settings.production:\n            self.audit", "        if True:\n            self.audit")),
    # TAP30x
    Mutant("call that no permission allows", "TAP301", "Api/Function", drop(API, "        storage.allow_read(self.function, DOCUMENTS)\n")),
    Mutant("handler that does not say what it calls", "TAP301", "Api/Function", swap("service/api.py", "CALLS = {", "PERMISSIONS = {"), also=frozenset({"TAP302"})),
    Mutant("grant_read_write", "TAP302", "Api/Function", swap(API, "        storage.allow_read(self.function, DOCUMENTS)\n", "        storage.allow_read(self.function, DOCUMENTS)\n        storage.bucket.grant_read_write(self.function.role)\n")),
    Mutant("permission that no code uses", "TAP302", "Api/Function", swap(API, '["dynamodb:DeleteItem", ', '["dynamodb:DeleteItem", "dynamodb:Scan", ')),
    Mutant("whole bucket instead of a prefix", "TAP302", "Api/Function", swap(STORAGE, '            ["s3:GetObject"],\n            [self.bucket.arn_for_objects(f"{prefix}*")],', '            ["s3:GetObject"],\n            [self.bucket.arn_for_objects("*")],'), {**S3, "worker": "none"}),
    Mutant("AWS-managed policy", "TAP302", "Role", swap(FUNCTIONS, 'assumed_by=iam.ServicePrincipal("lambda.amazonaws.com")', 'assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"), managed_policies=[iam.ManagedPolicy.from_aws_managed_policy_name("AmazonS3ReadOnlyAccess")]')),
    Mutant("function that may not use the key of its data", "TAP303", "Api/Function", drop(API, '        self.function.allow_key(["dynamodb", "s3"])\n')),
    Mutant("own role without logs", "TAP304", "Function", drop(FUNCTIONS, '        self.allow(["logs:CreateLogStream", "logs:PutLogEvents"], [self.log_group.log_group_arn])\n')),
    Mutant("own role without network interfaces", "TAP304", "Function", drop(FUNCTIONS, "        self._allow_network_interfaces(platform.network)\n")),
    Mutant("implicit log group", "TAP305", "Function", drop(FUNCTIONS, "            log_group=self.log_group,\n")),
    Mutant("logs for ever", "TAP305", "Function", swap(FUNCTIONS, "retention=settings.log_retention", "retention=logs.RetentionDays.INFINITE")),
    Mutant("reserved concurrency", "TAP306", "Function", swap(FUNCTIONS, "            memory_size=", "            reserved_concurrent_executions=10,\n            memory_size=")),
    Mutant("128 MB, unconsidered", "TAP307", "Function", drop(FUNCTIONS, "            memory_size=size.memory_mib,\n")),
    Mutant("function without tracing", "TAP308", "Function", drop(FUNCTIONS, "            tracing=lambda_.Tracing.ACTIVE,\n")),
    Mutant("handler that does not exist", "TAP309", "Api/Function", swap(API, 'handler="api.handler"', 'handler="api.handle"')),
    Mutant("handler file that does not exist", "TAP309", "Api/Function", swap(API, 'handler="api.handler"', 'handler="app.handler"')),
    Mutant("missing extra of Powertools", "TAP310", "Function", [("build/dependencies/python/aws_lambda_powertools/__init__.py", "", "")]),
    Mutant("Powertools without a namespace", "TAP311", "Function", drop(FUNCTIONS, '                "POWERTOOLS_METRICS_NAMESPACE": PROJECT,\n')),
    Mutant("failures that can't be sent", "TAP312", "Worker/Function", drop(FUNCTIONS, '        self.allow(["sqs:SendMessage"], [queue.queue_arn])\n')),
    Mutant("failures to a queue whose key is closed", "TAP312", "Worker/Function", swap(WORKER, 'allow_key(["dynamodb", "s3", "sqs"])', 'allow_key(["dynamodb", "s3"])')),
    Mutant("byte-code in the asset", "TAP313", "Function", [("service/__pycache__/api.cpython-314.pyc", "", "x"), (FUNCTIONS, ', exclude=["**/__pycache__/**"]', "")]),
    # TAP32x
    Mutant("visibility timeout of 30 s", "TAP321", "Worker/Queue", drop(WORKER, "            visibility_timeout=cdk.Duration.seconds(6 * settings.worker_function.timeout_seconds),\n"), SQS),
    Mutant("visibility timeout below six times", "TAP321", "Worker/Queue", swap(WORKER, "seconds(6 * ", "seconds(2 * "), SQS),
    Mutant("queue without a dead-letter queue", "TAP322", "Worker/Queue", drop(WORKER, "            dead_letter_queue=sqs.DeadLetterQueue(max_receive_count=3, queue=self.dead_letters),\n"), SQS),
    Mutant("dead letters for four days", "TAP322", "Worker/DeadLetters", drop(WORKER, "            retention_period=cdk.Duration.days(14),\n"), SQS),
    Mutant("stream that retries for ever", "TAP323", "Worker", drop(WORKER, "                retry_attempts=5,\n"), STREAM),
    Mutant("stream without bisect", "TAP323", "Worker", drop(WORKER, "                bisect_batch_on_error=True,\n"), STREAM),
    Mutant("stream without a failure destination", "TAP323", "Worker", drop(WORKER, "                on_failure=event_sources.SqsDlq(self.dead_letters),\n"), STREAM, also=frozenset({"TAP302"})),
    Mutant("batch that fails as a whole", "TAP324", "Worker", drop(WORKER, "                report_batch_item_failures=True,\n"), SQS),
    Mutant("failed events thrown away", "TAP325", "Worker/Function", drop(WORKER, "        self.function.send_failures_to(self.dead_letters, platform.alarms)\n"), {"encryption": "aws_managed"}),
    Mutant("undelivered events thrown away", "TAP326", "Worker/ObjectCreated", drop(WORKER, "                    dead_letter_queue=self.dead_letters,\n")),
    Mutant("EventBridge can't use the queue's key", "TAP326", "Encryption/Key", drop("infra/stack.py", "        self.encryption.allow_event_bridge()\n")),
    Mutant("schedule that can't keep what failed", "TAP327", "Worker/Schedule", drop(WORKER, '        role.add_to_policy(\n            iam.PolicyStatement(\n                actions=["sqs:SendMessage"],…\n            )\n        )\n'), SCHEDULE),
    Mutant("schedule that can't use the queue's key", "TAP327", "Worker/Schedule", drop(WORKER, '        role.add_to_policy(platform.encryption.usage(["sqs"]))\n'), SCHEDULE),
    Mutant("sixty runs instead of one", "TAP328", "Worker/Schedule", swap(WORKER, "scheduler.ScheduleExpression.rate(…\n            ),\n            target", 'scheduler.ScheduleExpression.cron(hour="3"),\n            target'), SCHEDULE),
    Mutant("worker that feeds itself", "TAP329", "Worker/Function", drop(WORKER, '                    "object": {"key": [{"prefix": INCOMING}]},\n')),
    Mutant("stream worker that feeds itself", "TAP329", "Worker/Function", drop(WORKER, "                filters=[…\n                ],\n"), STREAM),
    Mutant("bucket that sends no events", "TAP330", "Storage/Bucket", drop(WORKER, "        self._send_events(storage.bucket)\n")),
    # TAP4xx
    Mutant("private subnets without a way out", "TAP401", "Vpc", swap(NETWORK, "nat_gateways=1", "nat_gateways=0"), SQS),
    Mutant("isolated function without an endpoint", "TAP402", "Function", drop(NETWORK, '                "S3": ec2.GatewayVpcEndpointOptions(service=ec2.GatewayVpcEndpointAwsService.S3),\n')),
    Mutant("endpoint that nothing uses", "TAP403", "Sns", swap(NETWORK, "        self.vpc.add_flow_log(", '        self.vpc.add_interface_endpoint("Sns", service=ec2.InterfaceVpcEndpointAwsService.SNS)\n        self.vpc.add_flow_log(')),
    Mutant("a NAT gateway in each zone", "TAP404", "Vpc", swap(NETWORK, "nat_gateways=1", "nat_gateways=2"), SQS),
    Mutant("S3 through the NAT gateway", "TAP404", "Vpc", drop(NETWORK, '                "S3": ec2.GatewayVpcEndpointOptions(service=ec2.GatewayVpcEndpointAwsService.S3),\n'), SQS),
    Mutant("security group that lets nothing out", "TAP405", "Function", drop(NETWORK, "        self.security_group.add_egress_rule(…\n        )\n")),
    Mutant("zones looked up in an account", "TAP406", "cdk.context.json", [("infra/settings.py", 'region="us-east-1",\n', 'region="us-east-1",\n            account="111122223333",\n'), ("infra/stack.py", "    @property\n    def availability_zones…for index in range(2)]\n", "")]),
    # TAP5xx
    Mutant("REST logs without the account's role", "TAP501", "Api/RestApi", [
        (API, "            cloud_watch_role=True,\n            cloud_watch_role_removal_policy=cdk.RemovalPolicy.RETAIN,\n", ""),
        (API, '        cdk.Validations.of(self.rest_api.node.find_child("CloudWatchRole")).acknowledge(…\n        )\n', ""),
    ]),
    Mutant("function slower than its API", "TAP502", "Api/Function", swap(FUNCTIONS, "timeout=cdk.Duration.seconds(size.timeout_seconds)", "timeout=cdk.Duration.minutes(5)")),
    Mutant("EDGE API", "TAP503", "Api/RestApi", drop(API, "            endpoint_types=[apigateway.EndpointType.REGIONAL],\n")),
    Mutant("API open to everybody", "TAP504", "Api/RestApi", drop(API, "            default_method_options=authorization.method_options,\n"), {**S3, "api_auth": "iam"}),
    Mutant("HTTP API open to everybody", "TAP504", "Api/HttpApi", drop(API, "            default_authorizer=authorization.authorizer,\n"), SQS),
    Mutant("API without limits", "TAP505", "Api/RestApi", drop(API, "                throttling_burst_limit=settings.api_burst_limit,\n                throttling_rate_limit=settings.api_rate_limit,\n")),
    Mutant("REST API without tracing", "TAP506", "Api/RestApi", drop(API, "                tracing_enabled=True,\n")),
    Mutant("HTTP API without an access log", "TAP507", "Api/HttpApi", drop(API, "        self._log_to(access_logs)\n"), SQS),
    # TAP6xx
    Mutant("untagged resources", "TAP601", "Bucket", swap("infra/stack.py", "            cdk.Tags.of(self).add(key, value)\n", "            assert key and value\n")),
    Mutant("untagged helper of CDK", "TAP601", "RestrictDefault", swap(NETWORK, "restrict_default_security_group=False", "restrict_default_security_group=True")),
    Mutant("untagged stack", "TAP602", "tap-service-dev", drop("infra/stack.py", "            tags=settings.tags,\n")),
    Mutant("bucket that no output names", "TAP603", "Storage/Bucket", drop("infra/stack.py", '        self._output("BucketArn", self.storage.bucket.bucket_arn, "The data bucket")\n        self._output("BucketName", self.storage.bucket.bucket_name, "The data bucket\'s name")\n')),
    Mutant("exports in every environment", "TAP604", "tap-service-dev", swap("infra/stack.py", "cdk.CfnOutput(self, name, value=value, description=description)", 'cdk.CfnOutput(self, name, value=value, description=description, export_name=f"tap-{name}")')),
    Mutant("app without the flags of cdk.json", "TAP605", "cdk.json", swap("infra/app.py", "context=context, ", 'context={**context, "@aws-cdk/aws-lambda:recognizeLayerVersion": False}, ')),
    Mutant("errors that don't fail", "TAP605", "cdk.json", swap("cdk.json", '"@aws-cdk/core:annotationsInValidationReport": true', '"@aws-cdk/core:annotationsInValidationReport": false')),
    Mutant("CDK CLI that floats", "TAP606", "package.json", swap("package.json", '"aws-cdk": "', '"aws-cdk": "^')),
    Mutant("aws-cdk-lib that floats", "TAP606", "requirements/synth.in", swap("requirements/synth.in", "aws-cdk-lib==2.275.0", "aws-cdk-lib>=2.275.0,<3")),
    Mutant("policy of an imported bucket", "TAP607", "infra/stack.py",
           paste("""
s3.Bucket.from_bucket_name(self, "Theirs", "theirs").add_to_resource_policy(iam.PolicyStatement(
    actions=["s3:GetObject"], resources=["*"], principals=[iam.ServicePrincipal("s3.amazonaws.com")]))
""", "from aws_cdk import aws_s3 as s3")),
    Mutant("partition in the source", "TAP608", "infra/network.py", swap(NETWORK, '        stack = cdk.Stack.of(self)\n\n        def arn(resource: str, name: str) -> str:\n            return stack.format_arn(service="ec2", resource=resource, resource_name=name)\n', '        stack = cdk.Stack.of(self)\n\n        def arn(resource: str, name: str) -> str:\n            return f"arn:aws:ec2:{stack.region}:{stack.account}:{resource}/{name}"\n')),
    Mutant("asset relative to the working directory", "TAP609", "infra/functions.py", swap(FUNCTIONS, "lambda_.Code.from_asset(str(SERVICE), ", 'lambda_.Code.from_asset("service", ')),
]


REPORT = """\"\"\"Counts what there is.\"\"\"

CALLS = {"BUCKET_NAME": {"s3:ListBucket"}, "*": {"cloudwatch:PutMetricData"}}


def handler(event: object, context: object) -> None:
    \"\"\"Nothing yet.\"\"\"
"""
SECOND_FUNCTION = """
report = ServiceFunction(
    self, "Report", platform=platform, handler="report.handler",
    size=settings.worker_function, environment={"BUCKET_NAME": self.storage.bucket.bucket_name},
)
report.allow(["s3:ListBucket"], [self.storage.bucket.bucket_arn])
report.allow(["cloudwatch:PutMetricData"], ["*"], why_wildcard="CloudWatch has no resources here")
self._output("ReportArn", report.function.function_arn, "Counts")
"""
IMPORTED_NETWORK = """\"\"\"The VPC of the account.\"\"\"

import aws_cdk as cdk
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_s3 as s3
from constructs import Construct

from infra.settings import Environment


class Network(Construct):
    def __init__(
        self, scope: Construct, construct_id: str, *, settings: Environment, log_bucket: s3.IBucket
    ) -> None:
        super().__init__(scope, construct_id)
        self.subnets = ec2.SubnetSelection(subnet_type=ec2.SubnetType.PRIVATE_WITH_EGRESS)
        self.vpc = ec2.Vpc.from_vpc_attributes(
            self, "Vpc", vpc_id="vpc-1", availability_zones=["us-east-1a", "us-east-1b"],
            private_subnet_ids=["subnet-1", "subnet-2"],
        )
        self.security_group = ec2.SecurityGroup(
            self, "Functions", vpc=self.vpc, allow_all_outbound=False
        )
        self.security_group.add_egress_rule(ec2.Peer.any_ipv4(), ec2.Port.tcp(443))

    @property
    def interface_arns(self) -> list[str]:
        stack = cdk.Stack.of(self)
        parts = [
            ("network-interface", "*"), ("security-group", self.security_group.security_group_id),
            ("subnet", "subnet-1"), ("subnet", "subnet-2"),
        ]
        return [
            stack.format_arn(service="ec2", resource=kind, resource_name=name)
            for kind, name in parts
        ]
"""
OWN_QUEUE = """
key = kms.Key(self, "QueueKey", enable_key_rotation=True, removal_policy=settings.removal_policy)
queue = sqs.Queue(
    self, "Own", enforce_ssl=True, encryption=sqs.QueueEncryption.KMS, encryption_master_key=key
)
cdk.Validations.of(queue).acknowledge(
    cdk.Acknowledgment(id="AwsSolutions-SQS3", reason="Nobody reads it with a function")
)
self.alarms.add(
    self, "OwnWaits", metric=queue.metric_approximate_age_of_oldest_message(), threshold=900,
    description="Messages wait",
)
self._output("OwnQueueArn", queue.queue_arn, "A queue")
self._output("OwnQueueKeyArn", key.key_arn, "Its key")
"""
SECOND_BUCKET = """
more = Storage(
    self, "More", settings=settings, encryption=self.encryption, alarms=self.alarms
)
self._output("MoreBucketArn", more.bucket.bucket_arn, "More data")
self._output("MoreLogsArn", more.access_logs.bucket_arn, "Its access logs")
"""
ANOTHER_ALARM = """
self.alarms.add(
    self, "Invocations", metric=self.worker.function.function.metric_invocations(),
    threshold=10_000, description="More work than ever",
)
"""
ACKNOWLEDGED = """
self.storage.bucket.node.default_child.add_property_override("BucketName", "tap-data-of-ours")
cdk.Validations.of(self.storage.bucket).acknowledge(
    cdk.Acknowledgment(id="tap::TAP211", reason="Partners have this name in their contracts")
)
"""
NESTED = """
nested = cdk.NestedStack(self, "Nested")
queue = sqs.Queue(nested, "Queue", enforce_ssl=True)
cdk.Validations.of(queue).acknowledge(
    cdk.Acknowledgment(id="AwsSolutions-SQS3", reason="Nobody reads it with a function")
)
self.alarms.add(
    self, "NestedWaits", metric=queue.metric_approximate_age_of_oldest_message(), threshold=900,
    description="Messages wait",
)
self._output("NestedQueueArn", queue.queue_arn, "A queue")
"""
SQS_IMPORT = "from aws_cdk import aws_sqs as sqs"
KMS_IMPORT = "from aws_cdk import aws_kms as kms\n" + SQS_IMPORT

# What a careful person changes: no guardrail may cry.
LEGITIMATE: list[tuple[str, Sequence[Edit], Mapping[str, str | bool]]] = [
    ("a second bucket", paste(SECOND_BUCKET), S3),
    ("a second function", [
        ("service/report.py", "", REPORT),
        ("infra/stack.py", "import Platform, ", "import Platform, ServiceFunction, "),
        *paste(SECOND_FUNCTION),
    ], {**S3, "network": "nat"}),
    ("another alarm", paste(ANOTHER_ALARM), S3),
    ("an imported VPC", [("infra/network.py", "", IMPORTED_NETWORK)], S3),
    ("a third environment", [], {"environments": "dev,test,prod", "worker": "sqs"}),
    ("a queue with its own key", paste(OWN_QUEUE, KMS_IMPORT), S3),
    ("an acknowledged exception", paste(ACKNOWLEDGED), S3),
    ("a nested stack", paste(NESTED, SQS_IMPORT), S3),
    ("stacks in a stage", swap("infra/app.py", "        ServiceStack(app, ", '        ServiceStack(cdk.Stage(app, f"Stage-{environment.name}"), '), S3),
    ("an account that is known", swap("infra/settings.py", 'region="us-east-1",\n', 'region="us-east-1",\n            account="111122223333",\n'), S3),
]


@dataclass(frozen=True)
class Outcome:
    """What a synth of a mutant showed."""

    mutant: Mutant
    problem: str

    @property
    def caught(self) -> bool:
        return not self.problem


class Project:
    """A rendered project that is changed, synthesized and put right again, all in one process."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @contextlib.contextmanager
    def changed(self, edits: Sequence[Edit]) -> Iterator[None]:
        """Apply edits, and take them back."""
        kept: dict[Path, str | None] = {}
        try:
            for name, old, new in edits:
                file = self.folder / name
                before = file.read_text(encoding="utf-8") if file.exists() else None
                kept.setdefault(file, before)
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_text(_edited(before, old, new, name), encoding="utf-8")
            yield
        finally:
            for changed, before in kept.items():
                file = changed
                if before is None:
                    file.unlink()
                    while not any(file.parent.iterdir()):
                        file = file.parent
                        file.rmdir()
                else:
                    file.write_text(before, encoding="utf-8")

    def report(self, out: Path | None = None) -> list[dict[str, Any]]:
        """The guardrails' findings of a synth; what fails otherwise is a finding without a rule."""
        for name in [n for n in sys.modules if n.partition(".")[0] in PROJECT_PACKAGES]:
            del sys.modules[name]
        importlib.invalidate_caches()
        sys.path.insert(0, str(self.folder))
        try:
            with tempfile.TemporaryDirectory() as folder, contextlib.chdir(self.folder):
                return self._synth(out or Path(folder))
        finally:
            sys.path.remove(str(self.folder))

    def _synth(self, out: Path) -> list[dict[str, Any]]:
        file = out / "validation-report.json"
        try:
            importlib.import_module("infra.app").build(str(out)).synth()
        except Exception as error:
            if not file.exists():
                return [{"ruleName": "", "description": str(error), "violatingConstructs": []}]
        reports = json.loads(file.read_text(encoding="utf-8"))["pluginReports"] if file.exists() else []
        return [violation for r in reports if r["pluginName"] == "tap" for violation in r["violations"]]


def _edited(text: str | None, old: str, new: str, name: str) -> str:
    if text is None or not old:
        return new
    pattern = ".*?".join(re.escape(part) for part in old.split(GAP))
    result, count = re.subn(pattern, lambda _: new, text, count=1, flags=re.DOTALL)
    if not count:
        raise ValueError(f"{name} has no {old!r}: bring the mutant up to date")
    return result


def quiet(folder: Path) -> Iterator[tuple[str, str]]:
    """Each legitimate edit, and what wrongly cries about it."""
    for number, (name, edits, variant) in enumerate(LEGITIMATE):
        project = rendered(folder / str(number), variant)
        with project.changed(edits):
            report = project.report()
        yield name, "; ".join(sorted({f"{v['ruleName']} {v['description'][:120]}" for v in report}))


def rendered(folder: Path, variant: Mapping[str, str | bool]) -> Project:
    """A project with these answers, unverified."""
    with contextlib.redirect_stdout(io.StringIO()):
        made = cookiecutter(
            str(answers.TEMPLATE_ROOT), no_input=True, default_config=True,
            output_dir=str(folder), extra_context={"verify": False, **variant},
        )  # fmt: skip
    return Project(Path(made))


def judge(mutant: Mutant, report: Sequence[Mapping[str, Any]]) -> Outcome:
    """Whether a mutant's own rule, and no other, refuses it with the construct and the fix."""
    own = [violation for violation in report if violation["ruleName"] == mutant.rule]
    others = {v["ruleName"] or v["description"] for v in report} - {mutant.rule} - mutant.also
    paths = [c["constructPath"] for violation in own for c in violation["violatingConstructs"]]
    if not own:
        return Outcome(mutant, f"survived{f'; instead: {sorted(others)}' if others else ''}")
    if not any(mutant.construct in path for path in paths):
        return Outcome(mutant, f"names {paths[:3]}, not {mutant.construct}")
    if not all(v.get("suggestedFix") for v in own) or any("not judged" in v["description"] for v in own):
        return Outcome(mutant, "gives no fix")
    return Outcome(mutant, f"others cry: {sorted(others)}" if others else "")


def run(mutants: Sequence[Mutant], folder: Path) -> Iterator[Outcome]:
    """Render each variant once, see that it is silent, and try its mutants."""
    groups: dict[str, list[Mutant]] = {}
    for mutant in mutants:
        groups.setdefault(json.dumps(dict(mutant.variant), sort_keys=True), []).append(mutant)
    for number, group in enumerate(groups.values()):
        project = rendered(folder / str(number), group[0].variant)
        if findings := project.report():
            raise AssertionError(f"{group[0].variant} is not silent before it is changed: {findings[0]}")
        for mutant in group:
            with project.changed(mutant.edits):
                yield judge(mutant, project.report())


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the table; 1 when a mutant survives, or a rule has none."""
    parser = argparse.ArgumentParser(prog="python -m tests.mutants", description=__doc__)
    parser.add_argument("rules", nargs="*", help="only the mutants of these rules, like TAP101")
    wanted = parser.parse_args(arguments).rules
    mutants = [mutant for mutant in MUTANTS if not wanted or mutant.rule in wanted]
    sys.dont_write_bytecode = True
    outcomes = []
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)  # where jsii's process prints each report
    with tempfile.TemporaryDirectory() as folder:
        for outcome in run(mutants, Path(folder)):
            outcomes.append(outcome)
            print(f"{outcome.mutant.rule}  {outcome.mutant.fault:<48} {outcome.problem or 'caught'}", flush=True)
        false_alarms = [] if wanted else list(quiet(Path(folder) / "legitimate"))
    for name, problem in false_alarms:
        print(f"none    {name:<48} {problem or 'silent'}")
    missed = [outcome for outcome in outcomes if not outcome.caught]
    print(f"{len(outcomes) - len(missed)} of {len(outcomes)} mutants caught")
    return 1 if missed or not outcomes or any(problem for _, problem in false_alarms) else 0


if __name__ == "__main__":
    raise SystemExit(main())
