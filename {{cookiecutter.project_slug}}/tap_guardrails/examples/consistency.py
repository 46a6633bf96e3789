"""Examples of the rules on infrastructure and code that agree."""

from pathlib import Path

import aws_cdk as cdk
from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_apigatewayv2 as apigatewayv2
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_s3 as s3

# The handler of an asset, with the names that it shares with the infrastructure.
HANDLERS = {
    "service/names.py": 'PARTITION_KEY = "id"\n',
    "service/orders.py": """
from names import PARTITION_KEY

PERMISSIONS = {"TABLE_NAME": {"dynamodb:GetItem"}}


def handler(event, context): ...
""",
}
ORDERS = """
import os

import boto3

PERMISSIONS = {"TABLE_NAME": {"dynamodb:GetItem"}}


def handler(event, context):
    orders = boto3.resource("dynamodb").Table(os.environ["TABLE_NAME"])
    return orders.get_item(Key={"id": event["id"]})["Item"]
"""
NEWEST = """
import os

import boto3

PERMISSIONS = {"TABLE_NAME/index/by_created": {"dynamodb:Query"}}


def handler(event, context):
    orders = boto3.resource("dynamodb").Table(os.environ["TABLE_NAME"])
    return orders.query(IndexName="by_created", **event)["Items"]
"""
PREVIEW = """
import os

import boto3

PERMISSIONS = {"BUCKET_NAME/incoming/*": {"s3:GetObject"}}


def handler(event, context):
    key = event["detail"]["object"]["key"]
    boto3.client("s3").get_object(Bucket=os.environ["BUCKET_NAME"], Key=key)
"""
ITEMS = """
from aws_lambda_powertools.event_handler import APIGatewayRestResolver

app = APIGatewayRestResolver()


@app.get("/items")
def items():
    return []


def handler(event, context):
    return app.resolve(event, context)
"""


def tap360_bad(stack: cdk.Stack) -> None:
    lambda_.Function(
        stack,
        "Orders",
        runtime=lambda_.Runtime.PYTHON_3_13,
        handler="index.handler",
        code=lambda_.Code.from_inline(ORDERS),
    )


def tap360_good(stack: cdk.Stack) -> None:
    table = dynamodb.Table(
        stack,
        "Table",
        partition_key=dynamodb.Attribute(name="id", type=dynamodb.AttributeType.STRING),
    )
    lambda_.Function(
        stack,
        "Orders",
        runtime=lambda_.Runtime.PYTHON_3_13,
        handler="index.handler",
        code=lambda_.Code.from_inline(ORDERS),
        environment={"TABLE_NAME": table.table_name},
    )


def tap361_bad(stack: cdk.Stack) -> None:
    table = dynamodb.Table(
        stack,
        "Table",
        partition_key=dynamodb.Attribute(name="id", type=dynamodb.AttributeType.STRING),
    )
    lambda_.Function(
        stack,
        "Orders",
        runtime=lambda_.Runtime.PYTHON_3_13,
        handler="index.handler",
        code=lambda_.Code.from_inline(NEWEST),
        environment={"TABLE_NAME": table.table_name},
    )


def tap361_good(stack: cdk.Stack) -> None:
    table = dynamodb.Table(
        stack,
        "Table",
        partition_key=dynamodb.Attribute(name="id", type=dynamodb.AttributeType.STRING),
    )
    table.add_global_secondary_index(
        index_name="by_created",
        partition_key=dynamodb.Attribute(name="kind", type=dynamodb.AttributeType.STRING),
        projection_type=dynamodb.ProjectionType.ALL,
    )
    lambda_.Function(
        stack,
        "Orders",
        runtime=lambda_.Runtime.PYTHON_3_13,
        handler="index.handler",
        code=lambda_.Code.from_inline(NEWEST),
        environment={"TABLE_NAME": table.table_name},
    )


