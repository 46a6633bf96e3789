"""TAP12x: thresholds, statistics and subscription filters of alarms."""

from __future__ import annotations

import json
import operator
from collections.abc import Callable, Iterator
from typing import Any

from tap_guardrails.calls import MAPPING
from tap_guardrails.formulas import UnknownFormulaError, evaluated
from tap_guardrails.model import App, NotJudged, Resource
from tap_guardrails.rule import rule
from tap_guardrails.rules.alarms import ALARM, COMPOSITE

SUBSCRIPTION, DASHBOARD = "AWS::SNS::Subscription", "AWS::CloudWatch::Dashboard"
TARGET = "AWS::ApplicationAutoScaling::ScalableTarget"
COMPARED: dict[str, Callable[[float, float], bool]] = {
    "GreaterThanOrEqualToThreshold": operator.ge,
    "GreaterThanThreshold": operator.gt,
    "LessThanOrEqualToThreshold": operator.le,
    "LessThanThreshold": operator.lt,
}
# Counts of failures. S3, API Gateway and Lambda also publish 0 for each request that succeeds.
FAILURES: dict[str, str] = {
    "AWS/ApiGateway": "4XXError 5XXError 4xx 5xx",
    "AWS/DynamoDB": "ReadThrottleEvents WriteThrottleEvents ThrottledRequests SystemErrors",
    "AWS/Events": "FailedInvocations ThrottledRules InvocationsSentToDlq"
    " InvocationsFailedToBeSentToDlq DeadLetterInvocations",
    "AWS/Lambda": "Errors Throttles DeadLetterErrors DestinationDeliveryFailures"
    " AsyncEventsDropped",
    "AWS/S3": "4xxErrors 5xxErrors",
    "AWS/Scheduler": "InvocationDroppedCount InvocationThrottleCount TargetErrorCount"
    " InvocationsFailedToBeSentToDeadLetterCount InvocationsSentToDeadLetterCount",
}
# Measurements of which a high value is bad.
GAUGES: dict[str, str] = {
    "AWS/ApiGateway": "Latency IntegrationLatency",
    "AWS/Lambda": "Duration IteratorAge AsyncEventAge",
    "AWS/SQS": "ApproximateAgeOfOldestMessage",
    "AWS/DynamoDB": "SuccessfulRequestLatency",
}
# Consumed units are only comparable as a sum.
SUMS: dict[str, str] = {"AWS/DynamoDB": "ConsumedReadCapacityUnits ConsumedWriteCapacityUnits"}
# More failures in a period than any service here has; and the longest a REST API waits.
MANY, API_MILLISECONDS = 1_000_000, 30_000
SLOWEST, DAY = 6 * 3600, 86_400
# The fields of an alarm's message: subscriptions can filter by them in the body only.
# https://docs.aws.amazon.com/sns/latest/dg/sns-message-filtering-scope.html
MESSAGE = frozenset(
    {
        *("AlarmName", "AlarmDescription", "AWSAccountId", "AlarmConfigurationUpdatedTimestamp"),
        *("NewStateValue", "NewStateReason", "StateChangeTime", "Region", "AlarmArn"),
        *("OldStateValue", "OKActions", "AlarmActions", "InsufficientDataActions", "Trigger"),
    }
)


def _in(table: dict[str, str], namespace: str, name: str) -> bool:
    return name.partition("_")[0] in table.get(namespace, "").split()


def _is_of_failures(app: App, namespace: str, name: str, dimensions: dict[str, str]) -> bool:
    """Return whether a metric counts failures; messages in a queue that no function polls are."""
    if name == "ApproximateNumberOfMessagesVisible":
        queue = next((found for text in dimensions.values() if (found := app.named(text))), None)
        return queue is not None and not app.users(queue, MAPPING, "EventSourceArn")
    return _in(FAILURES, namespace, name)


def _is_quiet(app: App, namespace: str, name: str, dimensions: dict[str, str]) -> bool:
    """Return whether a metric is low while all is well."""
    low = _in(GAUGES, namespace, name) or _in(SUMS, namespace, name)
    return low or _is_of_failures(app, namespace, name, dimensions)


