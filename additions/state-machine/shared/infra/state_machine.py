"""Step Functions state machines."""

from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_iam as iam
from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct

from infra.common import base_of
from infra.functions import ServiceFunction
from infra.log_group import LogGroup
from tap_project.cdk import acknowledge, label_of, output
from tap_project.permissions import allow

# Transient errors of Lambda, which a later try does not have.
# https://docs.aws.amazon.com/step-functions/latest/dg/sfn-best-practices.html#bp-lambda-serviceexception
TRANSIENT = [
    "Lambda.ClientExecutionTimeoutException",
    "Lambda.ServiceException",
    "Lambda.AWSLambdaException",
    "Lambda.SdkClientException",
    "Lambda.TooManyRequestsException",
]
# What an alarm watches: its name, the metric, and the sentence of its description.
FAILURES = (
    ("Failed", "ExecutionsFailed", "An execution of {} failed"),
    ("TimedOut", "ExecutionsTimedOut", "An execution of {} took longer than its timeout"),
    ("Aborted", "ExecutionsAborted", "An execution of {} was stopped"),
    ("Throttled", "ExecutionThrottled", "Step Functions throttled {}"),
)


class StateMachine(Construct):
    """A state machine that runs a function, with logs, tracing and alarms.

    The function is retried on errors of Lambda for about two minutes; its own errors fail the
    execution. The state machine's role may invoke this function only.

    Args:
        function: gets the input of an execution; its result is the output.
    """

    def __init__(self, scope: Construct, construct_id: str, *, function: ServiceFunction) -> None:
        super().__init__(scope, construct_id)
        base = base_of(self)
        self.label = label_of(self)
        # https://docs.aws.amazon.com/step-functions/latest/dg/bp-cwl.html
        name = f"/aws/vendedlogs/states/{base.stack_name}-{self.label}"
        self.log_group = LogGroup(self, "Logs", name=name)
        self.role = self._role(function)
        key_arn = base.encryption.key_arn
        self.resource = sfn.CfnStateMachine(
            self,
            "Resource",
            role_arn=self.role.role_arn,
            definition=definition(function),
            encryption_configuration=None
            if key_arn is None
            else sfn.CfnStateMachine.EncryptionConfigurationProperty(
                type="CUSTOMER_MANAGED_KMS_KEY", kms_key_id=key_arn
            ),
            logging_configuration=sfn.CfnStateMachine.LoggingConfigurationProperty(
                destinations=[
                    sfn.CfnStateMachine.LogDestinationProperty(
                        cloud_watch_logs_log_group=sfn.CfnStateMachine.CloudWatchLogsLogGroupProperty(
                            log_group_arn=self.log_group.log_group_arn
                        )
                    )
                ],
                # Inputs and outputs are in the execution's history, and not in the logs.
                include_execution_data=False,
                level="ALL",
            ),
            tracing_configuration=sfn.CfnStateMachine.TracingConfigurationProperty(
                enabled=base.settings.traced
            ),
        )
        self.resource.node.add_dependency(self.role)
        if not base.settings.traced:
            acknowledge(
                self.resource, "AwsSolutions-SF2", "X-Ray does not trace functions in this Region"
            )
        self.state_machine_arn = self.resource.attr_arn
        self._watch()
        output(self, f"{self.label}Arn", self.state_machine_arn, self.label)

    def _role(self, function: ServiceFunction) -> iam.Role:
        """Return the role: invoke the function, write logs and traces, and use the key."""
        base = base_of(self)
        role = iam.Role(
            self,
            "Role",
            assumed_by=iam.ServicePrincipal(
                "states.amazonaws.com",
                conditions={"StringEquals": {"aws:SourceAccount": base.account}},
            ),
        )
        allow(role, ["lambda:InvokeFunction"], [function.arn])
        allow(
            role,
            # https://docs.aws.amazon.com/step-functions/latest/dg/cw-logs.html#cloudwatch-iam-policy
            [
                "logs:CreateLogDelivery",
                "logs:DeleteLogDelivery",
                "logs:DescribeLogGroups",
                "logs:DescribeResourcePolicies",
                "logs:GetLogDelivery",
                "logs:ListLogDeliveries",
                "logs:PutResourcePolicy",
                "logs:UpdateLogDelivery",
            ],
            ["*"],
            reason="The calls for log deliveries have no resources to name",
        )
        if base.settings.traced:
            allow(
                role,
                [
                    "xray:GetSamplingRules",
                    "xray:GetSamplingTargets",
                    "xray:PutTelemetryRecords",
                    "xray:PutTraceSegments",
                ],
                ["*"],
                reason="X-Ray has no resources to name",
            )
        if base.encryption.key_arn is not None:
            self._allow_key(role, base.encryption.key_arn)
        return role

    def _allow_key(self, role: iam.Role, key_arn: str) -> None:
        """Let Step Functions encrypt executions, and the delivery of their logs decrypt them.

        https://docs.aws.amazon.com/step-functions/latest/dg/encryption-at-rest.html
        """
        base = base_of(self)
        colon = cdk.ArnFormat.COLON_RESOURCE_NAME
        machines = base.format_arn(
            service="states", resource="stateMachine", resource_name="*", arn_format=colon
        )
        logs = base.format_arn(service="logs", resource="*", arn_format=colon)
        for actions, conditions in (
            (
                ["kms:Decrypt", "kms:GenerateDataKey"],
                {"ArnLike": {"kms:EncryptionContext:aws:states:stateMachineArn": machines}},
            ),
            (
                ["kms:GenerateDataKey"],
                {"StringEquals": {"kms:EncryptionContext:SourceArn": logs}},
            ),
        ):
            allow(role, actions, [key_arn], conditions=conditions)
        base.encryption.allow_service(
            "StateMachineLogs",
            "delivery.logs.amazonaws.com",
            ["kms:Decrypt"],
            {"StringEquals": {"kms:EncryptionContext:SourceArn": logs}},
        )

    def _metric(self, name: str) -> cloudwatch.Metric:
        return cloudwatch.Metric(
            namespace="AWS/States",
            metric_name=name,
            dimensions_map={"StateMachineArn": self.state_machine_arn},
            statistic=cloudwatch.Stats.SUM,
        )

    def _watch(self) -> None:
        """Notify of each execution that did not succeed; they are few, and each is work."""
        base = base_of(self)
        for alarm, metric, meaning in FAILURES:
            base.alarms.notify(
                self,
                alarm,
                metric=self._metric(metric),
                threshold=1,
                description=meaning.format(self.label),
                evaluation_periods=1,
            )
        base.dashboard.add_widgets(
            cloudwatch.GraphWidget(
                title=f"{self.label}: executions",
                left=[self._metric("ExecutionsStarted"), self._metric("ExecutionsSucceeded")],
                right=[self._metric(metric) for _, metric, _ in FAILURES],
                width=24,
            )
        )


def definition(function: ServiceFunction) -> dict[str, Any]:
    """Return the one state, which runs the function.

    No state catches its errors, so that an execution fails with the error and cause of the
    function, and a redrive runs it again.
    https://docs.aws.amazon.com/step-functions/latest/dg/redrive-executions.html

    An execution takes at most four times the function's timeout and five minutes, so that one that
    waits for Lambda ends, too.
    """
    stack = cdk.Stack.of(function)
    return {
        "StartAt": "Run",
        "TimeoutSeconds": 4 * function.size.timeout_seconds + 300,
        "States": {
            "Run": {
                "Type": "Task",
                "Resource": f"arn:{stack.partition}:states:::lambda:invoke",
                "Parameters": {"FunctionName": function.arn, "Payload.$": "$"},
                "OutputPath": "$.Payload",
                "TimeoutSeconds": function.size.timeout_seconds + 10,
                "Retry": [
                    {
                        "ErrorEquals": TRANSIENT,
                        "IntervalSeconds": 2,
                        "MaxAttempts": 6,
                        "BackoffRate": 2,
                        "JitterStrategy": "FULL",
                    }
                ],
                "End": True,
            },
        },
    }
