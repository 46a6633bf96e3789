"""Widgets of a CloudWatch dashboard."""

from __future__ import annotations

from typing import Any

from aws_cdk import aws_cloudwatch as cloudwatch


class AlarmStates(cloudwatch.ConcreteWidget):
    """The states of alarms, including alarms that are created after the widget."""

    def __init__(self, title: str, alarms: list[cloudwatch.Alarm], *, width: int) -> None:
        super().__init__(width, 3)
        self._title, self._alarms = title, alarms
        self._arns: list[str] = []

    def to_json(self) -> list[Any]:
        """Return the widget's JSON; called several times at synth."""
        self._arns += [alarm.alarm_arn for alarm in self._alarms[len(self._arns) :]]
        return [
            {
                "type": "alarm",
                "width": self.width,
                "height": self.height,
                "properties": {
                    "title": self._title,
                    "alarms": self._arns,
                },
            }
        ]


class Numbers(cloudwatch.ConcreteWidget):
    """Totals of metrics over the time shown, including metrics that are added after the widget."""

    def __init__(self, title: str, metrics: list[cloudwatch.IMetric], *, width: int) -> None:
        super().__init__(width, 3)
        self._title, self._metrics = title, metrics

    def to_json(self) -> list[Any]:
        """Return the widget's JSON; called at synth."""
        widget = cloudwatch.SingleValueWidget(
            title=self._title,
            metrics=self._metrics,
            set_period_to_time_range=True,
            width=int(self.width),
            height=int(self.height),
        )
        return [*widget.to_json()]