def tap362_bad(stack: cdk.Stack) -> None:
    table = dynamodb.Table(
        stack,
        "Table",
        partition_key=dynamodb.Attribute(name="pk", type=dynamodb.AttributeType.STRING),
    )
    lambda_.Function(
        stack,
        "Orders",
        runtime=lambda_.Runtime.PYTHON_3_13,
        handler="orders.handler",
        code=lambda_.Code.from_asset(
            str(Path("service").resolve())
        ),  # names.py: PARTITION_KEY = "id"
        environment={"TABLE_NAME": table.table_name},
    )


def tap362_good(stack: cdk.Stack) -> None:
    table = dynamodb.Table(
        stack,
        "Table",
        partition_key=dynamodb.Attribute(name="id", type=dynamodb.AttributeType.STRING),
    )
    lambda_.Function(
        stack,
        "Orders",
        runtime=lambda_.Runtime.PYTHON_3_13,
        handler="orders.handler",
        code=lambda_.Code.from_asset(
            str(Path("service").resolve())
        ),  # names.py: PARTITION_KEY = "id"
        environment={"TABLE_NAME": table.table_name},
    )


def tap363_bad(stack: cdk.Stack) -> None:
    orders = lambda_.Function(
        stack,
        "Orders",
        runtime=lambda_.Runtime.PYTHON_3_13,
        handler="index.handler",
        code=lambda_.Code.from_inline("def handler(event, context): ..."),
    )
    api = apigatewayv2.CfnApi(stack, "Api", name="orders", protocol_type="HTTP")
    integration = apigatewayv2.CfnIntegration(
        stack,
        "Integration",
        api_id=api.ref,
        integration_type="AWS_PROXY",
        integration_uri=orders.function_arn,
        payload_format_version="2.0",
    )
    apigatewayv2.CfnRoute(
        stack,
        "Route",
        api_id=api.ref,
        route_key="GET /orders",
        target=f"integrations/{integration.ref}",
    )


def tap363_good(stack: cdk.Stack) -> None:
    orders = lambda_.Function(
        stack,
        "Orders",
        runtime=lambda_.Runtime.PYTHON_3_13,
        handler="index.handler",
        code=lambda_.Code.from_inline("def handler(event, context): ..."),
    )
    api = apigatewayv2.CfnApi(stack, "Api", name="orders", protocol_type="HTTP")
    integration = apigatewayv2.CfnIntegration(
        stack,
        "Integration",
        api_id=api.ref,
        integration_type="AWS_PROXY",
        integration_uri=orders.function_arn,
        payload_format_version="2.0",
    )
    apigatewayv2.CfnRoute(
        stack,
        "Route",
        api_id=api.ref,
        route_key="GET /orders",
        target=f"integrations/{integration.ref}",
    )
    orders.add_permission(
        "Api",
        principal=iam.ServicePrincipal("apigateway.amazonaws.com"),
        source_arn=stack.format_arn(
            service="execute-api", resource=api.ref, resource_name="*/GET/orders"
        ),
    )


def tap364_bad(stack: cdk.Stack) -> None:
    items = lambda_.Function(
        stack,
        "Items",
        runtime=lambda_.Runtime.PYTHON_3_13,
        handler="index.handler",
        code=lambda_.Code.from_inline(ITEMS),
    )
    api = apigateway.RestApi(stack, "Api")
    integration = apigateway.LambdaIntegration(items)
    api.root.add_resource("products").add_method("GET", integration)


def tap364_good(stack: cdk.Stack) -> None:
    items = lambda_.Function(
        stack,
        "Items",
        runtime=lambda_.Runtime.PYTHON_3_13,
        handler="index.handler",
        code=lambda_.Code.from_inline(ITEMS),
    )
    api = apigateway.RestApi(stack, "Api")
    integration = apigateway.LambdaIntegration(items)
    api.root.add_resource("items").add_method("GET", integration)


def tap365_bad(stack: cdk.Stack) -> None:
    api = apigateway.RestApi(stack, "Api", deploy=False)
    api.root.add_method("GET")
    apigateway.CfnDeployment(stack, "Deployment", rest_api_id=api.rest_api_id)


def tap365_good(stack: cdk.Stack) -> None:
    api = apigateway.RestApi(stack, "Api", deploy=False)
    method = api.root.add_method("GET")
    deployment = apigateway.CfnDeployment(stack, "Deployment", rest_api_id=api.rest_api_id)
    deployment.node.add_dependency(method)


