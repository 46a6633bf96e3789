"""The page that somebody on call opens first."""

from collections.abc import Sequence

from aws_cdk import aws_cloudwatch as cloudwatch
from constructs import Construct

from infra.alarms import Alarms
from infra.settings import PROJECT, Environment


class Dashboard(Construct):
    """The alarms' states, pages first, then one row of graphs for each capability."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        settings: Environment,
        alarms: Alarms,
        rows: Sequence[list[cloudwatch.IWidget]],
    ) -> None:
        super().__init__(scope, construct_id)
        self.dashboard = cloudwatch.Dashboard(
            self,
            "Dashboard",
            # Dashboards are global in an account, so one environment can move to another region.
            dashboard_name=f"{PROJECT}-{settings.name}-{settings.region}",
        )
        self.dashboard.add_widgets(
            cloudwatch.AlarmStatusWidget(
                title="Is the service working?", alarms=[*alarms.pages], width=8
            ),
            cloudwatch.AlarmStatusWidget(
                title="Notifications", alarms=[*alarms.notifications], width=16
            ),
        )
        for row in rows:
            self.dashboard.add_widgets(*row)
