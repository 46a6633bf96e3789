"""Examples of the rules on names and calls in source code."""

TAP621_BAD = {
    "infra/alarms.py": """\
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sqs as sqs


def watch(queue: sqs.Queue, topic: sns.Topic) -> None:
    age = queue.metric_approximate_age_of_oldest_message()
    alarm = age.create_alarm(queue, "Age", threshold=900, evaluation_periods=1)
    alarm.add_alarm_action(actions.SnsAction(topic))
""",
}
TAP621_GOOD = {
    "infra/alarms.py": """\
from aws_cdk import aws_cloudwatch_actions as actions
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sqs as sqs


def watch(queue: sqs.Queue, topic: sns.Topic) -> None:
    age = queue.metric_approximate_age_of_oldest_message()
    alarm = age.create_alarm(queue, "Age", threshold=900, evaluation_periods=1)
    alarm.add_alarm_action(actions.SnsAction(topic))
""",
}
TAP622_BAD = {
    "infra/uploads.py": """\
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_s3 as s3
from constructs import Construct


def uploads(scope: Construct, function: lambda_.Function) -> s3.Bucket:
    bucket = s3.Bucket(scope, "Uploads")
    bucket.grant(function)
    return bucket
""",
}
TAP622_GOOD = {
    "infra/uploads.py": """\
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_s3 as s3
from constructs import Construct


def uploads(scope: Construct, function: lambda_.Function) -> s3.Bucket:
    bucket = s3.Bucket(scope, "Uploads")
    bucket.grant_read(function)
    return bucket
""",
}