def tap366_bad(stack: cdk.Stack) -> None:
    items = lambda_.Function(
        stack,
        "Items",
        runtime=lambda_.Runtime.PYTHON_3_13,
        handler="index.handler",
        code=lambda_.Code.from_inline(ITEMS),
    )
    api = apigatewayv2.CfnApi(stack, "Api", name="items", protocol_type="HTTP")
    apigatewayv2.CfnIntegration(
        stack,
        "Integration",
        api_id=api.ref,
        integration_type="AWS_PROXY",
        integration_uri=items.function_arn,
        payload_format_version="2.0",
    )


def tap366_good(stack: cdk.Stack) -> None:
    items = lambda_.Function(
        stack,
        "Items",
        runtime=lambda_.Runtime.PYTHON_3_13,
        handler="index.handler",
        code=lambda_.Code.from_inline(ITEMS),
    )
    api = apigatewayv2.CfnApi(stack, "Api", name="items", protocol_type="HTTP")
    apigatewayv2.CfnIntegration(
        stack,
        "Integration",
        api_id=api.ref,
        integration_type="AWS_PROXY",
        integration_uri=items.function_arn,
        payload_format_version="1.0",
    )


def tap367_bad(stack: cdk.Stack) -> None:
    lambda_.Function(
        stack,
        "Orders",
        runtime=lambda_.Runtime.PYTHON_3_8,
        handler="index.handler",
        code=lambda_.Code.from_inline("def handler(event, context): ..."),
    )


def tap367_good(stack: cdk.Stack) -> None:
    lambda_.Function(
        stack,
        "Orders",
        runtime=lambda_.Runtime.PYTHON_3_13,
        handler="index.handler",
        code=lambda_.Code.from_inline("def handler(event, context): ..."),
    )


def tap368_bad(stack: cdk.Stack) -> None:
    uploads = s3.Bucket(stack, "Uploads", event_bridge_enabled=True)
    preview = lambda_.Function(
        stack,
        "Preview",
        runtime=lambda_.Runtime.PYTHON_3_13,
        handler="index.handler",
        code=lambda_.Code.from_inline(PREVIEW),
        environment={"BUCKET_NAME": uploads.bucket_name},
    )
    created = {
        "bucket": {"name": [uploads.bucket_name]},
        "object": {"key": [{"prefix": "uploads/"}]},
    }
    events.Rule(
        stack,
        "Created",
        event_pattern=events.EventPattern(
            source=["aws.s3"], detail_type=["Object Created"], detail=created
        ),
        targets=[targets.LambdaFunction(preview)],
    )


def tap368_good(stack: cdk.Stack) -> None:
    uploads = s3.Bucket(stack, "Uploads", event_bridge_enabled=True)
    preview = lambda_.Function(
        stack,
        "Preview",
        runtime=lambda_.Runtime.PYTHON_3_13,
        handler="index.handler",
        code=lambda_.Code.from_inline(PREVIEW),
        environment={"BUCKET_NAME": uploads.bucket_name},
    )
    created = {
        "bucket": {"name": [uploads.bucket_name]},
        "object": {"key": [{"prefix": "incoming/"}]},
    }
    events.Rule(
        stack,
        "Created",
        event_pattern=events.EventPattern(
            source=["aws.s3"], detail_type=["Object Created"], detail=created
        ),
        targets=[targets.LambdaFunction(preview)],
    )


def tap369_bad(stack: cdk.Stack) -> None:
    condition = cdk.CfnCondition(stack, "Archived", expression=cdk.Fn.condition_equals("no", "yes"))
    archive = s3.CfnBucket(stack, "Archive")
    archive.cfn_options.condition = condition


def tap369_good(stack: cdk.Stack) -> None:
    parameter = cdk.CfnParameter(stack, "KeepArchive", default="no")
    condition = cdk.CfnCondition(
        stack, "Archived", expression=cdk.Fn.condition_equals(parameter.value_as_string, "yes")
    )
    archive = s3.CfnBucket(stack, "Archive")
    archive.cfn_options.condition = condition
