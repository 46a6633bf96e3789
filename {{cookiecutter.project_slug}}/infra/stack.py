"""The stack: what the service is made of."""

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from constructs import Construct

from infra.alarms import Alarms
{% if cookiecutter.api != 'none' %}
from infra.api import Api
{% endif %}
{% if cookiecutter.audit_trail %}
from infra.audit import AuditTrail
{% endif %}
{% if cookiecutter.api != 'none' %}
from infra.authorization import Authorization
{% endif %}
from infra.dashboard import Dashboard
from infra.encryption import Encryption
from infra.functions import Platform, dependencies_layer
{% if cookiecutter.network != 'none' %}
from infra.network import Network
{% endif %}
from infra.settings import PROJECT, Environment
from infra.storage import Storage
from infra.table import Table
{% if cookiecutter.worker != 'none' %}
from infra.worker import Worker
{% endif %}


class ServiceStack(cdk.Stack):
    """One environment of the service."""

    def __init__(self, scope: Construct, construct_id: str, *, settings: Environment) -> None:
        super().__init__(
            scope,
            construct_id,
            description=f"{PROJECT} ({settings.name})",
            env=cdk.Environment(account=settings.account, region=settings.region),
            synthesizer=cdk.DefaultStackSynthesizer(qualifier=settings.bootstrap_qualifier),
            tags=settings.tags,
            termination_protection=settings.production,
        )
{% if cookiecutter.network != 'none' %}
        self.zones = settings.availability_zones
{% endif %}
        for key, value in settings.tags.items():
            cdk.Tags.of(self).add(key, value, exclude_resource_types=settings.untaggable_types)

