"""Resource types, and tests that tell resources of one type apart."""

from __future__ import annotations

from typing import Any

from proof.judges.breakage import Json, has, lacks

ALARM, DASHBOARD = "AWS::CloudWatch::Alarm", "AWS::CloudWatch::Dashboard"
BUCKET, BUCKET_POLICY = "AWS::S3::Bucket", "AWS::S3::BucketPolicy"
QUEUE, QUEUE_POLICY = "AWS::SQS::Queue", "AWS::SQS::QueuePolicy"
TOPIC, TOPIC_POLICY = "AWS::SNS::Topic", "AWS::SNS::TopicPolicy"
SUBSCRIPTION = "AWS::SNS::Subscription"
TABLE, KEY, LOG_GROUP = "AWS::DynamoDB::Table", "AWS::KMS::Key", "AWS::Logs::LogGroup"
FUNCTION, PERMISSION = "AWS::Lambda::Function", "AWS::Lambda::Permission"
MAPPING, RULE = "AWS::Lambda::EventSourceMapping", "AWS::Events::Rule"
ROLE, POLICY = "AWS::IAM::Role", "AWS::IAM::Policy"
TRAIL, FLOW_LOG = "AWS::CloudTrail::Trail", "AWS::EC2::FlowLog"
VPC, SUBNET, ENDPOINT = "AWS::EC2::VPC", "AWS::EC2::Subnet", "AWS::EC2::VPCEndpoint"
GROUP, ROUTE = "AWS::EC2::SecurityGroup", "AWS::EC2::Route"
REST_API, METHOD, STAGE = (f"AWS::ApiGateway::{name}" for name in ("RestApi", "Method", "Stage"))
DEPLOYMENT = "AWS::ApiGateway::Deployment"
HTTP_ROUTE, HTTP_STAGE = "AWS::ApiGatewayV2::Route", "AWS::ApiGatewayV2::Stage"
AUTHORIZER, INTEGRATION = "AWS::ApiGatewayV2::Authorizer", "AWS::ApiGatewayV2::Integration"
POOL, CLIENT = "AWS::Cognito::UserPool", "AWS::Cognito::UserPoolClient"
SCALABLE = "AWS::ApplicationAutoScaling::ScalableTarget"
SCALING = "AWS::ApplicationAutoScaling::ScalingPolicy"

# The bucket of the service has request metrics; the others receive logs.
DATA_BUCKET = has("MetricsConfigurations")
LOG_BUCKET = lacks("LoggingConfiguration")
TRAIL_BUCKET = has("LoggingConfiguration.LogFilePrefix", "trail")
# The main queue has a dead-letter queue.
MAIN_QUEUE, DEAD_LETTERS = has("RedrivePolicy"), lacks("RedrivePolicy")
API_FUNCTION, WORKER_FUNCTION = has("Handler", "api."), has("Handler", "worker.")
FUNCTION_ROLE = has("AssumeRolePolicyDocument", "lambda.amazonaws.com")

STRANGER = "444455556666"


def metric(name: str) -> Any:
    """Return a test whether an alarm watches a metric."""
    return lambda properties: properties.get("MetricName") == name


def watches(name: str) -> Any:
    """Return a test whether an alarm watches a metric in a formula."""
    return lambda properties: any(
        each.get("MetricStat", {}).get("Metric", {}).get("MetricName") == name
        for each in properties.get("Metrics", [])
    )


def anyone(actions: Any, **more: Any) -> Json:
    """Return a statement for everyone."""
    return {"Effect": "Allow", "Principal": "*", "Action": actions, "Resource": "*", **more}


def account(actions: Any) -> Json:
    """Return a statement for another account."""
    return {
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:aws:iam::{STRANGER}:root"},
        "Action": actions,
        "Resource": "*",
    }


def deny(actions: Any, **more: Any) -> Json:
    """Return a statement that denies everyone."""
    return {"Effect": "Deny", "Principal": "*", "Action": actions, "Resource": "*", **more}
