"""Checks for the sixteen seed faults, which this template prevents, in every variant.

Each check is named after its fault, reads one synthesized stack, and fails if it has nothing to
examine. The matrix runs all of them on all variants; `tests/proof/test_seed_faults.py` shows that
each detects its fault.
"""

import json
from collections.abc import Callable, Mapping
from typing import Any

from local_extensions.answers import offers
from proof.stacks import Stack, as_list

Answers = Mapping[str, Any]
Check = Callable[[Stack, Answers], None]

# Types without a Tags property, or whose tags CloudFormation does not set.
NOT_TAGGABLE = {
    "AWS::ApiGateway::Account",
    "AWS::ApiGateway::Authorizer",
    "AWS::ApiGateway::Deployment",
    "AWS::ApiGateway::GatewayResponse",
    "AWS::ApiGateway::Method",
    "AWS::ApiGateway::Model",
    "AWS::ApiGateway::RequestValidator",
    "AWS::ApiGateway::Resource",
    "AWS::ApiGatewayV2::Authorizer",
    "AWS::ApiGatewayV2::Integration",
    "AWS::ApiGatewayV2::Route",
    "AWS::ApplicationAutoScaling::ScalingPolicy",
    "AWS::Cognito::UserPoolClient",
    "AWS::EC2::Route",
    "AWS::EC2::SubnetRouteTableAssociation",
    "AWS::EC2::VPCGatewayAttachment",
    "AWS::IAM::Policy",
    "AWS::Lambda::EventInvokeConfig",
    "AWS::Lambda::LayerVersion",
    "AWS::Lambda::Permission",
    "AWS::S3::BucketPolicy",
    "AWS::SNS::Subscription",
    "AWS::SNS::TopicPolicy",
    "AWS::SQS::QueuePolicy",
    "AWS::Scheduler::Schedule",
}
# Actions that may be allowed on every resource: IAM has no resource for them, or Lambda checks them
# without a resource, before it creates a network interface.
ANYWHERE = {
    "ec2:AssignPrivateIpAddresses",
    "ec2:DeleteNetworkInterface",
    "ec2:DescribeNetworkInterfaces",
    "ec2:DescribeSubnets",
    "ec2:UnassignPrivateIpAddresses",
    "xray:PutTelemetryRecords",
    "xray:PutTraceSegments",
}


def actions_on_bucket(stack: Stack, handler: str) -> set[str]:
    """Return the S3 actions that a function's role allows."""
    role = stack.functions[handler]["Role"]["Fn::GetAtt"][0]
    return {
        action
        for statement in stack.statements(role)
        for action in as_list(statement["Action"])
        if action.startswith("s3:")
    }


def fault_1_1_alarm_actions_missing(stack: Stack, answers: Answers) -> None:
    """Every alarm has an action, which the missing import broke."""
    outputs = stack.template["Outputs"]
    topics = [outputs[f"{name}TopicArn"]["Value"] for name in ("Alarm", "Notification")]
    assert {topic["Ref"] for topic in topics} == set(stack.of_type("AWS::SNS::Topic"))
    alarms = stack.of_type("AWS::CloudWatch::Alarm")
    assert alarms
    for name, alarm in alarms.items():
        (action,) = alarm.get("AlarmActions", [None])
        assert action in topics, f"{name} acts on nothing"


def fault_1_2_bucket_grants(stack: Stack, answers: Answers) -> None:
    """The API only reads the bucket; the worker reads and writes it."""
    assert stack.functions
    if answers["api"] != "none":
        assert actions_on_bucket(stack, "api.handler") == {"s3:GetObject"}
    if answers["worker"] != "none":
        extra = {"s3:DeleteObject", "s3:ListBucket"} if answers["worker"] == "schedule" else set()
        expected = {"s3:GetObject", "s3:PutObject"} | extra
        assert actions_on_bucket(stack, "worker.handler") == expected


