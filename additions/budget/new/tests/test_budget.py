"""The monthly budget: settings, filter and topic."""

import json
from dataclasses import replace
from types import SimpleNamespace

import pytest

from infra.settings import ENVIRONMENTS, PROJECT

ANY = next(iter(ENVIRONMENTS.values()))


@pytest.mark.parametrize("usd", [0, -1])
def test_a_budget_of_nothing_is_rejected(usd: int) -> None:
    with pytest.raises(ValueError, match="try 50"):
        replace(ANY, monthly_budget_usd=usd)


def test_the_budget_counts_the_costs_of_the_stack(stack: SimpleNamespace) -> None:
    (budget,) = stack.of_type("AWS::Budgets::Budget").values()
    counted = budget["Properties"]["Budget"]
    tags = {
        each["Tags"]["Key"]: each["Tags"]["Values"] for each in counted["FilterExpression"]["And"]
    }
    assert tags == {"Project": [PROJECT], "Environment": [stack.settings.name]}
    assert counted["BudgetLimit"] == {"Amount": stack.settings.monthly_budget_usd, "Unit": "USD"}


def test_its_notifications_reach_the_topic(stack: SimpleNamespace) -> None:
    (budget,) = stack.of_type("AWS::Budgets::Budget").values()
    topic = stack.template["Outputs"]["NotificationTopicArn"]["Value"]
    subscribed = [
        subscriber["Address"]
        for each in budget["Properties"]["NotificationsWithSubscribers"]
        for subscriber in each["Subscribers"]
    ]
    assert subscribed == [topic] * 3
    policies = stack.of_type("AWS::SNS::TopicPolicy").values()
    assert any(
        json.dumps(topic) in json.dumps(policy) and "budgets.amazonaws.com" in json.dumps(policy)
        for policy in policies
    )