def _queries(alarm: Resource) -> dict[str, tuple[str, str, dict[str, str], dict[str, Any]]]:
    """Return the namespace, name, dimensions and settings of each metric by query id."""
    found: dict[str, tuple[str, str, dict[str, str], dict[str, Any]]] = {}
    single: list[Any] = [{"Id": "m1", "MetricStat": None}] if alarm.get("MetricName") else []
    for query in single or alarm.items("Metrics"):
        if "MetricStat" not in query:
            continue
        stat = query["MetricStat"] or alarm.properties
        metric = stat.get("Metric", alarm.properties)
        namespace, name = metric.get("Namespace"), metric.get("MetricName")
        if not (isinstance(namespace, str) and isinstance(name, str)):
            raise NotJudged("its metric namespace and name are not literals")
        dimensions = {
            d["Name"]: alarm.template.text(d["Value"]) for d in metric.get("Dimensions", [])
        }
        found[str(query.get("Id"))] = (namespace, name, dimensions, stat)
    return found


def _statistic(stat: dict[str, Any]) -> str:
    names = ("Stat", "Statistic", "ExtendedStatistic")
    return str(next((stat[name] for name in names if name in stat), ""))


def _most(app: App, namespace: str, name: str, dims: dict[str, str], stat: dict[str, Any]) -> float:
    """Return the highest value of a metric."""
    owner = next((found for text in dims.values() if (found := app.named(text))), None)
    period = int(stat.get("Period", 60))
    if _is_of_failures(app, namespace, name, dims):
        return 1 if _statistic(stat) == "Average" else MANY
    if name == "ApproximateAgeOfOldestMessage":
        days = owner.plain("MessageRetentionPeriod", default=345_600) if owner else 1_209_600
        return float(days)
    if namespace == "AWS/Lambda" and name == "Duration":
        seconds = owner.plain("Timeout", default=3) if owner else 900
        return float(seconds) * 1000
    if namespace == "AWS/ApiGateway" and name in ("Latency", "IntegrationLatency"):
        return API_MILLISECONDS
    if _in(SUMS, namespace, name) and owner and _statistic(stat) == "Sum":
        return _units(owner, name, dims.get("GlobalSecondaryIndexName", "")) * period
    return float("inf")


def _units(table: Resource, metric: str, index: str) -> float:
    """Return the most capacity units per second of a table or an index."""
    side = "Read" if "Read" in metric else "Write"
    indexes = table.items("GlobalSecondaryIndexes")
    named = [i for i in indexes if table.template.text(i.get("IndexName")) == index]
    place = named[0] if named else table.properties
    if table.plain("BillingMode", default="PROVISIONED") == "PAY_PER_REQUEST":
        most = place.get("OnDemandThroughput", {}).get(f"Max{side}RequestUnits")
        return float(most) if isinstance(most, int) else float("inf")
    for target in table.app.users(table, TARGET, "ResourceId"):
        own = target.text("ResourceId").partition("/index/")[2] == index
        if own and f"{side}Capacity" in str(target.plain("ScalableDimension")):
            return float(target.plain("MaxCapacity", default=float("inf")))
    most = place.get("ProvisionedThroughput", {}).get(f"{side}CapacityUnits")
    return float(most) if isinstance(most, int) else float("inf")


def _outcomes(alarm: Resource) -> tuple[list[bool], bool | None]:
    """Return whether an alarm fires for sample values, and if nothing fails; None: unknown."""
    queries = _queries(alarm)
    formulas = {
        str(q["Id"]): str(q["Expression"]) for q in alarm.items("Metrics") if "Expression" in q
    }
    shown = [q for q in alarm.items("Metrics") if str(q.get("ReturnData", True)).lower() == "true"]
    name = str(shown[0]["Id"]) if shown else "m1"
    compare = COMPARED.get(str(alarm.plain("ComparisonOperator")))
    threshold = alarm.plain("Threshold")
    if compare is None or not isinstance(threshold, int | float) or not queries:
        raise UnknownFormulaError(name)  # anomaly detection

    def fires(values: dict[str, float]) -> bool:
        result = evaluated(formulas, values, name)
        return result is not None and compare(result, threshold)

    most = {key: _most(alarm.app, *query) for key, query in queries.items()}
    samples = [{key: min(value, most[key]) for key in queries} for value in (0, 1, 10, 1000, MANY)]
    # Measurements other than failures have any value, so the threshold itself is tried.
    near = (threshold - 1, threshold, threshold + 1)
    samples += [{key: min(value, most[key]) for key in queries} for value in near if value >= 0]
    judged = [_is_quiet(alarm.app, *q[:3]) for q in queries.values()]
    quiet = None
    if any(judged):
        good = zip(queries, judged, strict=True)
        quiet = fires({key: 0.0 if failure else 100.0 for key, failure in good})
    return [fires(values) for values in samples], quiet


