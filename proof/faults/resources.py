"""Correct resources: with the default arguments, no rule rejects them.

Each builder takes the arguments of the L2 construct, which replace the defaults; None leaves one
out.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_apigatewayv2 as apigatewayv2
from aws_cdk import aws_apigatewayv2_authorizers as authorizers
from aws_cdk import aws_apigatewayv2_integrations as integrations
from aws_cdk import aws_cloudtrail as cloudtrail
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_cloudwatch_actions as actions
from aws_cdk import aws_codedeploy as codedeploy
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_lambda_event_sources as event_sources
from aws_cdk import aws_logs as logs
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from proof.faults.tree import (
    alarm_topic,
    data_bucket,
    find,
    find_all,
    level_1,
    level_2,
    log_bucket,
)

HANDLERS = Path(__file__).resolve().parent / "handlers"
POWERTOOLS = HANDLERS.parent / "powertools"
METRICS = "EntireBucket"


def _with(given: Mapping[str, Any], **defaults: Any) -> dict[str, Any]:
    return {name: value for name, value in {**defaults, **given}.items() if value is not None}


def output(stack: cdk.Stack, name: str, value: str) -> None:
    """Add an output."""
    cdk.CfnOutput(stack, f"{name}Output", value=value)


def quiet_alarm(
    scope: Construct, name: str, metric: cloudwatch.IMetric, **given: Any
) -> cloudwatch.Alarm:
    """Add an alarm without an action."""
    chosen = _with(
        given,
        evaluation_periods=1,
        threshold=1,
        treat_missing_data=cloudwatch.TreatMissingData.NOT_BREACHING,
    )
    return cloudwatch.Alarm(scope, name, metric=metric, **chosen)


def alarm(
    scope: Construct, name: str, metric: cloudwatch.IMetric, **given: Any
) -> cloudwatch.Alarm:
    """Add an alarm with an action."""
    added = quiet_alarm(scope, name, metric, **given)
    added.add_alarm_action(actions.SnsAction(alarm_topic(cdk.Stack.of(scope))))
    return added


def key(stack: cdk.Stack, name: str, **given: Any) -> kms.Key:
    """Add a key."""
    chosen = _with(given, enable_key_rotation=True, removal_policy=cdk.RemovalPolicy.RETAIN)
    added = kms.Key(stack, name, **chosen)
    output(stack, name, added.key_arn)
    return added


def stack_key(stack: cdk.Stack) -> kms.Key | None:
    """Return the key of a stack's data, if it has one."""
    return next(find_all(stack, kms.Key), None)


def topic(stack: cdk.Stack, name: str, **given: Any) -> sns.Topic:
    """Add a topic."""
    added = sns.Topic(stack, name, **_with(given, enforce_ssl=True))
    output(stack, name, added.topic_arn)
    return added


def queue(stack: cdk.Stack, name: str, **given: Any) -> sqs.Queue:
    """Add a queue with an alarm."""
    chosen = _with(given, enforce_ssl=True, retention_period=cdk.Duration.days(14))
    added = sqs.Queue(stack, name, **chosen)
    alarm(stack, f"{name}Age", added.metric_approximate_age_of_oldest_message(), threshold=900)
    output(stack, name, added.queue_arn)
    return added


def bucket(
    stack: cdk.Stack, name: str, *, watched: bool = True, for_logs: bool = False, **given: Any
) -> s3.Bucket:
    """Add a bucket with an alarm and access logs; objects of one for logs expire."""
    expiry = cdk.Duration.days(90)
    rule = s3.LifecycleRule(
        expiration=expiry if for_logs else None, noncurrent_version_expiration=expiry
    )
    chosen = _with(
        given,
        block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
        encryption=s3.BucketEncryption.S3_MANAGED,
        enforce_ssl=True,
        lifecycle_rules=[rule],
        metrics=[s3.BucketMetrics(id=METRICS)],
        removal_policy=cdk.RemovalPolicy.RETAIN,
        server_access_logs_bucket=level_2(log_bucket(stack)),
        server_access_logs_prefix=f"{name.lower()}/",
        versioned=True,
    )
    added = s3.Bucket(stack, name, **chosen)
    for policy in (added.policy, getattr(chosen.get("server_access_logs_bucket"), "policy", None)):
        if policy is not None:
            policy.apply_removal_policy(cdk.RemovalPolicy.RETAIN)
    if watched:
        alarm(stack, f"{name}Errors", requests(added, "5xxErrors"))
    output(stack, name, added.bucket_arn)
    return added


