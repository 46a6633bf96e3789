"""A nested stack with a table and a function."""

import aws_cdk as cdk
from aws_cdk import aws_cloudwatch_actions as actions
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_lambda as lambda_

from proof.faults import resources
from proof.faults.tree import alarm_topic


def change(stack: cdk.Stack) -> None:
    nested = cdk.NestedStack(stack, "Nested")
    table = dynamodb.Table(
        nested,
        "Orders",
        billing_mode=dynamodb.BillingMode.PAY_PER_REQUEST,
        deletion_protection=True,
        max_read_request_units=10,
        max_write_request_units=10,
        partition_key=dynamodb.Attribute(name="pk", type=dynamodb.AttributeType.STRING),
        point_in_time_recovery_specification=dynamodb.PointInTimeRecoverySpecification(
            point_in_time_recovery_enabled=True
        ),
        removal_policy=cdk.RemovalPolicy.RETAIN,
    )
    resources.watch_throttles(stack, "Nested", table)
    resources.output(stack, "NestedTable", table.table_arn)
    group = resources.log_group(nested, "ReportLogs")
    reading = resources.allow("dynamodb:GetItem", on=table.table_arn)
    role = resources.function_role(nested, "ReportRole", [reading], group=group)
    function = lambda_.Function(
        nested,
        "Report",
        architecture=lambda_.Architecture.ARM_64,
        code=lambda_.Code.from_asset(str(resources.HANDLERS), exclude=["**/__pycache__/**"]),
        environment={"TABLE_NAME": table.table_name},
        handler="table_reader.handler",
        log_group=group,
        memory_size=512,
        role=role.without_policy_updates(),
        runtime=lambda_.Runtime.PYTHON_3_13,
        timeout=cdk.Duration.seconds(10),
        tracing=lambda_.Tracing.ACTIVE,
    )
    errors = resources.quiet_alarm(nested, "ReportErrors", function.metric_errors())
    errors.add_alarm_action(actions.SnsAction(alarm_topic(stack)))
    resources.output(stack, "NestedReport", function.function_arn)