{% if cookiecutter.encryption == 'customer_managed' %}
        self.encryption = Encryption(self, "Encryption", settings=settings)
{% if cookiecutter.worker == 's3' %}
        self.encryption.allow_event_bridge()
{% endif %}
{% else %}
        self.encryption = Encryption()
{% endif %}
        self.alarms = Alarms(self, "Alarms", settings=settings, encryption=self.encryption)
        self.storage = Storage(
            self, "Storage", settings=settings, encryption=self.encryption, alarms=self.alarms
        )
        self.table = Table(
            self, "Table", settings=settings, encryption=self.encryption, alarms=self.alarms
        )
{% if cookiecutter.network != 'none' %}
        self.network = Network(
            self, "Network", settings=settings, log_bucket=self.storage.access_logs
        )
{% endif %}
        platform = Platform(
            settings=settings,
            encryption=self.encryption,
            alarms=self.alarms,
{% if cookiecutter.network != 'none' %}
            network=self.network,
{% endif %}
            layers=dependencies_layer(self),
        )
{% if cookiecutter.api != 'none' %}
{% if cookiecutter.api_auth == 'cognito' %}
        self.authorization = Authorization(self, "Authorization", settings=settings)
{% else %}
        self.authorization = Authorization(self, "Authorization")
{% endif %}
        self.api = Api(
            self,
            "Api",
            platform=platform,
            authorization=self.authorization,
            table=self.table,
            storage=self.storage,
        )
{% endif %}
{% if cookiecutter.worker != 'none' %}
        self.worker = Worker(
            self, "Worker", platform=platform, storage=self.storage, table=self.table
        )
{% endif %}
{% if cookiecutter.audit_trail %}
        if settings.production:
{% if cookiecutter.encryption == 'customer_managed' %}
            self.audit_trail = AuditTrail(
                self,
                "AuditTrail",
                encryption=self.encryption,
                storage=self.storage,
                table=self.table,
            )
{% else %}
            self.audit_trail = AuditTrail(
                self, "AuditTrail", storage=self.storage, table=self.table
            )
{% endif %}
            self._output("TrailArn", self.audit_trail.arn, "The audit trail")
            self._output("TrailBucketArn", self.audit_trail.bucket.bucket_arn, "Its logs")
{% endif %}
        self.dashboard = Dashboard(
            self,
            "Dashboard",
            settings=settings,
            alarms=self.alarms,
            rows=[
{% if cookiecutter.api != 'none' %}
                self.api.widgets(),
                self.api.function.widgets("API function", "ItemsCreated"),
{% endif %}
{% if cookiecutter.worker != 'none' %}
                self.worker.widgets(),
{% endif %}
                self.table.widgets(),
                self.storage.widgets(),
            ],
        )
        self._outputs()
        if settings.permissions_boundary is not None:
            iam.PermissionsBoundary.of(self).apply(
                iam.ManagedPolicy.from_managed_policy_name(
                    self, "PermissionsBoundary", settings.permissions_boundary
                )
            )
{% if cookiecutter.network != 'none' %}

    @property
    def availability_zones(self) -> list[str]:
        """The zones of the settings, or the region's first two.

        Those are found at deployment, so that synth needs no AWS credentials.
        """
        if self.zones:
            return [*self.zones]
        return [cdk.Fn.select(index, cdk.Fn.get_azs()) for index in range(2)]
{% endif %}

    def _outputs(self) -> None:
        self._output("AlarmTopicArn", self.alarms.topic.topic_arn, "Where pages go")
        self._output(
            "NotificationTopicArn",
            self.alarms.notification_topic.topic_arn,
            "Where other notifications go",
        )
        self._output("BucketArn", self.storage.bucket.bucket_arn, "The data bucket")
        self._output("BucketName", self.storage.bucket.bucket_name, "The data bucket's name")
        self._output("AccessLogsBucketArn", self.storage.access_logs.bucket_arn, "Access logs")
        self._output("TableArn", self.table.table.table_arn, "The table")
        self._output("TableName", self.table.table.table_name, "The table's name")
{% if cookiecutter.encryption == 'customer_managed' %}
        self._output("KeyArn", self.encryption.key.key_arn, "The key of all data")
{% endif %}
{% if cookiecutter.network != 'none' %}
        self._output("VpcArn", self.network.vpc.vpc_arn, "The VPC of the functions")
{% endif %}
{% if cookiecutter.api != 'none' %}
        self._output("ApiUrl", self.api.url, "Where the API is called")
        self._output("ApiArn", self.api.arn, "{{ 'What execute-api:Invoke is allowed on' if cookiecutter.api_auth == 'iam' else 'The API' }}")
        self._output("ApiFunctionArn", self.api.function.function.function_arn, "API function")
{% if cookiecutter.api_auth == 'cognito' %}
        self._output("UserPoolArn", self.authorization.user_pool.user_pool_arn, "The users")
        self._output("UserPoolId", self.authorization.user_pool.user_pool_id, "The users' pool")
        self._output(
            "UserPoolClientId",
            self.authorization.client.user_pool_client_id,
            "The client that people sign in through",
        )
{% endif %}
{% endif %}
{% if cookiecutter.worker != 'none' %}
        self._output("WorkerFunctionArn", self.worker.function.function.function_arn, "Worker")
        self._output("DeadLetterQueueArn", self.worker.dead_letters.queue_arn, "What failed")
        self._output("DeadLetterQueueUrl", self.worker.dead_letters.queue_url, "Where it is read")
{% if cookiecutter.worker in ['s3', 'sqs'] %}
        self._output("QueueArn", self.worker.queue.queue_arn, "The worker's queue")
        self._output("QueueUrl", self.worker.queue.queue_url, "Where messages are sent")
{% endif %}
{% if cookiecutter.worker == 'stream' %}
        self._output("StreamArn", f"{self.table.table.table_stream_arn}", "The table's stream")
{% elif cookiecutter.worker == 's3' %}
        self._output("RuleArn", self.worker.rule.attr_arn, "What starts the worker")
{% elif cookiecutter.worker == 'schedule' %}
        self._output("ScheduleArn", self.worker.schedule.schedule_arn, "What starts the worker")
{% endif %}
{% endif %}
        self._output("DashboardArn", self.dashboard.dashboard.dashboard_arn, "What to open first")

    def _output(self, name: str, value: str, description: str) -> None:
        cdk.CfnOutput(self, name, value=value, description=description)