@rule("TAP121", "silent", ALARM)
def thresholds_can_be_reached(alarm: Resource) -> Iterator[str]:
    """Alarms fire when something fails, and only then.

    A threshold above the highest value of its metric is never reached: a duration above the
    function's timeout, an age above the queue's retention, a share above 100 %. A comparison that
    also holds without any failure keeps the alarm firing, and no one believes it.
    Limits: Metric math is tried with sample values; unknown functions are not judged.
    https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-evaluation.html

        threshold=1,
        comparison_operator=cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
    """
    try:
        outcomes, quiet = _outcomes(alarm)
    except UnknownFormulaError:
        return
    if not any(outcomes):
        yield f"never fires: its threshold of {alarm.plain('Threshold')} can't be reached"
    elif quiet:
        yield "also fires while nothing fails"
    for namespace, name, dims, _ in _queries(alarm).values():
        if namespace == "AWS/Lambda" and name == "Duration" and alarm.get("MetricName"):
            function = next((f for text in dims.values() if (f := alarm.app.named(text))), None)
            seconds = function.plain("Timeout", default=3) if function else 0
            if 0 < alarm.plain("Threshold", default=0) <= seconds:
                yield f"compares milliseconds with {alarm.plain('Threshold')}, as if with seconds"


@rule("TAP122", "silent", ALARM)
def statistics_fit_their_metric(alarm: Resource) -> Iterator[str]:
    """Alarms use a statistic that shows what fails.

    SampleCount counts measurements, also those of success. Minimum, and a low percentile, is the
    best case. Consumed capacity is only comparable as a sum.
    Limits: Metrics that are not of failures, durations, ages or consumed capacity are not judged.
    https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Statistics-definitions.html

        statistic=cloudwatch.Stats.SUM,  # of failures
        # or, for durations and ages
        statistic="p99",
    """
    for namespace, name, dims, stat in _queries(alarm).values():
        statistic, summed = _statistic(stat), _in(SUMS, namespace, name)
        if not _is_quiet(alarm.app, namespace, name, dims):
            continue
        low = statistic[:1] == "p" and statistic[1:2].isdigit() and float(statistic[1:]) < 50
        if statistic in ("Minimum", "SampleCount") or low:
            yield f"uses {statistic} of {name}"
        elif summed and statistic != "Sum":
            yield f"uses {statistic} of {name}, which is a value for each request; use Sum"


@rule("TAP123", "silent", ALARM, profile="house")
def alarms_fire_in_time(alarm: Resource) -> Iterator[str]:
    """Alarms evaluate six hours at most.

    Until all periods are breaching, no one knows of the outage. With datapoints_to_alarm, the alarm
    keeps firing as long after it, and hides the next one.
    Limits: Metrics with a period of a day, such as storage, are not judged.
    https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-evaluation.html

        evaluation_periods=3,
    """
    count = alarm.plain("EvaluationPeriods", default=1)
    periods = [alarm.plain("Period")] if alarm.get("MetricName") else []
    periods += [q.get("MetricStat", {}).get("Period") for q in alarm.items("Metrics")]
    known = [each for each in periods if isinstance(each, int)]
    total = count * max(known) if known and isinstance(count, int) else 0
    if known and max(known) < DAY and SLOWEST < total <= DAY:  # TAP114: more than a day
        yield f"evaluates {count} periods of {max(known)} s"


@rule("TAP124", "silent", ALARM, profile="house")
def silence_is_no_failure(alarm: Resource) -> Iterator[str]:
    """Alarms on failures, delays and load treat missing data as good.

    AWS publishes these metrics only when something happens. With "ignore" the alarm keeps its
    state, so that one failure keeps it firing; with "breaching" it fires while all is quiet.
    Limits: Only metrics of failures, durations, ages and consumed capacity are judged.
    https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html

        treat_missing_data=cloudwatch.TreatMissingData.NOT_BREACHING,
    """
    treated = alarm.plain("TreatMissingData")
    quiet = [q for q in _queries(alarm).values() if _is_quiet(alarm.app, *q[:3])]
    if quiet and treated in ("ignore", "breaching"):
        yield f"treats missing data as {treated}, but {quiet[0][1]} is missing while all is quiet"


def _is_alarmed(topic: Resource) -> bool:
    return any(topic.app.users(topic, kind, "AlarmActions") for kind in (ALARM, COMPOSITE))