def requests(of: s3.IBucket, metric: str) -> cloudwatch.Metric:
    """Return a request metric of a bucket."""
    return cloudwatch.Metric(
        namespace="AWS/S3",
        metric_name=metric,
        dimensions_map={"BucketName": of.bucket_name, "FilterId": METRICS},
        statistic="Sum",
    )


def table(stack: cdk.Stack, name: str, *, watched: bool = True, **given: Any) -> dynamodb.Table:
    """Add an on-demand table with alarms."""
    chosen = _with(
        given,
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
    added = dynamodb.Table(stack, name, **chosen)
    if watched:
        watch_throttles(stack, name, added)
    output(stack, name, added.table_arn)
    return added


def watch_throttles(
    stack: cdk.Stack, name: str, of: dynamodb.ITable, index: str | None = None
) -> None:
    """Add the alarms on throttles of a table or of one of its indexes."""
    dimensions = {"TableName": of.table_name}
    if index is not None:
        dimensions["GlobalSecondaryIndexName"] = index
    for side in ("Read", "Write"):
        metric = cloudwatch.Metric(
            namespace="AWS/DynamoDB",
            metric_name=f"{side}ThrottleEvents",
            dimensions_map=dimensions,
            statistic="Sum",
        )
        alarm(stack, f"{name}{side}Throttles", metric)


def log_group(stack: cdk.Stack, name: str, **given: Any) -> logs.LogGroup:
    """Add a log group with a retention period."""
    chosen = _with(
        given,
        encryption_key=stack_key(stack),
        retention=logs.RetentionDays.ONE_MONTH,
        removal_policy=cdk.RemovalPolicy.DESTROY,
    )
    return logs.LogGroup(stack, name, **chosen)


def function_role(
    stack: cdk.Stack,
    name: str,
    statements: Sequence[iam.PolicyStatement] = (),
    *,
    group: logs.LogGroup | None = None,
    **given: Any,
) -> iam.Role:
    """Add a function's role with permissions for logs, tracing and these statements."""
    lambda_service = iam.ServicePrincipal("lambda.amazonaws.com")
    role = iam.Role(stack, name, assumed_by=lambda_service, **given)
    if group is not None:
        role.add_to_policy(
            iam.PolicyStatement(
                actions=["logs:CreateLogStream", "logs:PutLogEvents"],
                resources=[group.log_group_arn],
            )
        )
    tracing = ["xray:PutTelemetryRecords", "xray:PutTraceSegments"]
    role.add_to_policy(iam.PolicyStatement(actions=tracing, resources=["*"]))
    for statement in statements:
        role.add_to_policy(statement)
    return role


def function(
    stack: cdk.Stack,
    name: str,
    handler: str = "nothing.handler",
    *statements: iam.PolicyStatement,
    role: iam.Role | None = None,
    watched: bool = True,
    **given: Any,
) -> lambda_.Function:
    """Add a function of `handlers` whose role has exactly these statements."""
    group = given.get("log_group") or log_group(stack, f"{name}Logs")
    role = role or function_role(stack, f"{name}Role", statements, group=group)
    chosen = _with(
        given,
        architecture=lambda_.Architecture.ARM_64,
        code=lambda_.Code.from_asset(str(HANDLERS), exclude=["**/__pycache__/**"]),
        handler=handler,
        log_group=group,
        memory_size=512,
        role=role.without_policy_updates(),
        runtime=lambda_.Runtime.PYTHON_3_13,
        timeout=cdk.Duration.seconds(10),
        tracing=lambda_.Tracing.ACTIVE,
    )
    added = lambda_.Function(stack, name, **chosen)
    if watched:
        alarm(stack, f"{name}Errors", added.metric_errors())
    output(stack, name, added.function_arn)
    return added


def shifting_role(stack: cdk.Stack, name: str, *statements: iam.PolicyStatement) -> iam.Role:
    """Add a role for CodeDeploy with these statements."""
    service = iam.ServicePrincipal("codedeploy.amazonaws.com")
    role = iam.Role(stack, name, assumed_by=service)
    for statement in statements:
        role.add_to_policy(statement)
    return role


def canary(stack: cdk.Stack, of: lambda_.Function, **given: Any) -> lambda_.Alias:
    """Add an alias of a function that CodeDeploy shifts; the arguments are the group's."""
    alias = lambda_.Alias(stack, "Live", alias_name="live", version=of.current_version)
    errors = alias.metric_errors(period=cdk.Duration.minutes(1))
    shifting = ["lambda:GetAlias", "lambda:UpdateAlias"]
    chosen = _with(
        given,
        alarms=[alarm(stack, "LiveErrors", errors)] if "alarms" not in given else None,
        deployment_config=codedeploy.LambdaDeploymentConfig.CANARY_10_PERCENT_5_MINUTES,
        role=shifting_role(
            stack,
            "Shifting",
            iam.PolicyStatement(
                actions=shifting, resources=[of.function_arn, f"{of.function_arn}:*"]
            ),
            allow("cloudwatch:DescribeAlarms"),
        ).without_policy_updates()
        if "role" not in given
        else None,
    )
    codedeploy.LambdaDeploymentGroup(stack, "Shift", alias=alias, **chosen)
    return alias


def worked_on(
    stack: cdk.Stack,
    dead_letters: sqs.Queue,
    *,
    max_concurrency: int | None = 2,
    **given: Any,
) -> sqs.Queue:
    """Add a queue, and a function that processes its messages in batches."""
    chosen = _with(
        given,
        dead_letter_queue=sqs.DeadLetterQueue(max_receive_count=5, queue=dead_letters),
        retention_period=cdk.Duration.days(4),
        visibility_timeout=cdk.Duration.seconds(60),
    )
    worked = queue(stack, "Jobs", **chosen)
    worker = function(stack, "Works", "batches.handler", polling(worked))
    source = event_sources.SqsEventSource(
        worked, max_concurrency=max_concurrency, report_batch_item_failures=True
    )
    worker.add_event_source(source)
    return worked


def copy_handlers(folder: str) -> None:
    """Copy the handlers into a folder, for a change."""
    ignore = shutil.ignore_patterns("__pycache__")
    shutil.copytree(HANDLERS, folder, dirs_exist_ok=True, ignore=ignore)


def powertools_function(
    stack: cdk.Stack, name: str, packages: Sequence[str], **given: Any
) -> lambda_.Function:
    """Add a function that uses Powertools, and a layer with these packages."""
    with tempfile.TemporaryDirectory() as folder:
        for package in packages:
            module = Path(folder) / "python" / package / "__init__.py"
            module.parent.mkdir(parents=True)
            module.touch()
        layer = lambda_.LayerVersion(
            stack,
            f"{name}Layer",
            code=lambda_.Code.from_asset(folder),
            compatible_architectures=[lambda_.Architecture.ARM_64],
        )
    code = lambda_.Code.from_asset(str(POWERTOOLS), exclude=["**/__pycache__/**"])
    return function(stack, name, "traced.handler", code=code, layers=[layer], **given)


def stream_reader(
    stack: cdk.Stack, name: str, handler: str = "batches.handler", **given: Any
) -> lambda_.CfnEventSourceMapping:
    """Add a table, and a function that reads its stream and may write to the table."""
    orders = table(stack, f"{name}Table", stream=dynamodb.StreamViewType.NEW_IMAGE)
    dead_letters = queue(stack, f"{name}DeadLetters")
    stream = f"{orders.table_stream_arn}"
    reading = ("dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator")
    statements = [
        allow("dynamodb:ListStreams"),
        allow(*reading, on=stream),
        allow("sqs:SendMessage", on=dead_letters.queue_arn),
    ]
    environment = {}
    if handler == "table_writer.handler":
        statements.append(allow("dynamodb:PutItem", on=orders.table_arn))
        environment["TABLE_NAME"] = orders.table_name
    reader = function(stack, name, handler, *statements, environment=environment)
    alarm(stack, f"{name}Age", reader.metric("IteratorAge", statistic="Maximum"), threshold=60_000)
    chosen = _with(
        given,
        bisect_batch_on_error=True,
        max_record_age=cdk.Duration.hours(6),
        on_failure=event_sources.SqsDlq(dead_letters),
        report_batch_item_failures=True,
        retry_attempts=5,
        starting_position=lambda_.StartingPosition.TRIM_HORIZON,
    )
    source = event_sources.DynamoEventSource(orders, **chosen)
    reader.add_event_source(source)
    arn = stack.resolve(stream)
    return find(stack, lambda_.CfnEventSourceMapping, event_source_arn=arn)


def allow(*names: str, on: str = "*", **conditions: Any) -> iam.PolicyStatement:
    """Return a statement that allows actions on a resource."""
    return iam.PolicyStatement(actions=[*names], resources=[on], conditions=conditions or None)


def polling(of: sqs.IQueue) -> iam.PolicyStatement:
    """Return the statement that Lambda requires to poll a queue."""
    return allow(
        "sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage", on=of.queue_arn
    )


def network(stack: cdk.Stack) -> dict[str, Any]:
    """Return the arguments of a function in the stack's VPC, in the subnets of its functions."""
    vpc = find(stack, ec2.Vpc)
    group = find(stack, ec2.SecurityGroup)
    private = [*vpc.isolated_subnets, *vpc.private_subnets]
    return {
        "vpc": vpc,
        "vpc_subnets": ec2.SubnetSelection(subnets=private),
        "security_groups": [group],
    }


def vpc(stack: cdk.Stack, name: str, **given: Any) -> ec2.Vpc:
    """Add a VPC with public and private subnets, a NAT gateway and the free endpoints."""
    chosen = _with(
        given,
        max_azs=2,
        nat_gateways=1,
        restrict_default_security_group=False,
        gateway_endpoints={
            "DynamoDb": ec2.GatewayVpcEndpointOptions(
                service=ec2.GatewayVpcEndpointAwsService.DYNAMODB
            ),
            "S3": ec2.GatewayVpcEndpointOptions(service=ec2.GatewayVpcEndpointAwsService.S3),
        },
    )
    added = ec2.Vpc(stack, name, **chosen)
    output(stack, name, added.vpc_arn)
    return added


def isolated_vpc(stack: cdk.Stack, name: str) -> ec2.Vpc:
    """Add a VPC with isolated subnets, without endpoints."""
    private = ec2.SubnetConfiguration(name="Private", subnet_type=ec2.SubnetType.PRIVATE_ISOLATED)
    return vpc(stack, name, nat_gateways=0, gateway_endpoints=None, subnet_configuration=[private])


def within_the_account(stack: cdk.Stack) -> iam.PolicyStatement:
    """Return the statement that limits a gateway endpoint to this account."""
    account = stack.account
    accounts = {"aws:PrincipalAccount": account, "aws:ResourceAccount": account}
    statement = allow("*", StringEquals=accounts)
    statement.add_any_principal()
    return statement


def interfaces() -> iam.PolicyStatement:
    """Return the statement that lets Lambda, but not the code, manage network interfaces."""
    return allow(
        "ec2:AssignPrivateIpAddresses",
        "ec2:CreateNetworkInterface",
        "ec2:DeleteNetworkInterface",
        "ec2:DescribeNetworkInterfaces",
        "ec2:DescribeSubnets",
        "ec2:UnassignPrivateIpAddresses",
        Null={"lambda:SourceFunctionArn": "true"},
    )


def rest_api(
    stack: cdk.Stack,
    name: str,
    *,
    stage_options: Mapping[str, Any] | None = None,
    timeout: cdk.Duration | None = None,
    **given: Any,
) -> apigateway.RestApi:
    """Add a REST API with one function and an alarm."""
    stage = _with(
        stage_options or {},
        access_log_destination=apigateway.LogGroupLogDestination(
            log_group(stack, f"{name}AccessLogs")
        ),
        throttling_burst_limit=10,
        throttling_rate_limit=10,
        tracing_enabled=True,
    )
    chosen = _with(
        given,
        cloud_watch_role=True,
        cloud_watch_role_removal_policy=cdk.RemovalPolicy.RETAIN,
        default_method_options=apigateway.MethodOptions(
            authorization_type=apigateway.AuthorizationType.IAM
        ),
        deploy_options=apigateway.StageOptions(**stage),
        endpoint_types=[apigateway.EndpointType.REGIONAL],
        rest_api_name=f"{stack.stack_name}-{name}",
    )
    added = apigateway.RestApi(stack, name, **chosen)
    answers = function(stack, f"{name}Function", **_with({"timeout": timeout}))
    added.root.add_method("GET", apigateway.LambdaIntegration(answers))
    alarm(stack, f"{name}ServerErrors", added.metric_server_error())
    output(stack, name, added.arn_for_execute_api())
    return added


def http_api(
    stack: cdk.Stack, name: str, *, logged: bool = True, **given: Any
) -> apigatewayv2.HttpApi:
    """Add an HTTP API with one function and an alarm."""
    chosen = _with(
        given,
        api_name=f"{stack.stack_name}-{name}",
        create_default_stage=False,
        default_authorizer=authorizers.HttpIamAuthorizer(),
    )
    added = apigatewayv2.HttpApi(stack, name, **chosen)
    answers = function(stack, f"{name}Function")
    added.add_routes(
        path="/", integration=integrations.HttpLambdaIntegration(f"{name}Integration", answers)
    )
    stage = added.add_stage(
        f"{name}Stage",
        auto_deploy=True,
        throttle=apigatewayv2.ThrottleSettings(burst_limit=10, rate_limit=10),
    )
    if logged:
        log_stage(stage, log_group(stack, f"{name}AccessLogs"))
    alarm(stack, f"{name}ServerErrors", added.metric_server_error())
    output(stack, name, added.arn_for_execute_api())
    return added


def log_stage(stage: Construct, access_logs: logs.ILogGroup) -> None:
    """Write the access log of an HTTP API's stage."""
    settings = apigatewayv2.CfnStage.AccessLogSettingsProperty(
        destination_arn=access_logs.log_group_arn, format="$context.requestId $context.status"
    )
    level_1(stage).access_log_settings = settings


def trail(
    stack: cdk.Stack,
    name: str,
    *,
    bucket: s3.Bucket | None = None,
    waits: bool = True,
    **given: Any,
) -> cloudtrail.CfnTrail:
    """Add a trail of the writes to a bucket, and without `bucket` also a bucket for its files."""
    files = bucket or trail_bucket(stack, name)
    recorded = level_2(data_bucket(stack))
    field = cloudtrail.CfnTrail.AdvancedFieldSelectorProperty
    selector = cloudtrail.CfnTrail.AdvancedEventSelectorProperty(
        field_selectors=[
            field(field="eventCategory", equal_to=["Data"]),
            field(field="readOnly", equal_to=["false"]),
            field(field="resources.type", equal_to=["AWS::S3::Object"]),
            field(field="resources.ARN", starts_with=[recorded.arn_for_objects("")]),
        ]
    )
    tables = cloudtrail.CfnTrail.AdvancedEventSelectorProperty(
        field_selectors=[
            field(field="eventCategory", equal_to=["Data"]),
            field(field="readOnly", equal_to=["false"]),
            field(field="resources.type", equal_to=["AWS::DynamoDB::Table"]),
            field(field="resources.ARN", equal_to=[each.table_arn for each in _tables(stack)]),
        ]
    )
    chosen = _with(
        given,
        advanced_event_selectors=[selector, tables],
        enable_log_file_validation=True,
        include_global_service_events=False,
        is_logging=True,
        is_multi_region_trail=False,
        s3_bucket_name=files.bucket_name,
        trail_name=f"{name}Trail",
    )
    added = cloudtrail.CfnTrail(stack, name, **chosen)
    if waits and files.policy is not None:
        added.node.add_dependency(files.policy)
    output(stack, name, added.attr_arn)
    return added


def _tables(stack: cdk.Stack) -> list[dynamodb.Table]:
    """Return the tables of a stack."""
    return list(find_all(stack, dynamodb.Table))


def trail_arn(stack: cdk.Stack, name: str) -> str:
    """Return the ARN that a trail will have."""
    return stack.format_arn(service="cloudtrail", resource="trail", resource_name=f"{name}Trail")


def trail_bucket(stack: cdk.Stack, name: str) -> s3.Bucket:
    """Add a bucket that one trail may write its files into."""
    expiry = s3.LifecycleRule(
        expiration=cdk.Duration.days(90), noncurrent_version_expiration=cdk.Duration.days(7)
    )
    files = bucket(stack, f"{name}Files", watched=False, lifecycle_rules=[expiry])
    owned = {"s3:x-amz-acl": "bucket-owner-full-control"}
    path = f"AWSLogs/{stack.account}/*"
    for action, resource, more in (
        ("s3:GetBucketAcl", files.bucket_arn, {}),
        ("s3:PutObject", files.arn_for_objects(path), owned),
    ):
        files.add_to_resource_policy(
            iam.PolicyStatement(
                principals=[iam.ServicePrincipal("cloudtrail.amazonaws.com")],
                actions=[action],
                resources=[resource],
                conditions={"StringEquals": {"aws:SourceArn": trail_arn(stack, name), **more}},
            )
        )
    return files
