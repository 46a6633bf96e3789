"""The parts of the stack that all capabilities share."""

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from constructs import Construct

from infra.alarms import Alarms
from infra.dashboard import Dashboard
from infra.encryption import Encryption
from infra.environment import Environment
from infra.log_bucket import LogBucket
{% if cookiecutter.__has_network %}
from infra.network import Network
{% endif %}
from infra.settings import OWNER, PROJECT
from tap_project.cdk import output, template_release


class BaseStack(cdk.Stack):
    """One environment with its tags, encryption, log bucket, alarms{{ ', network' * (cookiecutter.__has_network != '') }} and dashboard.

    Capabilities find it with `base_of(construct)` and add their alarms, widgets and outputs to it.
    """

    def __init__(self, scope: Construct, construct_id: str, *, settings: Environment) -> None:
        tags = {"Project": PROJECT, "Owner": OWNER, "Environment": settings.name}
        super().__init__(
            scope,
            construct_id,
            description=f"{PROJECT} ({settings.name})",
            env=cdk.Environment(account=settings.account, region=settings.region),
            synthesizer=cdk.DefaultStackSynthesizer(qualifier=settings.bootstrap_qualifier),
            tags=tags,
            termination_protection=settings.production,
        )
        self.settings = settings
        self.template_options.metadata = template_release()
        for key, value in tags.items():
            cdk.Tags.of(self).add(key, value, exclude_resource_types=settings.untaggable_types)
        if settings.permissions_boundary is not None:
            iam.PermissionsBoundary.of(self).apply(
                iam.ManagedPolicy.from_managed_policy_name(
                    self, "PermissionsBoundary", settings.permissions_boundary
                )
            )
        self.encryption = Encryption(self, "Encryption", settings=settings)
        self.alarms = Alarms(self, "Alarms", settings=settings)
        self.access_logs = LogBucket(self, "AccessLogs", days=90)
{% if cookiecutter.__has_network %}
        self.network = Network(self, "Network", settings=settings{{ ', log_bucket=self.access_logs' * (cookiecutter.__has_own_network != '') }})
{% endif %}
        self.dashboard = Dashboard(self, "Dashboard", settings=settings, alarms=self.alarms)
        output(self, "DashboardArn", self.dashboard.dashboard_arn, "The dashboard")
        # The data that an audit trail records: names, resource types and ARNs.
        self.audited: list[tuple[str, str, str]] = []
{% if cookiecutter.__has_own_network %}

    @property
    def availability_zones(self) -> list[str]:
        """The zones of the settings, or the region's first two.

        Those are resolved at deployment, so that synth needs no AWS credentials.
        """
        if self.settings.network.availability_zones:
            return [*self.settings.network.availability_zones]
        return [cdk.Fn.select(index, cdk.Fn.get_azs()) for index in range(2)]
{% endif %}