@rule("TAP125", "silent", SUBSCRIPTION)
def subscriptions_receive_alarms(subscription: Resource) -> Iterator[str]:
    """Subscriptions to alarms have no filter that an alarm can't pass.

    The messages of alarms have no attributes, by which SNS filters unless the scope is the body.
    Limits: The values that the filter accepts are not judged, only its fields.
    https://docs.aws.amazon.com/sns/latest/dg/sns-message-filtering.html

        - filter_policy=...,  # or filter_policy_with_message_body= with a field of the message
    """
    topic, policy = subscription.target("TopicArn"), subscription.get("FilterPolicy")
    if topic is None or not policy or not _is_alarmed(topic):
        return
    if isinstance(policy, str):
        policy = json.loads(policy)
    if subscription.plain("FilterPolicyScope", default="MessageAttributes") != "MessageBody":
        yield "filters by attributes, which messages of alarms don't have"
    elif unknown := sorted({*policy} - MESSAGE - {"$or"}):
        yield f"filters by {', '.join(unknown)}, which messages of alarms don't have"


# The form of an endpoint by protocol: https://docs.aws.amazon.com/sns/latest/api/API_Subscribe.html
ENDPOINTS: dict[str, Callable[[str], bool]] = {
    "email": lambda text: "@" in text,
    "email-json": lambda text: "@" in text,
    "http": lambda text: text.startswith("http://"),
    "https": lambda text: text.startswith("https://"),
    "sms": lambda text: text.lstrip("+").isdecimal(),
}


@rule("TAP126", "deploy", SUBSCRIPTION)
def endpoints_fit_their_protocol(subscription: Resource) -> Iterator[str]:
    """The endpoint of a subscription has the form of its protocol.

    SNS rejects the subscription ("Invalid parameter: Endpoint"), or no message arrives.
    Limits: Only e-mail, HTTP, HTTPS and SMS are judged.
    https://docs.aws.amazon.com/sns/latest/api/API_Subscribe.html

        topic.add_subscription(subscriptions.EmailSubscription("on-call@example.com"))
    """
    protocol, endpoint = subscription.plain("Protocol"), subscription.text("Endpoint")
    fits = ENDPOINTS.get(str(protocol))
    if fits and "${" not in endpoint and not fits(endpoint):
        yield f"{endpoint!r} is no endpoint for {protocol}"


@rule("TAP127", "silent", profile="house")
def production_is_subscribed(app: App) -> Iterator[tuple[Resource, str]]:
    """A protected stack's alarm topic is subscribed if the same topic of another stack is.

    The alarms of development reach someone, and those of production no one.
    Limits: Only topics with the same construct path in both stacks are compared.
    https://docs.aws.amazon.com/sns/latest/dg/sns-create-subscribe-endpoint-to-topic.html

        topic.add_subscription(subscriptions.EmailSubscription("on-call@example.com"))
    """
    topics = [topic for topic in app.resources("AWS::SNS::Topic") if _is_alarmed(topic)]
    heard = [topic for topic in topics if app.users(topic, SUBSCRIPTION, "TopicArn")]
    for topic in topics:
        if topic in heard or not topic.template.protected or topic.get("Subscription"):
            continue
        place = topic.path.partition("/")[2]
        for other in heard:
            if other.path.partition("/")[2] == place:
                yield topic, f"has no subscription, but {other.path} has"
                break


@rule("TAP128", "silent", DASHBOARD)
def dashboards_show_something(dashboard: Resource) -> Iterator[str]:
    """Dashboards contain metrics, alarms or logs.

    An empty dashboard costs as much, and in an outage there is nothing to look at.
    Limits: Whether the metrics of the dashboard exist is not checked.
    https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html

        dashboard.add_widgets(cloudwatch.GraphWidget(left=[function.metric_errors()]))
    """
    body = dashboard.text("DashboardBody")
    kinds = ("alarm", "custom", "explorer", "log", "metric", "trace")
    if not any(f'"type":"{kind}"' in body.replace(" ", "") for kind in kinds):
        yield "shows no metric, alarm or log"


@rule("TAP129", "silent", ALARM, COMPOSITE, profile="house")
def alarms_stay_in_the_account(alarm: Resource) -> Iterator[str]:
    """Alarms notify topics of the app's account.

    A topic of another account has to allow it in its policy and key, which this app can't show, and
    its owner reads the alarms.
    Limits: A topic that is a parameter or an import is taken to be of this account.
    https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Notify_Users_Alarm_Changes.html

        alarm.add_alarm_action(actions.SnsAction(topic))
    """
    own = alarm.template.fill("${AWS::AccountId}")
    for action in alarm.items("AlarmActions"):
        parts = alarm.template.text(action).split(":")
        if parts[0] == "arn" and len(parts) > 5 and parts[4].isdecimal() and parts[4] != own:
            yield f"notifies {':'.join(parts)}, which is of account {parts[4]}"
