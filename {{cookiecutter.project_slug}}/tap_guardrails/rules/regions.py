"""TAP61x: stacks use only features that their Region offers."""

from __future__ import annotations

from collections.abc import Iterator

from tap_guardrails.model import Resource
from tap_guardrails.regions import offers, table
from tap_guardrails.rule import rule
from tap_guardrails.rules.alarms import ALARM, metrics_of

FUNCTION, MAPPING = "AWS::Lambda::Function", "AWS::Lambda::EventSourceMapping"
INVOKE, URL = "AWS::Lambda::EventInvokeConfig", "AWS::Lambda::Url"
AUTHORIZER, POOL = "AWS::ApiGateway::Authorizer", "AWS::Cognito::UserPool"
API = "AWS::ApiGateway::RestApi"
ASYNC = {"AsyncEventAge", "AsyncEventsDropped", "AsyncEventsReceived"}


def _used(resource: Resource) -> Iterator[str]:
    """Yield the features in regions.json that a resource uses."""
    match resource.type:
        case "AWS::Lambda::EventSourceMapping":
            if resource.items("Tags"):
                yield "event_source_mapping_tags"
        case "AWS::Lambda::Function":
            if resource.plain("TracingConfig", "Mode") == "Active":
                yield "function_tracing"
            if resource.plain("LoggingConfig", "LogFormat") == "JSON":
                yield "json_function_logs"
            python = str(resource.plain("Runtime", default="")).startswith("python")
            if python and resource.plain("SnapStart", "ApplyOn", default="None") != "None":
                yield "python_snapstart"
        case "AWS::Lambda::EventInvokeConfig":
            place = resource.target("DestinationConfig", "OnFailure", "Destination")
            if place is not None and place.type == "AWS::S3::Bucket":
                yield "s3_failure_destinations"
        case "AWS::Lambda::Url":
            yield "function_urls"
        case "AWS::Cognito::UserPool":
            yield "user_pools"
        case "AWS::ApiGateway::Authorizer":
            if resource.plain("Type") == "COGNITO_USER_POOLS":
                yield "user_pools"
        case "AWS::ApiGateway::RestApi":
            if not {"REGIONAL", "PRIVATE"} & set(resource.items("EndpointConfiguration", "Types")):
                yield "edge_endpoints"
        case "AWS::CloudWatch::Alarm":
            if any(s == "AWS/Lambda" and n in ASYNC for s, n, _, _ in metrics_of(resource)):
                yield "async_event_metrics"


@rule("TAP610", "deploy", MAPPING, FUNCTION, INVOKE, URL, AUTHORIZER, POOL, API, ALARM)
def regions_offer_what_is_used(resource: Resource) -> Iterator[str]:
    """Resources use only features that their Region offers.

    GovCloud and China lack some features: CloudFormation rejects the property ("extraneous key
    [Tags] is not permitted"), or the service ignores it.
    Limits: Only features that GovCloud and China lack, and stacks with a Region, are considered.
    Of other Regions, only those without SnapStart are known.
    https://docs.aws.amazon.com/govcloud-us/latest/UserGuide/govcloud-lambda.html

        cdk.Tags.of(stack).add(
            key, value, exclude_resource_types=["AWS::Lambda::EventSourceMapping"]
        )
        # or, for a property of a function
        - tracing=lambda_.Tracing.ACTIVE,
    """
    region = resource.template.pseudo.get("AWS::Region")
    if region is None:
        return  # the stack is not bound to a Region
    for feature in _used(resource):
        if not offers(region, feature):
            yield f"uses {table()['missing'][feature]['what']}, which {region} does not offer"
