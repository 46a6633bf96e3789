"""Log groups."""

import aws_cdk as cdk
from aws_cdk import aws_logs as logs
from constructs import Construct

from infra.common import base_of
from tap_project.cdk import level_1


class LogGroup(logs.LogGroup):
    """A log group that expires, is encrypted like other data, and is deleted with the stack.

    Args:
        name: a physical name, for services that require a prefix; None: CloudFormation chooses.
    """

    def __init__(self, scope: Construct, construct_id: str, *, name: str | None = None) -> None:
        base = base_of(scope)
        super().__init__(
            scope,
            construct_id,
            log_group_name=name,
            removal_policy=cdk.RemovalPolicy.DESTROY,
            **base.encryption.log_group,
        )
        # The L2 construct takes no number of days.
        level_1(self, logs.CfnLogGroup).retention_in_days = base.settings.log_retention_days
