"""Labels and hints of the questions: prices of the price list, places, and git's address."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import botocore.loaders
import pytest

from local_extensions import answers, hints
from local_extensions.literals import money
from local_extensions.places import PLACES, region_of
from tests.support.defaults import defaults

PROMPTS: dict[str, Any] = answers.questions()["__prompts__"]


def fixed(*items: str) -> float:
    """Return the monthly price of fixed items of prices.json, in USD."""
    found = answers.prices()
    hours = {"hour": found["hours_per_month"], "month": 1}
    prices = (found["fixed"][item] for item in items)
    return float(sum(price["usd"] * hours[price["each"]] for price in prices))


def used(item: str) -> str:
    price = answers.prices()["usage"][item]
    return f"{money(price['usd'])} USD per {price['per']}"


@pytest.mark.parametrize(
    ("question", "choice", "prices"),
    [
        ("api", "rest", [used("rest_request")]),
        ("api", "http", [used("http_request")]),
        ("api_auth", "cognito", [f"{answers.prices()['usage']['user']['usd']} USD a month"]),
        ("worker", "s3", [used("event")]),
        ("worker", "sqs", [used("queue_request")]),
        ("worker", "schedule", [used("schedule")]),
        ("billing_mode", "on_demand", ["0.625 USD per million writes, 0.125 per million reads"]),
        (
            "billing_mode",
            "provisioned",
            [f"{fixed('write_unit'):.2f} USD a month per write unit, {fixed('read_unit'):.2f} per"],
        ),
        (
            "network",
            "nat",
            [
                f"{fixed('nat_gateway', 'address'):.2f} USD a month",
                f"{money(answers.prices()['usage']['nat_data']['usd'])} per GB",
            ],
        ),
        ("encryption", "customer_managed", [f"{fixed('key'):.2f} USD a month"]),
    ],
)
def test_a_label_has_the_prices_of_the_list(question: str, choice: str, prices: list[str]) -> None:
    for price in prices:
        assert price in PROMPTS[question][choice]


def test_every_label_with_a_price_is_compared_with_the_list() -> None:
    usage = answers.prices()["usage"]
    assert used("audit").split(" of ")[0] in PROMPTS["audit_trail"]
    assert (usage["table_write"]["usd"], usage["table_read"]["usd"]) == (0.625, 0.125)
    labels = [
        (question, choice)
        for question, prompt in PROMPTS.items()
        if isinstance(prompt, dict)
        for choice, label in prompt.items()
        if "USD" in label
    ]
    assert len(labels) == 10


def test_labels_fit_on_a_line_of_110_columns() -> None:
    """The longest prefix is `    5 - `, and `  [12/19] ` with a default of 10 characters."""
    for prompt in PROMPTS.values():
        labels = prompt.values() if isinstance(prompt, dict) else [prompt]
        assert all(len(label) <= 102 for label in labels), prompt


def test_the_places_are_those_of_botocore() -> None:
    partitions = botocore.loaders.Loader().load_data("partitions")["partitions"]
    described = {
        region: data["description"]
        for part in partitions
        for region, data in part["regions"].items()
    }
    assert {region: described[region] for region in answers.PARTITIONS} == PLACES


@pytest.mark.parametrize(
    ("text", "region"),
    [
        ("Frankfurt", "eu-central-1"),
        ("eu-frankfurt-1", "eu-central-1"),
        ("são paulo", "sa-east-1"),
        ("N. Virginia", "us-east-1"),
        ("London, UK", "eu-west-2"),
        ("uae", "me-central-1"),
        ("US West (Oregon)", "us-west-2"),
        ("us-east", None),
        ("Canada", None),
        ("", None),
        ("123", None),
    ],
)
def test_a_place_names_a_region_unless_there_are_several(text: str, region: str | None) -> None:
    assert region_of(text) == region


@pytest.mark.parametrize("region", answers.PARTITIONS)
def test_a_region_is_no_place_of_another(region: str) -> None:
    assert region_of(region) in (None, region)


@pytest.mark.parametrize(
    ("question", "given", "hint"),
    [
        ("api_auth", {"api": "none"}, "Without an API the next question is ignored: press Enter."),
        (
            "api_auth",
            {"aws_region": "cn-north-1"},
            "cn-north-1 has no Cognito user pools: choose 1.",
        ),
        ("api_auth", {}, None),
        ("worker", {"api": "none"}, "Without an API the project needs a worker: choose 1 to 4."),
        ("worker", {}, None),
        ("audit_trail", {"environments": "dev,prod-eu"}, None),
        ("network", {}, None),
    ],
)
def test_a_hint_follows_from_the_answers(
    question: str, given: dict[str, str], hint: str | None
) -> None:
    assert hints.before(question, defaults() | given) == hint


def test_the_numbers_in_hints_are_those_of_the_choices() -> None:
    assert answers.asked()["api_auth"][0] == "iam"
    assert answers.asked()["worker"].index("none") == 4


@pytest.fixture
def git(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return git's configuration file of a user without one."""
    file = tmp_path / "gitconfig"
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(file))
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    monkeypatch.chdir(tmp_path)
    hints.git_email.cache_clear()
    return file


@pytest.mark.parametrize(
    ("address", "offered"),
    [
        ("ana@example.com", "ana@example.com"),
        ("1+ana@users.noreply.github.com", None),
        ("ana@laptop", None),
        (None, None),
    ],
)
def test_gits_address_is_offered_if_alarms_can_be_sent_to_it(
    address: str | None, offered: str | None, git: Path
) -> None:
    if address:
        git.write_text(f"[user]\nemail = {address}\n", encoding="utf-8")
    assert hints.git_email() == offered


@pytest.mark.usefixtures("git")
def test_without_git_no_address_is_offered(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(*_: object, **__: object) -> None:
        raise FileNotFoundError

    monkeypatch.setattr(subprocess, "run", missing)
    assert hints.before("alarm_email", {}) is None
