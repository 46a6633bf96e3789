"""TAP26x: trails, flow logs and access logs record what an investigation needs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tap_guardrails.calls import TABLE
from tap_guardrails.model import Resource
from tap_guardrails.rule import rule
from tap_guardrails.rules.api import HTTP_STAGE, REST_STAGE
from tap_guardrails.rules.data import BUCKET, is_log_target
from tap_guardrails.rules.trail import TRAIL

FLOW_LOG = "AWS::EC2::FlowLog"
RECORDED = {"AWS::S3::Object": BUCKET, "AWS::DynamoDB::Table": TABLE}
# What tells one request from another, and its result.
FIELDS = {"a request id": "equestId", "the status": "$context.status"}


def _fields(selector: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {str(f.get("Field")): f for f in selector.get("FieldSelectors") or []}


@rule("TAP261", "silent", TRAIL, profile="house")
def trails_record_changes_of_data(trail: Resource) -> Iterator[str]:
    """Trails record the changes of buckets and tables.

    Reads alone do not tell who deleted or changed an object or an item.
    Limits: One selector for buckets and one for tables are enough; management events are TAP253.
    https://docs.aws.amazon.com/awscloudtrail/latest/userguide/logging-data-events-with-cloudtrail.html

        - {"field": "readOnly", "equals": ["true"]}  # or "false": changes only
    """
    advanced, basic = trail.items("AdvancedEventSelectors"), trail.items("EventSelectors")
    recorded: set[str] = set()
    for selector in basic:
        if selector.get("ReadWriteType") == "ReadOnly":
            yield "records reads only"
        recorded |= {str(each.get("Type")) for each in selector.get("DataResources") or []}
    for selector in advanced:
        fields = _fields(selector)
        if fields.get("readOnly", {}).get("Equals") == ["true"]:
            yield "records reads only"
        recorded |= {str(each) for each in fields.get("resources.type", {}).get("Equals") or []}
    if not recorded:
        return
    resources = trail.template.resources.values()
    for kind, owner in RECORDED.items():
        data = [each for each in resources if each.type == owner]
        if owner == BUCKET:
            data = [each for each in data if not is_log_target(each)]
        if data and kind not in recorded:
            yield f"does not record {kind}, such as {data[0]}"


@rule("TAP262", "silent", FLOW_LOG, BUCKET, profile="house")
def logs_stay_in_the_app(resource: Resource) -> Iterator[str]:
    """Flow logs and access logs go to a bucket or log group of the app.

    Whoever owns another bucket reads the logs, or no one does: S3 drops access logs that it can't
    deliver.
    Limits: A destination that is a reference or a parameter is accepted.
    https://docs.aws.amazon.com/vpc/latest/userguide/flow-logs-s3-permissions.html

        - log_destination=...,  # and server_access_logs_bucket=: a bucket of this app
    """
    if resource.type == FLOW_LOG:
        path: tuple[str, ...] = ("LogDestination",)
    else:
        path = ("LoggingConfiguration", "DestinationBucketName")
    text = resource.text(*path)
    if text and "${" not in text.replace("${AWS::", "") and resource.target(*path) is None:
        yield f"writes its logs to {text}, which is not of this app"


@rule("TAP263", "silent", FLOW_LOG, profile="house")
def flow_logs_record_rejections(log: Resource) -> Iterator[str]:
    """Flow logs record rejected connections.

    Accepted traffic alone shows neither an intruder's attempts, nor a security group that is too
    narrow.
    Limits: VPCs without a flow log are not judged.
    https://docs.aws.amazon.com/vpc/latest/userguide/flow-logs-basics.html

        - traffic_type=ec2.FlowLogTrafficType.ACCEPT,  # REJECT or ALL
    """
    if log.plain("TrafficType") == "ACCEPT":
        yield "records accepted traffic only"


@rule("TAP264", "silent", REST_STAGE, HTTP_STAGE, profile="house")
def access_logs_tell_requests_apart(stage: Resource) -> Iterator[str]:
    """Access logs contain the request's id and status.

    Without them, a failed request can't be found, and errors can't be counted.
    Limits: Other fields of the format are not judged.
    https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-logging.html

        - access_log_format=...,  # or one with $context.requestId and $context.status
    """
    name = "AccessLogSetting" if stage.type == REST_STAGE else "AccessLogSettings"
    form = stage.text(name, "Format")
    missing = [title for title, field in FIELDS.items() if form and field not in form]
    if missing:
        yield f"its access log lacks {' and '.join(missing)}"
