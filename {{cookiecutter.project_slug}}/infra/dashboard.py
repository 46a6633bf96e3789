"""The CloudWatch dashboard."""

from typing import Any

from aws_cdk import aws_cloudwatch as cloudwatch
from constructs import Construct

from infra.alarms import Alarms
from infra.environment import Environment
from infra.settings import PROJECT


class Dashboard(cloudwatch.Dashboard):
    """The states of all alarms, pages first; below them the rows that capabilities add."""

    def __init__(
        self, scope: Construct, construct_id: str, *, settings: Environment, alarms: Alarms
    ) -> None:
        super().__init__(
            scope,
            construct_id,
            # Dashboards are global in an account, so one environment can move to another region.
            dashboard_name=f"{PROJECT}-{settings.name}-{settings.region}",
        )
        self.add_widgets(
            AlarmStates("Is the service working?", alarms.pages, width=8),
            AlarmStates("Notifications", alarms.notifications, width=16),
        )


class AlarmStates(cloudwatch.ConcreteWidget):
    """The states of alarms, including alarms that are created after the widget."""

    def __init__(self, title: str, alarms: list[cloudwatch.Alarm], *, width: int) -> None:
        super().__init__(width, 3)
        self._title, self._alarms = title, alarms

    def to_json(self) -> list[Any]:
        """Return the widget's JSON; called at synth."""
        return [
            {
                "type": "alarm",
                "width": self.width,
                "height": self.height,
                "properties": {
                    "title": self._title,
                    "alarms": [alarm.alarm_arn for alarm in self._alarms],
                },
            }
        ]