def fault_1_3_point_in_time_recovery(stack: Stack, answers: Answers) -> None:
    """The table has point-in-time recovery; deprecated calls would have failed the synth."""
    (table,) = stack.of_type("AWS::DynamoDB::Table").values()
    assert table["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}


def fault_2_1_reserved_concurrency(stack: Stack, answers: Answers) -> None:
    """No concurrency is reserved; the worker's event source mapping limits its concurrency."""
    assert stack.functions
    for name, function in stack.functions.items():
        assert "ReservedConcurrentExecutions" not in function, f"{name} reserves concurrency"
    if answers["worker"] in {"s3", "sqs"}:
        (mapping,) = stack.of_type("AWS::Lambda::EventSourceMapping").values()
        assert mapping["ScalingConfig"]["MaximumConcurrency"] >= 2


def fault_2_2_key_policy(stack: Stack, answers: Answers) -> None:
    """Only this stack's trail may use the key."""
    trails = stack.of_type("AWS::CloudTrail::Trail")
    keys = stack.of_type("AWS::KMS::Key")
    assert len(keys) == (answers["encryption"] == "customer_managed")
    if not trails or not keys:
        return
    (trail,), (key,) = trails.values(), keys.values()
    statements = [
        statement
        for statement in key["KeyPolicy"]["Statement"]
        if statement["Principal"].get("Service") == "cloudtrail.amazonaws.com"
    ]
    allowed = {action for statement in statements for action in as_list(statement["Action"])}
    assert allowed == {"kms:DescribeKey", "kms:GenerateDataKey*"}
    for statement in statements:
        source = json.dumps(statement["Condition"]["StringEquals"]["aws:SourceArn"])
        assert f":trail/{trail['TrailName']}" in source


def fault_2_3_elaborate_trail(stack: Stack, answers: Answers) -> None:
    """There is one trail, in production only, of this stack's bucket and table."""
    trails = stack.of_type("AWS::CloudTrail::Trail")
    assert len(trails) == (stack.production and bool(answers["audit_trail"]))
    for trail in trails.values():
        assert trail["IsMultiRegionTrail"] is False
        assert trail["IncludeGlobalServiceEvents"] is False
        assert trail["EnableLogFileValidation"] is True
        kinds = [
            field["Equals"][0]
            for selector in trail["AdvancedEventSelectors"]
            for field in selector["FieldSelectors"]
            if field["Field"] == "resources.type"
        ]
        assert kinds == ["AWS::S3::Object", "AWS::DynamoDB::Table"]


def fault_3_1_plain_http(stack: Stack, answers: Answers) -> None:
    """Every bucket, topic and queue denies requests without TLS."""
    guarded: set[str] = set()
    for kind, key in (
        ("AWS::S3::BucketPolicy", "Bucket"),
        ("AWS::SNS::TopicPolicy", "Topics"),
        ("AWS::SQS::QueuePolicy", "Queues"),
    ):
        for policy in stack.of_type(kind).values():
            for statement in policy["PolicyDocument"]["Statement"]:
                if statement["Effect"] == "Deny" and statement.get("Condition") == {
                    "Bool": {"aws:SecureTransport": "false"}
                }:
                    guarded |= {reference["Ref"] for reference in as_list(policy[key])}
    expected = {
        logical_id
        for kind in ("AWS::S3::Bucket", "AWS::SNS::Topic", "AWS::SQS::Queue")
        for logical_id in stack.of_type(kind)
    }
    assert len(expected) >= 3
    assert guarded == expected, f"plain HTTP reaches {sorted(expected - guarded)}"


def fault_3_2_broad_permissions(stack: Stack, answers: Answers) -> None:
    """No action is a wildcard, and `*` is a resource only where IAM requires it."""
    statements = list(stack.statements())
    assert statements
    for statement in statements:
        actions = set(as_list(statement["Action"]))
        assert not [action for action in actions if "*" in action], statement
        if "*" in as_list(statement["Resource"]):
            assert actions <= ANYWHERE, statement


def fault_3_3_public_access(stack: Stack, answers: Answers) -> None:
    """Every bucket has all four public access blocks."""
    buckets = stack.of_type("AWS::S3::Bucket")
    assert len(buckets) >= 2
    for name, bucket in buckets.items():
        blocks = bucket["PublicAccessBlockConfiguration"]
        assert sorted(blocks) == [
            "BlockPublicAcls",
            "BlockPublicPolicy",
            "IgnorePublicAcls",
            "RestrictPublicBuckets",
        ], name
        assert all(blocks.values()), name


def fault_4_1_memory_unconsidered(stack: Stack, answers: Answers) -> None:
    """Every function's memory is set, and is not the default."""
    assert stack.functions
    for name, function in stack.functions.items():
        assert function.get("MemorySize", 128) != 128, f"{name} has the default memory"
        assert function.get("Timeout", 3) != 3, f"{name} has the default timeout"


def fault_4_2_nat_gateway(stack: Stack, answers: Answers) -> None:
    """Only `network=nat` has a NAT gateway; every VPC of the stack has gateway endpoints."""
    assert len(stack.of_type("AWS::EC2::NatGateway")) == (answers["network"] == "nat")
    networks = stack.of_type("AWS::EC2::VPC")
    assert len(networks) == (answers["network"] in {"endpoints", "nat"})
    endpoints = stack.of_type("AWS::EC2::VPCEndpoint").values()
    assert len(endpoints) == 2 * len(networks)
    assert all(endpoint["VpcEndpointType"] == "Gateway" for endpoint in endpoints)
    for name, function in stack.functions.items():
        assert ("VpcConfig" in function) == (answers["network"] != "none"), name


def fault_4_3_billing_unconsidered(stack: Stack, answers: Answers) -> None:
    """On demand has a maximum; provisioned reads and writes scale, for the table and its index."""
    (table,) = stack.of_type("AWS::DynamoDB::Table").values()
    indexes = table.get("GlobalSecondaryIndexes", [])
    assert len(indexes) == (answers["api"] != "none"), "only the API queries an index"
    targets = stack.of_type("AWS::ApplicationAutoScaling::ScalableTarget")
    policies = stack.of_type("AWS::ApplicationAutoScaling::ScalingPolicy")
    if answers["billing_mode"] == "on_demand":
        assert table["BillingMode"] == "PAY_PER_REQUEST"
        for capped in (table, *indexes):
            assert sorted(capped["OnDemandThroughput"]) == [
                "MaxReadRequestUnits",
                "MaxWriteRequestUnits",
            ]
        assert not targets
        return
    assert "OnDemandThroughput" not in table
    assert {target["ScalableDimension"] for target in targets.values()} == {
        f"dynamodb:{what}:{unit}CapacityUnits"
        for what in ("table", "index")[: 1 + len(indexes)]
        for unit in ("Read", "Write")
    }
    scaled = {policy["ScalingTargetId"]["Ref"] for policy in policies.values()}
    assert scaled == set(targets), "a scalable target has no policy"


def fault_5_1_alarms_missing(stack: Stack, answers: Answers) -> None:
    """Alarms watch capacity and S3 activity, with metrics that exist."""
    alarms: list[dict[str, Any]] = [
        {
            "namespace": metric.get("Namespace"),
            "metric": metric.get("MetricName"),
            "dimensions": {each["Name"]: each["Value"] for each in metric.get("Dimensions", [])},
        }
        for alarm in stack.of_type("AWS::CloudWatch::Alarm").values()
        for metric in (
            [alarm]
            if "MetricName" in alarm
            else [q["MetricStat"]["Metric"] for q in alarm["Metrics"] if "MetricStat" in q]
        )
    ]
    buckets = stack.of_type("AWS::S3::Bucket")
    watched = [alarm for alarm in alarms if alarm["namespace"] == "AWS/S3"]
    assert {alarm["metric"] for alarm in watched} == {"4xxErrors", "5xxErrors", "AllRequests"}
    for alarm in watched:
        published = buckets[alarm["dimensions"]["BucketName"]["Ref"]]["MetricsConfigurations"]
        assert {"Id": alarm["dimensions"]["FilterId"]} in published
    table = [alarm["metric"] for alarm in alarms if alarm["namespace"] == "AWS/DynamoDB"]
    for metric in (
        "ConsumedReadCapacityUnits",
        "ConsumedWriteCapacityUnits",
        "ReadThrottleEvents",
        "WriteThrottleEvents",
    ):
        watched_places = 1 + (answers["api"] != "none")  # the table, and its index
        assert table.count(metric) == watched_places, f"{metric} is not watched everywhere"


def fault_5_2_tracing_missing(stack: Stack, answers: Answers) -> None:
    """Every function and the REST stage have X-Ray tracing."""
    assert stack.functions
    traced = offers(str(answers["aws_region"]), "function_tracing")
    for name, function in stack.functions.items():
        mode = function.get("TracingConfig", {}).get("Mode")
        assert mode == ("Active" if traced else None), name
    sent = {action for s in stack.statements() for action in as_list(s["Action"])}
    assert ("xray:PutTraceSegments" in sent) == traced
    stages = stack.of_type("AWS::ApiGateway::Stage")
    assert len(stages) == (answers["api"] == "rest")
    for stage in stages.values():
        assert stage["TracingEnabled"] is True


def fault_6_1_tags_missing(stack: Stack, answers: Answers) -> None:
    """The stack and every taggable resource have the tags Project, Owner and Environment."""
    expected = {
        "Project": answers["project_slug"],
        "Owner": answers["owner"],
        "Environment": stack.environment,
    }
    assert stack.tags == expected
    tagged = 0
    untaggable = not offers(str(answers["aws_region"]), "event_source_mapping_tags")
    for name, resource in stack.resources.items():
        if resource["Type"] in NOT_TAGGABLE:
            continue
        if untaggable and resource["Type"] == "AWS::Lambda::EventSourceMapping":
            assert "Tags" not in resource["Properties"], (
                f"{name} has tags, which are rejected there"
            )
            continue
        properties = resource.get("Properties", {})
        tags = properties.get("Tags", properties.get("UserPoolTags", {}))
        if isinstance(tags, list):
            tags = {tag["Key"]: tag["Value"] for tag in tags}
        assert expected.items() <= tags.items(), f"{name} ({resource['Type']}) lacks tags"
        tagged += 1
    assert tagged >= 10


def fault_6_2_outputs_missing(stack: Stack, answers: Answers) -> None:
    """Outputs contain the ARN of every key resource, and the API's URL."""
    expected = {
        "AlarmTopicArn": True,
        "NotificationTopicArn": True,
        "BucketArn": True,
        "TableArn": True,
        "DashboardArn": True,
        "ApiUrl": answers["api"] != "none",
        "ApiFunctionArn": answers["api"] != "none",
        "UserPoolArn": answers["api"] != "none" and answers["api_auth"] == "cognito",
        "WorkerFunctionArn": answers["worker"] != "none",
        "WorkerDeadLetterQueueArn": answers["worker"] != "none",
        "WorkerQueueArn": answers["worker"] in {"s3", "sqs"},
        "WorkerStreamArn": answers["worker"] == "stream",
        "KeyArn": answers["encryption"] == "customer_managed",
        "VpcArn": answers["network"] != "none",
        "TrailArn": stack.production and bool(answers["audit_trail"]),
    }
    outputs = stack.template["Outputs"]
    for name, wanted in expected.items():
        assert (name in outputs) == wanted, f"output {name}"


CHECKS: dict[str, Check] = {
    name.removeprefix("fault_").replace("_", ".", 1).split("_", 1)[0]: check
    for name, check in list(globals().items())
    if name.startswith("fault_")
}
