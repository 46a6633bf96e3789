"""TAP1xx: every alarm can fire and notifies someone."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from tap_guardrails.model import OWN_FUNCTION, PLACEHOLDER, App, NotJudged, Resource, covers
from tap_guardrails.policy import is_closed, key_of, service_may
from tap_guardrails.references import by_name, is_named, named_users, strings
from tap_guardrails.rule import Fault, rule
from tap_guardrails.rules.data import is_log_target

ALARM, TOPIC = "AWS::CloudWatch::Alarm", "AWS::SNS::Topic"
COMPOSITE, FILTER = "AWS::CloudWatch::CompositeAlarm", "AWS::Logs::MetricFilter"

# Dimension sets under which AWS publishes metrics. Other namespaces are not judged.
NONE: set[str] = set()
FUNCTION = (
    NONE,  # all functions of the account and Region
    {"FunctionName"},
    {"FunctionName", "Resource"},
    {"FunctionName", "Resource", "ExecutedVersion"},
)
ACCOUNT, ONE_FUNCTION = (NONE,), ({"FunctionName"}, {"FunctionName", "Resource"})
MAPPINGS = ({"EventSourceMappingUUID"}, {"EventSourceMappingUUID", "FunctionName"})
QUEUE, GROUP = ({"QueueName"},), ({"ScheduleGroup"},)
RULE = ({"RuleName"}, {"EventBusName", "RuleName"})
ANY_RULE = (*RULE, NONE, {"EventBusName"})
MATCHED = (*ANY_RULE, {"EventSourceName"}, {"EventSourceName", "RuleName"})
REST = ({"ApiName"}, {"ApiName", "Stage"}, {"ApiName", "Stage", "Resource", "Method"})
HTTP = ({"ApiId"}, {"ApiId", "Stage"}, {"ApiId", "Stage", "Resource", "Method"})
WEBSOCKET = ({"ApiId"}, {"ApiId", "Stage"}, {"ApiId", "Stage", "Route"})
ONE_TABLE, INDEX = ({"TableName"},), ({"TableName", "GlobalSecondaryIndexName"},)
TABLE = (*ONE_TABLE, *INDEX)
OPERATION = ({"TableName", "Operation"}, {"TableName", "Operation", "StreamLabel"})
DELEGATED, REPLICA = ({"TableName", "DelegatedOperation"},), ({"TableName", "ReceivingRegion"},)
REQUESTS, DAILY = ({"BucketName", "FilterId"},), ({"BucketName", "StorageType"},)
COPIES = ({"SourceBucket", "DestinationBucket", "RuleId"},)
# The APIs of a protocol publish only these metrics.
OF_HTTP, OF_WEBSOCKET = (
    "4xx 5xx DataProcessed Count Latency IntegrationLatency",
    "ConnectCount MessageCount ClientError ExecutionError IntegrationError IntegrationLatency",
)

# https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html
# https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-available-cloudwatch-metrics.html
# https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-metrics-and-dimensions.html
# https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/metrics-dimensions.html
# https://docs.aws.amazon.com/AmazonS3/latest/userguide/metrics-dimensions.html
# https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-monitoring.html
METRICS: dict[str, dict[str, Any]] = {
    "AWS/Lambda": {
        "Errors Throttles Duration Invocations IteratorAge ConcurrentExecutions": FUNCTION,
        "DeadLetterErrors DestinationDeliveryFailures PostRuntimeExtensionsDuration": FUNCTION,
        "AsyncEventAge AsyncEventsDropped AsyncEventsReceived": FUNCTION,
        "ProvisionedConcurrentExecutions ProvisionedConcurrencyUtilization": FUNCTION,
        "ProvisionedConcurrencyInvocations RecursiveInvocationsDropped": FUNCTION,
        "ProvisionedConcurrencySpilloverInvocations SignatureValidationErrors": FUNCTION,
        "UnreservedConcurrentExecutions ClaimedAccountConcurrency": ACCOUNT,
        "UrlRequestCount UrlRequestLatency Url4xxCount Url5xxCount": ONE_FUNCTION,
        "OffsetLag": (*ONE_FUNCTION, *MAPPINGS),
        "PolledEventCount FilteredOutEventCount InvokedEventCount": MAPPINGS,
        "FailedInvokeEventCount DroppedEventCount DeletedEventCount": MAPPINGS,
        "OnFailureDestinationDeliveredEventCount ProvisionedPollers": MAPPINGS,
    },
    "AWS/SQS": {
        "ApproximateAgeOfOldestMessage ApproximateNumberOfMessagesVisible": QUEUE,
        "ApproximateNumberOfMessagesNotVisible ApproximateNumberOfMessagesDelayed": QUEUE,
        "NumberOfMessagesSent NumberOfMessagesReceived NumberOfMessagesDeleted": QUEUE,
        "NumberOfEmptyReceives SentMessageSize NumberOfDeduplicatedSentMessages": QUEUE,
        "ApproximateNumberOfGroupsWithInflightMessages": QUEUE,
        "ApproximateNumberOfNoisyGroups ApproximateAgeOfOldestMessageInQuietGroups": QUEUE,
        "ApproximateNumberOfMessagesVisibleInQuietGroups": QUEUE,
        "ApproximateNumberOfMessagesNotVisibleInQuietGroups": QUEUE,
        "ApproximateNumberOfMessagesDelayedInQuietGroups": QUEUE,
    },
    "AWS/ApiGateway": {
        "4XXError 5XXError CacheHitCount CacheMissCount": REST,
        "Count Latency": (*REST, *HTTP),
        "IntegrationLatency": (*REST, *HTTP, *WEBSOCKET),
        "4xx 5xx DataProcessed": HTTP,
        "ConnectCount MessageCount ClientError ExecutionError IntegrationError": WEBSOCKET,
    },
    "AWS/DynamoDB": {
        "ReadThrottleEvents WriteThrottleEvents": TABLE,
        "ConsumedReadCapacityUnits ConsumedWriteCapacityUnits": TABLE,
        "ProvisionedReadCapacityUnits ProvisionedWriteCapacityUnits": TABLE,
        "OnDemandMaxReadRequestUnits OnDemandMaxWriteRequestUnits": TABLE,
        "ReadMaxOnDemandThroughputThrottleEvents WriteMaxOnDemandThroughputThrottleEvents": TABLE,
        "ReadProvisionedThroughputThrottleEvents WriteProvisionedThroughputThrottleEvents": TABLE,
        "ReadKeyRangeThroughputThrottleEvents WriteKeyRangeThroughputThrottleEvents": TABLE,
        "ReadAccountLimitThrottleEvents WriteAccountLimitThrottleEvents": TABLE,
        "ThrottledRequests SystemErrors SuccessfulRequestLatency ReturnedItemCount": OPERATION,
        "ReturnedBytes ReturnedRecordsCount": OPERATION,
        "ConditionalCheckFailedRequests TransactionConflict": ONE_TABLE,
        "TimeToLiveDeletedItemCount ConsumedChangeDataCaptureUnits": ONE_TABLE,
        "FaultInjectionServiceInducedErrors": (*ONE_TABLE, *OPERATION),
        "ReplicationLatency PendingReplicationCount": REPLICA,
        "AgeOfOldestUnreplicatedRecord FailedToReplicateRecordCount": DELEGATED,
        "ThrottledPutRecordCount": DELEGATED,
        "OnlineIndexConsumedWriteCapacity OnlineIndexPercentageProgress": INDEX,
        "OnlineIndexThrottleEvents": INDEX,
        "UserErrors AccountMaxReads AccountMaxWrites": ACCOUNT,
        "AccountMaxTableLevelReads AccountMaxTableLevelWrites": ACCOUNT,
        "AccountProvisionedReadCapacityUtilization": ACCOUNT,
        "AccountProvisionedWriteCapacityUtilization": ACCOUNT,
        "MaxProvisionedTableReadCapacityUtilization": ACCOUNT,
        "MaxProvisionedTableWriteCapacityUtilization": ACCOUNT,
    },
    "AWS/S3": {
        "AllRequests GetRequests PutRequests DeleteRequests HeadRequests": REQUESTS,
        "PostRequests ListRequests BytesDownloaded BytesUploaded": REQUESTS,
        "SelectRequests SelectScannedBytes SelectReturnedBytes": REQUESTS,
        "4xxErrors 5xxErrors FirstByteLatency TotalRequestLatency": REQUESTS,
        "BucketSizeBytes NumberOfObjects": DAILY,
        "ReplicationLatency BytesPendingReplication OperationsPendingReplication": COPIES,
        "OperationsFailedReplication": COPIES,
    },
    "AWS/Events": {
        "FailedInvocations DeadLetterInvocations": (*RULE, NONE),
        "Invocations InvocationAttempts InvocationsCreated ThrottledRules": ANY_RULE,
        "InvocationsSentToDlq InvocationsFailedToBeSentToDlq": ANY_RULE,
        "SuccessfulInvocationAttempts RetryInvocationAttempts": ANY_RULE,
        "IngestionToInvocationCompleteLatency IngestionToInvocationStartLatency": ANY_RULE,
        "IngestiontoInvocationCompleteLatency IngestiontoInvocationStartLatency": ANY_RULE,
        "TriggeredRules MatchedEvents": MATCHED,
        "Events": ({"EventSourceName"},),
        "PutEventsApproximateCallCount PutEventsApproximateSuccessCount": ACCOUNT,
        "PutEventsApproximateFailedCount PutEventsApproximateThrottledCount": ACCOUNT,
        "PutEventsEntriesCount PutEventsFailedEntriesCount": ACCOUNT,
        "PutEventsLatency PutEventsRequestSize": ACCOUNT,
        "PutPartnerEventsApproximateCallCount PutPartnerEventsApproximateFailedCount": ACCOUNT,
        "PutPartnerEventsApproximateSuccessCount": ACCOUNT,
        "PutPartnerEventsApproximateThrottledCount": ACCOUNT,
        "PutPartnerEventsEntriesCount PutPartnerEventsFailedEntriesCount": ACCOUNT,
        "PutPartnerEventsLatency": ACCOUNT,
    },
    "AWS/Scheduler": {
        "InvocationAttemptCount InvocationDroppedCount InvocationThrottleCount": GROUP,
        "TargetErrorCount TargetErrorThrottledCount": GROUP,
        "InvocationsSentToDeadLetterCount InvocationsFailedToBeSentToDeadLetterCount": GROUP,
    },
}
# A query of Metrics Insights is about all resources with the dimensions of its schema.
# https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch-metrics-insights-querylanguage.html
INSIGHTS = re.compile(
    r"""SELECT\s+\w+\("?(?P<metric>\w+)"?\)\s+FROM\s+(?:SCHEMA\(\s*)?"?(?P<space>[\w/]+)"?"""
    r"""[^)]*\)?\s*(?P<where>WHERE\b.*)?""",
    re.IGNORECASE | re.DOTALL,
)
# The operations that read a table; all others write to it.
READS = {"GetItem", "BatchGetItem", "Query", "Scan", "TransactGetItems", "ExecuteStatement"}


# Metrics that AWS publishes only when an event occurs.
SPARSE = {
    "AWS/DynamoDB": "SystemErrors ThrottledRequests ReadThrottleEvents WriteThrottleEvents",
    "AWS/Events": "FailedInvocations InvocationsSentToDlq InvocationsFailedToBeSentToDlq",
}
LONGEST = 86_400, 604_800  # maximum evaluation time in seconds; with periods of at least an hour


def published(namespace: str, metric: str) -> Any:
    """Return the dimension sets of a metric, or None if AWS does not publish it."""
    lines = METRICS[namespace].items()
    name = metric.partition("_")[0]  # Scheduler appends the error code
    return next((sets for names, sets in lines if name in names.split()), None)


def metrics_of(alarm: Resource) -> Iterator[tuple[str, str, dict[str, str], dict[str, Any]]]:
    """Yield the namespace, name, dimensions and settings of each metric that an alarm uses.

    Metrics that only CloudFormation knows are left out; `undecided` returns the reason.
    """
    for metric in _metrics(alarm):
        if not isinstance(metric, NotJudged):
            yield metric


def undecided(alarm: Resource) -> NotJudged | None:
    """Return why one of the metrics of an alarm is not judged, or None."""
    return next((each for each in _metrics(alarm) if isinstance(each, NotJudged)), None)


def _metrics(
    alarm: Resource,
) -> Iterator[tuple[str, str, dict[str, str], dict[str, Any]] | NotJudged]:
    """Yield each metric of an alarm, or the reason why it is not judged."""
    try:
        queries = [{"MetricStat": None}] if alarm.get("MetricName") else alarm.items("Metrics")
    except NotJudged as reason:
        yield reason
        return
    for query in queries:
        try:
            if "MetricStat" in query:
                yield _metric(alarm, query["MetricStat"] or alarm.properties)
        except NotJudged as reason:
            yield reason


def _metric(
    alarm: Resource, stat: dict[str, Any]
) -> tuple[str, str, dict[str, str], dict[str, Any]]:
    """Return one metric of an alarm.

    Raises:
        NotJudged: its namespace, name or dimensions are not known at synth.
    """
    text, metric = alarm.template.text, stat.get("Metric", alarm.properties)
    dimensions = {text(d["Name"]): text(d["Value"]) for d in metric.get("Dimensions") or []}
    words = text(metric.get("Namespace")), text(metric.get("MetricName"))
    for word in words:
        if not word or word.startswith(("${", "import ", "Fn::")):
            raise NotJudged("its metric namespace and name are not literals")
    return *words, dimensions, stat


def _alarms_of(topic: Resource) -> list[Resource]:
    return [
        each
        for kind in (ALARM, COMPOSITE)
        for actions in ("AlarmActions", "InsufficientDataActions", "OKActions")
        for each in named_users(topic, kind, actions)
    ]


@rule("TAP101", "silent", ALARM, COMPOSITE)
def alarms_act(alarm: Resource) -> Iterator[str]:
    """Each alarm has an action.

    Without an action, an alarm only changes state in the console and notifies no one.
    Limits: An action counts even if no one is subscribed to its topic.
    https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-actions.html

        alarm.add_alarm_action(actions.SnsAction(topic))
    """
    named = (f"${{{alarm.key}.", f"${{{alarm.key}}}")
    rules = [each.text("AlarmRule") for each in alarm.app.resources(COMPOSITE)]
    if any(name in text for name in named for text in rules):
        return  # a composite alarm has the action
    acts = alarm.items("AlarmActions") or alarm.items("InsufficientDataActions")
    if not acts or alarm.plain("ActionsEnabled", default=True) is False:
        yield "has no alarm action"


@rule("TAP102", "silent", ALARM, profile="house")
def missing_data_is_decided(alarm: Resource) -> Iterator[str]:
    """Each alarm defines how missing data is treated.

    DynamoDB, S3 and Lambda publish error metrics only when errors occur. By default the alarm
    starts in INSUFFICIENT_DATA and stays in ALARM after a single error.
    Limits: The chosen treatment is not compared with the metric.
    https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html

        treat_missing_data=cloudwatch.TreatMissingData.NOT_BREACHING,
    """
    if alarm.plain("TreatMissingData") is None:
        yield "leaves treat_missing_data unset"


@rule("TAP103", "silent", TOPIC)
def topics_let_alarms_publish(topic: Resource) -> Iterator[str]:
    """The policy of an alarm topic allows CloudWatch to publish.

    Any topic policy, including the one that enforce_ssl adds, replaces the default policy that
    allows CloudWatch to publish. Alarms change state, but no notification is sent.
    Limits: Only topics and alarms of this app are judged.
    https://repost.aws/knowledge-center/cloudwatch-receive-sns-for-alarm-trigger

        topic.add_to_resource_policy(
            iam.PolicyStatement(
                sid="AllowAlarms",
                principals=[iam.ServicePrincipal("cloudwatch.amazonaws.com")],
                actions=["sns:Publish"],
                resources=[topic.topic_arn],
                conditions={"StringEquals": {"aws:SourceAccount": cdk.Stack.of(topic).account}},
            )
        )
    """
    users = _alarms_of(topic)
    if not users or not named_users(topic, "AWS::SNS::TopicPolicy", "Topics"):
        return  # the default policy allows CloudWatch to publish
    # The condition of the default policy: https://docs.aws.amazon.com/sns/latest/dg/sns-access-policy-use-cases.html
    default = {"aws:SourceOwner": topic.template.fill("${AWS::AccountId}")}
    for user in users:
        if not service_may(topic.app, "cloudwatch", "sns:Publish", topic, user, context=default):
            yield f"its policy does not allow CloudWatch to publish for {user.path}"
            return


@rule("TAP104", "silent", TOPIC)
def topic_keys_let_alarms_in(topic: Resource) -> Iterator[str | tuple[Resource, str]]:
    """The key of an alarm topic allows CloudWatch to use it.

    CloudWatch encrypts the messages that it publishes. Publishing fails if the key policy has no
    statement for CloudWatch, or if the key is the AWS managed key, whose policy can't be changed.
    Limits: The policy of an imported key is unknown.
    https://repost.aws/knowledge-center/cloudwatch-configure-alarm-sns

        key.add_to_resource_policy(
            iam.PolicyStatement(
                principals=[iam.ServicePrincipal("cloudwatch.amazonaws.com")],
                actions=["kms:Decrypt", "kms:GenerateDataKey*"],
                resources=["*"],
            )
        )
        # or, instead of the AWS-managed key, one with this statement
        master_key=key,
    """
    key = key_of(topic)
    if key is None or not _alarms_of(topic):
        return
    if is_closed(key):
        yield f"is encrypted with {key}, which can't grant CloudWatch access; use your own key"
    elif isinstance(key, Resource):
        for action in ("kms:Decrypt", "kms:GenerateDataKey"):
            if not service_may(
                topic.app,
                "cloudwatch",
                action,
                key,
                context={"aws:SourceAccount": "not documented"},
            ):
                yield (
                    key,
                    f"does not allow CloudWatch {action} (without conditions) for {topic.path}",
                )


@rule("TAP105", "silent", profile="house")
def addresses_are_subscribed(app: App) -> Iterator[tuple[Resource | str, str]]:
    """E-mail addresses for alarms are valid and subscribed.

    An address that is invalid or not subscribed never receives a notification. The addresses of an
    app are the literal arguments of its code whose names end in email.
    Limits: Whether an address exists and its owner confirmed the subscription is unknown.
    https://docs.aws.amazon.com/sns/latest/dg/sns-email-notifications.html

        topic.add_subscription(subscriptions.EmailSubscription(email))
        # or an address that exists
        subscriptions.EmailSubscription("on-call@example.com")
        # (in a project of tap-template: alarm_email in infra/settings.py)
    """
    topics = [t for alarm in app.resources(ALARM, COMPOSITE) for t in _topics(alarm)]
    subscribed: set[str] = set()
    for each in app.resources("AWS::SNS::Subscription"):
        email = str(each.plain("Protocol")).startswith("email")
        known = not PLACEHOLDER.search(each.text("Endpoint")) and "(" not in each.text("Endpoint")
        if email and known and not covers("?*@?*.?*", each.text("Endpoint")):
            yield each, f"{each.text('Endpoint')!r} is not an e-mail address"
        topic = each.target("TopicArn")
        if topic and (topic in topics or not topics):
            subscribed.add(each.text("Endpoint"))
    for place, address in _addresses(app):
        if address not in subscribed:
            yield place, f"{address!r} is not subscribed to an alarm topic"


def _topics(alarm: Resource) -> list[Resource]:
    """Return the topics of an alarm that are known at synth."""
    try:
        return alarm.targets("AlarmActions")
    except NotJudged:
        return []


def _addresses(app: App) -> Iterator[tuple[str, str]]:
    """Yield the addresses that the project source passes to an argument named `...email`."""
    for place, node in app.source_nodes(ast.keyword):
        value = getattr(node.value, "value", None)
        if str(node.arg).endswith("email") and isinstance(value, str):
            yield place, value


@rule("TAP106", "silent", ALARM)
def metrics_exist(alarm: Resource) -> Iterator[str]:
    """Each alarm uses a metric and dimensions that AWS publishes.

    CloudWatch accepts any other metric or dimension, but the alarm never has data. S3 request
    metrics require FilterId, table.metric_throttled_requests() omits the operation,
    UserErrors of DynamoDB covers the whole account, and the metric is 5XXError for REST but 5xx for
    HTTP.
    Limits: Only metrics of Lambda, SQS, API Gateway, DynamoDB, S3, EventBridge and Scheduler are
    judged.
    https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/aws-services-cloudwatch-metrics.html

        dimensions_map={"BucketName": bucket.bucket_name, "FilterId": "EntireBucket"},
        # or, for a table
        cloudwatch.Metric(
            namespace="AWS/DynamoDB",
            metric_name="WriteThrottleEvents",
            dimensions_map={"TableName": table.table_name},
            statistic="Sum",
        )
        # or, for an HTTP API
        metric=http_api.metric_server_error(statistic=cloudwatch.Stats.SUM),
    """
    for namespace, name, dimensions, _ in metrics_of(alarm):
        if namespace not in METRICS:
            continue
        sets, given = published(namespace, name), "+".join(sorted(dimensions)) or "none"
        api = alarm.app.named(dimensions.get("ApiId", ""))
        if sets is None:
            yield f"{namespace} has no metric {name!r}"
        elif set(dimensions) not in sets:
            right = " or ".join("+".join(sorted(each)) or "none" for each in sets)
            yield f"{namespace} {name} has the dimensions {right}, not {given}"
        elif api is not None and name not in _metrics_of_api(api).split():
            right = ", ".join(_metrics_of_api(api).split())
            yield f"{api.path} has no metric {name!r}; it has {right}"
    if reason := undecided(alarm):
        raise reason


def _metrics_of_api(api: Resource) -> str:
    return OF_WEBSOCKET if is_websocket(api) else OF_HTTP


def is_websocket(api: Resource) -> bool:
    """Return whether an API of API Gateway v2 is a WebSocket API."""
    return api.type == "AWS::ApiGatewayV2::Api" and api.text("ProtocolType") == "WEBSOCKET"


@rule("TAP107", "silent", ALARM)
def request_metrics_are_on(alarm: Resource) -> Iterator[str]:
    """Alarms on S3 requests have a metrics configuration, those on S3 storage a period of a day.

    S3 publishes request metrics only for the filters configured on the bucket, and storage metrics
    once a day.
    Limits: Buckets of other apps are not judged.
    https://docs.aws.amazon.com/AmazonS3/latest/userguide/metrics-dimensions.html

        bucket.add_metric(id="EntireBucket")  # the FilterId of the alarm
        # or, for what S3 counts once a day
        period=cdk.Duration.days(1),
    """
    for namespace, name, dimensions, stat in metrics_of(alarm):
        bucket = _about(alarm.app, "AWS::S3::Bucket", dimensions.get("BucketName", ""))
        if namespace != "AWS/S3" or bucket is None:
            continue
        filters = [
            bucket.template.text(each.get("Id")) for each in bucket.items("MetricsConfigurations")
        ]
        if "FilterId" in dimensions and dimensions["FilterId"] not in filters:
            yield f"{bucket.path} has no metrics configuration {dimensions['FilterId']!r}"
        if "StorageType" in dimensions and str(stat.get("Period")) != "86400":
            yield f"{name} is published once a day: set period=cdk.Duration.days(1)"


@rule("TAP108", "run", ALARM)
def capacity_alarms_have_the_right_unit(alarm: Resource) -> Iterator[str]:
    """The threshold of an alarm on consumed capacity covers its whole period.

    The metric is a sum over the period. Far below the capacity, it exceeds a threshold in units
    per second.
    An on-demand table without a maximum has no capacity to compare it with.
    Limits: Only sums are judged: a threshold below 40 % of the period's capacity is taken for units
    per second.
    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/metrics-dimensions.html

        threshold=0.8 * units_a_second * period.to_seconds(),
    """
    if any("Expression" in query and _returned(query) for query in alarm.items("Metrics")):
        return  # the unit of a metric math expression is unknown
    for namespace, name, dimensions, stat in metrics_of(alarm):
        table = _about(alarm.app, "AWS::DynamoDB::Table", dimensions.get("TableName", ""))
        if namespace != "AWS/DynamoDB" or not name.startswith("Consumed") or table is None:
            continue
        side = "Read" if "Read" in name else "Write"
        index = dimensions.get("GlobalSecondaryIndexName")
        places = [
            i
            for i in table.items("GlobalSecondaryIndexes")
            if table.template.text(i.get("IndexName")) == index
        ]
        place = places[0] if places else table.properties
        top = place.get("OnDemandThroughput", {}).get(f"Max{side}RequestUnits")
        if table.plain("BillingMode", default="PROVISIONED") != "PAY_PER_REQUEST":
            top = place.get("ProvisionedThroughput", {}).get(f"{side}CapacityUnits")
        period = stat.get("Period", 60)
        if not (isinstance(top, int | float) and isinstance(period, int)):
            continue
        summed = "Sum" in (stat.get("Stat"), stat.get("Statistic"))
        if summed and alarm.plain("Threshold", default=0) < 0.4 * top * period:
            yield f"sums {period} s, but its threshold is for one second ({top} units)"


def _returned(query: dict[str, Any]) -> bool:
    """Return whether an alarm compares the result of a query with its threshold."""
    return str(query.get("ReturnData", True)).lower() == "true"


@rule("TAP109", "silent", "AWS::ApiGateway::RestApi")
def api_names_differ(api: Resource) -> Iterator[str]:
    """REST APIs in one account have different names.

    REST API metrics are identified by name: two environments with the same name see each other's
    errors.
    Limits: APIs of other apps, and names in OpenAPI documents, are not compared.
    https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-metrics-and-dimensions.html

        rest_api_name=f"{cdk.Stack.of(self).stack_name}-orders",
    """
    name = api.text("Name")
    for other in api.app.resources(api.type) if name else ():
        if other is not api and other.text("Name") == name and _same_account(api, other):
            yield f"shares the name {name!r} with {other}"
            return


def _same_account(one: Resource, other: Resource) -> bool:
    """Return whether two resources can be in the same account and Region."""
    return all(
        one.template.pseudo.get(name) == other.template.pseudo.get(name)
        for name in ("AWS::AccountId", "AWS::Region")
    )


@rule(
    "TAP110",
    "silent",
    OWN_FUNCTION,
    "AWS::DynamoDB::Table",
    "AWS::S3::Bucket",
    "AWS::SQS::Queue",
    "AWS::ApiGateway::RestApi",
    "AWS::ApiGatewayV2::Api",
    "AWS::Events::Rule",
    "AWS::Scheduler::Schedule",
    profile="house",
)
def resources_are_watched(resource: Resource) -> Iterator[Fault]:
    """Functions, APIs, queues, tables, buckets, rules and schedules have an alarm on errors.

    Without alarms, users are the first to notice the errors of a function or an API, the throttled
    requests of a table or an index, the failed requests of a bucket, the messages in a dead-letter
    queue, and the events that could not be sent to one.
    Limits: Any alarm on the metric counts, whatever its threshold or action.
    https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Best_Practice_Recommended_Alarms_AWS_Services.html

        alarm = cloudwatch.Alarm(
            self,
            "Errors",
            metric=function.metric_errors(),
            threshold=1,
            evaluation_periods=1,
            treat_missing_data=cloudwatch.TreatMissingData.NOT_BREACHING,
        )
        alarm.add_alarm_action(actions.SnsAction(topic))
    """
    for detail in _without_alarm(resource):
        yield Fault(resource, detail, _alarm_on(resource, detail))


# The namespace and the dimensions of the metrics of a resource, in the code of an app.
METRIC_CODE = {
    "AWS::DynamoDB::Table": ("AWS/DynamoDB", '"TableName": table.table_name'),
    "AWS::S3::Bucket": (
        "AWS/S3",
        '"BucketName": bucket.bucket_name, "FilterId": "EntireBucket"',
    ),
    "AWS::SQS::Queue": ("AWS/SQS", '"QueueName": queue.queue_name'),
    "AWS::ApiGateway::RestApi": ("AWS/ApiGateway", '"ApiName": api.rest_api_name'),
    "AWS::ApiGatewayV2::Api": ("AWS/ApiGateway", '"ApiId": api.api_id'),
    "AWS::Events::Rule": ("AWS/Events", '"RuleName": rule.rule_name'),
    "AWS::Scheduler::Schedule": ("AWS/Scheduler", '"ScheduleGroup": "default"'),
}


def _alarm_on(resource: Resource, detail: str) -> str | None:
    """Return the code of an alarm on the first metric that a finding names, or None."""
    name = next((word for word in detail.split()[3:] if word not in {"its", "watches"}), "")
    if resource.type not in METRIC_CODE:
        return None
    namespace, dimensions = METRIC_CODE[resource.type]
    construct = resource.path.removesuffix("/Resource").rpartition("/")[2]
    return (
        f'metric = cloudwatch.Metric(namespace="{namespace}", metric_name="{name}",\n'
        f'    dimensions_map={{{dimensions}}}, statistic="Sum")\n'
        f'alarm = metric.create_alarm(self, "{construct}{name}", threshold=1,\n'
        "    evaluation_periods=1,\n"
        "    treat_missing_data=cloudwatch.TreatMissingData.NOT_BREACHING)\n"
        "alarm.add_alarm_action(actions.SnsAction(topic))"
    )


def _without_alarm(resource: Resource) -> Iterator[str]:
    """Yield the metrics of a resource that no alarm watches."""
    app = resource.app
    match resource.type.rpartition(":")[2]:
        case "Function":
            yield from _unwatched(resource, "AWS/Lambda", "Errors")
            sources = app.users(resource, "AWS::Lambda::EventSourceMapping", "FunctionName")
            if any(source.get("StartingPosition") for source in sources):
                yield from _unwatched(resource, "AWS/Lambda", "IteratorAge")
            kept = app.users(resource, "AWS::Lambda::EventInvokeConfig", "FunctionName")
            if resource.get("DeadLetterConfig") or kept:
                metrics = "DestinationDeliveryFailures DeadLetterErrors"
                yield from _unwatched(resource, "AWS/Lambda", metrics)
        case "Table":
            indexes = resource.items("GlobalSecondaryIndexes")
            names = [resource.template.text(index.get("IndexName")) for index in indexes]
            for side in ("Read", "Write"):
                for index in ("", *names):
                    if not _throttles(resource, side, index):
                        yield f"no alarm watches {side}ThrottleEvents{index and f' of {index}'}"
        case "Bucket" if not is_log_target(resource):
            yield from _unwatched(resource, "AWS/S3", "4xxErrors 5xxErrors")
        case "Queue":
            metrics = "ApproximateNumberOfMessagesVisible ApproximateAgeOfOldestMessage"
            yield from _unwatched(resource, "AWS/SQS", metrics)
        case "RestApi":
            known = {resource.text("Name"), resource.template.text(_title(resource))} - {""}
            watched = _alarmed(app, "AWS/ApiGateway", "5XXError")
            if not any(
                w.dimensions.get("ApiName") in known or ALL in w.dimensions for w in watched
            ):
                yield "no alarm watches its 5XXError"
        case "Api" if is_websocket(resource):
            yield from _unwatched(resource, "AWS/ApiGateway", "ExecutionError IntegrationError")
        case "Api":
            yield from _unwatched(resource, "AWS/ApiGateway", "5xx")
        case "Rule":
            if any(target.get("DeadLetterConfig") for target in resource.items("Targets")):
                yield from _unwatched(resource, "AWS/Events", "InvocationsFailedToBeSentToDlq")
        case "Schedule" if resource.get("Target", "DeadLetterConfig"):
            name = "InvocationsFailedToBeSentToDeadLetterCount"
            group = resource.text("GroupName") or "default"
            counted = _alarmed(app, "AWS/Scheduler", name)
            if not any(c.dimensions.get("ScheduleGroup") == group for c in counted):
                yield f"no alarm watches {name} of its group {group}"


# The dimension of a metric that is about all resources.
ALL = "*"


def _title(api: Resource) -> Any:
    """Return the name of a REST API in its OpenAPI document."""
    body = api.get("Body")
    info = body.get("info") if isinstance(body, dict) else None
    return info.get("title") if isinstance(info, dict) else None


@dataclass(frozen=True)
class Watched:
    """A metric that an alarm uses, and the keys of the resources in its dimensions."""

    name: str
    dimensions: dict[str, str]
    keys: frozenset[str]

    def is_about(self, resource: Resource) -> bool:
        """Return whether the metric is about a resource, by reference or by name."""
        texts = self.dimensions.values()
        return resource.key in self.keys or any(is_named(resource, text) for text in texts)


def _watched(app: App) -> dict[tuple[str, str], list[Watched]]:
    """Return the metrics that alarms use, by namespace and name; '' is any."""
    found: dict[tuple[str, str], list[Watched]] = {}
    for alarm in app.resources(ALARM):
        for space, name, dimensions in _all_metrics(alarm):
            named = (app.named(text) for text in dimensions.values())
            keys = frozenset(each.key for each in named if each)
            found.setdefault((space, name), []).append(Watched(name, dimensions, keys))
    return found


def _alarmed(app: App, namespace: str, names: str) -> Iterator[Watched]:
    """Yield each metric of a namespace that any alarm uses."""
    watched = app.remembered(_watched)
    for name in names.split():
        yield from watched.get((namespace, name), ())
        for each in watched.get(("", ""), ()):
            yield replace(each, name=name)


def _all_metrics(alarm: Resource) -> Iterator[tuple[str, str, dict[str, str]]]:
    """Yield the namespace, name and dimensions of each metric; '' if it is not known at synth."""
    for space, name, dimensions, _ in metrics_of(alarm):
        yield space, name, dimensions
    yield from _queried(alarm)
    if undecided(alarm):
        yield "", "", _undecided_dimensions(alarm)


def _queried(alarm: Resource) -> Iterator[tuple[str, str, dict[str, str]]]:
    """Yield the metrics of the Metrics Insights queries of an alarm."""
    try:
        queries = alarm.items("Metrics")
    except NotJudged:
        return
    for query in queries:
        expression = query.get("Expression") if isinstance(query, dict) else None
        if found := INSIGHTS.search(expression if isinstance(expression, str) else ""):
            where = dict(re.findall(r"""(\w+)\s*=\s*'([^']*)'""", found["where"] or ""))
            yield found["space"], found["metric"], where or {ALL: ALL}


