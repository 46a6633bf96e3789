"""The CloudWatch dashboard."""

from aws_cdk import aws_cloudwatch as cloudwatch
from constructs import Construct

from infra.alarms import Alarms
from infra.environment import Environment
from infra.settings import PROJECT
from tap_project.widgets import AlarmStates, Numbers


class Dashboard(cloudwatch.Dashboard):
    """The states of all alarms, pages first, and `numbers`; below them rows of the capabilities."""

    def __init__(
        self, scope: Construct, construct_id: str, *, settings: Environment, alarms: Alarms
    ) -> None:
        super().__init__(
            scope,
            construct_id,
            # Dashboards are global in an account, so one environment can move to another region.
            dashboard_name=f"{PROJECT}-{settings.name}-{settings.region}",
        )
        self.numbers: list[cloudwatch.IMetric] = []
        self.add_widgets(
            AlarmStates("Is the service working?", alarms.pages, width=6),
            AlarmStates("Notifications", alarms.notifications, width=12),
            Numbers("In the time shown", self.numbers, width=6),
        )
