"""Somebody mistypes the address that hears the alarms."""

import aws_cdk as cdk
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sns_subscriptions as subscriptions

from proof.faults.tree import alarm_topic, find


def fault(stack: cdk.Stack) -> sns.CfnSubscription:
    alarm_topic(stack).add_subscription(subscriptions.EmailSubscription("second-line@example"))
    return find(stack, sns.CfnSubscription, endpoint="second-line@example")


def fix(stack: cdk.Stack) -> None:
    fault(stack).endpoint = "on-call@example.com"