def _undecided_dimensions(alarm: Resource) -> dict[str, str]:
    """Return the resources to which an alarm refers whose metric is not known at synth."""
    texts = strings(alarm.template, [alarm.properties.get(n) for n in ("Dimensions", "Metrics")])
    return {"undecided": "", **{f"{number}": text for number, text in enumerate(texts)}}


def _about(app: App, kind: str, text: str) -> Resource | None:
    """Return the resource of a type that a dimension identifies."""
    return app.named(text) or by_name(app, kind, text)


def _unwatched(resource: Resource, namespace: str, names: str) -> Iterator[str]:
    for each in _alarmed(resource.app, namespace, names):
        accounts = NONE in (published(namespace, each.name) or ())
        everywhere = ALL in each.dimensions or (accounts and not each.dimensions)
        if everywhere or each.is_about(resource):
            return
    yield f"no alarm watches its {' or '.join(names.split())}"


def _throttles(table: Resource, side: str, index: str) -> bool:
    """Return whether an alarm counts the throttled reads or writes of a table or an index."""
    causes = ("", "MaxOnDemandThroughput", "ProvisionedThroughput", "KeyRangeThroughput")
    names = " ".join(f"{side}{cause}ThrottleEvents" for cause in causes)
    for each in _alarmed(table.app, "AWS/DynamoDB", f"{names} ThrottledRequests"):
        if ALL in each.dimensions:
            return True
        if not each.is_about(table):
            continue
        if each.name == "ThrottledRequests":
            operation = each.dimensions.get("Operation", "")
            if operation and (operation in READS) == (side == "Read"):
                return True  # of the table and its indexes
        elif each.dimensions.get("GlobalSecondaryIndexName", "") == index:
            return True
    return False


