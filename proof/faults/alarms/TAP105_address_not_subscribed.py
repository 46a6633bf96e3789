"""Set an address for alarms without subscribing it to a topic."""

from dataclasses import dataclass

import aws_cdk as cdk
from aws_cdk import aws_sns_subscriptions as subscriptions

from proof.faults.tree import alarm_topic

SOURCE = "infra/contacts.py"


@dataclass
class Contact:
    email: str


def fault() -> Contact:
    return Contact(email="second-line@example.com")  # TAP105


def fix(stack: cdk.Stack) -> None:
    topic, email = alarm_topic(stack), fault().email
    topic.add_subscription(subscriptions.EmailSubscription(email))