@rule("TAP111", "silent", "AWS::Events::Rule")
def events_reach_their_topic(events: Resource) -> Iterator[tuple[Resource, str]]:
    """Topics that EventBridge publishes to allow it in their policy and key.

    EventBridge does not support aws:SourceAccount and aws:SourceArn in the key policy statement:
    with these conditions the event is lost.
    Limits: Topics of other apps are not judged, and the policy of an imported key is unknown.
    https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html

        rule.add_target(targets.SnsTopic(topic))  # writes both statements
    """
    app, nothing = events.app, {"aws:SourceAccount": "not supported"}
    for target in events.items("Targets"):
        topic = app.named(events.template.text(target.get("Arn")))
        if topic is None or topic.type != TOPIC:
            continue
        if not service_may(app, "events", "sns:Publish", topic, events):
            yield topic, f"its policy does not allow EventBridge to publish for {events.path}"
        key = key_of(topic)
        if isinstance(key, Resource):
            for action in ("kms:Decrypt", "kms:GenerateDataKey"):
                if not service_may(app, "events", action, key, context=nothing):
                    yield key, f"does not allow EventBridge {action} (without conditions)"


@rule("TAP112", "silent", ALARM)
def custom_metrics_match_powertools(alarm: Resource) -> Iterator[str]:
    """Alarms on Powertools metrics use the namespace and service of a function.

    Powertools adds the dimension service=POWERTOOLS_SERVICE_NAME: an alarm with any other value has
    no data.
    Limits: An alarm on a namespace that no function of the app has is not judged.
    https://docs.powertools.aws.dev/lambda/python/latest/core/metrics/

        dimensions_map={"service": environment["POWERTOOLS_SERVICE_NAME"]},  # of the function
    """
    pairs = {(f.text("Environment", "Variables", "POWERTOOLS_METRICS_NAMESPACE"),
              f.text("Environment", "Variables", "POWERTOOLS_SERVICE_NAME"))
             for f in alarm.app.resources("AWS::Lambda::Function")}  # fmt: skip
    counted = {(f.template.text(each.get("MetricNamespace")),
                f.template.text(each.get("MetricName")))
               for f in alarm.app.resources(FILTER)
               for each in f.items("MetricTransformations")}  # fmt: skip
    for namespace, name, dimensions, _ in metrics_of(alarm):
        if (
            namespace in {space for space, _ in pairs}
            and (namespace, name) not in counted
            and (namespace, dimensions.get("service", "")) not in pairs
        ):
            yield f"{name} has the dimension service=<POWERTOOLS_SERVICE_NAME>, not {dimensions}"


@rule("TAP113", "silent", ALARM, COMPOSITE, profile="house")
def mail_is_about_alarms(alarm: Resource) -> Iterator[str]:
    """OK actions send no e-mail.

    A new alarm changes from INSUFFICIENT_DATA to OK. With an OK action, each alarm sends a needless
    e-mail on the first deployment, and recipients learn to ignore the address.
    Limits: Only subscriptions of this app are known.
    https://github.com/aws-cloudformation/cloudformation-coverage-roadmap/issues/2486

        - alarm.add_ok_action(actions.SnsAction(topic))
    """
    for topic in alarm.targets("OKActions"):
        for each in topic.app.users(topic, "AWS::SNS::Subscription", "TopicArn"):
            if each.text("Protocol").startswith("email"):
                yield f"sends e-mail to {each.text('Endpoint')} on each change to OK"
                return


@rule("TAP114", "deploy", ALARM)
def alarms_are_accepted(alarm: Resource) -> Iterator[str]:
    """The evaluation time of an alarm is within CloudWatch's limits.

    A period is 10, 20, 30 or a multiple of 60 seconds. All periods together cover at most one day,
    or seven days if each is an hour or longer. The number of datapoints to alarm can't exceed the
    number of periods.
    Limits: Periods of 10, 20 and 30 seconds are accepted for metrics without that resolution, too.
    https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html

        evaluation_periods=3, datapoints_to_alarm=2,  # of periods of a day at most
    """
    count = alarm.plain("EvaluationPeriods")
    breaching = alarm.plain("DatapointsToAlarm", default=1)
    if not (isinstance(count, int) and isinstance(breaching, int)):
        return
    if breaching > count:
        yield f"needs {breaching} datapoints of {count} periods"
    periods = [alarm.plain("Period")] if alarm.get("MetricName") else []
    for query in alarm.items("Metrics"):
        periods += [query.get("MetricStat", {}).get("Period"), query.get("Period")]
    for period in {each for each in periods if isinstance(each, int)}:
        longest = LONGEST[period >= 3600]
        if period not in (10, 20, 30) and (period <= 0 or period % 60):
            yield f"has a period of {period} s"
        elif period * count > longest:
            yield f"evaluates {count} periods of {period} s, more than {longest} s in total"


@rule("TAP115", "silent", ALARM)
def sums_bear_gaps(alarm: Resource) -> Iterator[str]:
    """Sums of metrics that are published only on errors tolerate missing data.

    Adding metrics with + gives no result if one of them has no data. A sum over operations, as CDK
    writes it, therefore needs an error of each operation in the same period.
    Limits: Only some metrics of DynamoDB and EventBridge are known to be sparse.
    https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html

        expression="SUM(METRICS())",
    """
    sparse = {}
    for query in alarm.items("Metrics"):
        metric = query.get("MetricStat", {}).get("Metric", {})
        if str(metric.get("MetricName")) in SPARSE.get(str(metric.get("Namespace")), "").split():
            sparse[str(query.get("Id"))] = metric["MetricName"]
    for query in alarm.items("Metrics"):
        expression = re.sub(r"FILL\([^()]*\)|\[[^\]]*\]", "0", str(query.get("Expression", "")))
        added = [name for name in sparse if re.search(rf"\b{re.escape(name)}\b", expression)]
        if "+" in expression and added:
            yield f"adds {', '.join(added)} ({sparse[added[0]]}) with +, without SUM or FILL"
