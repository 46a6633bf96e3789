"""`make cost`: fixed cost, usage under assumptions, and cheaper alternatives."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from local_extensions import answers
from tap_project import bill, cost, savings, usage
from tap_project.assembly import OperationError, Stack

DEFAULTS = usage.assumed((), {})
API: dict[str, Any] = {
    "Function": {"Type": "AWS::Lambda::Function", "Properties": {"MemorySize": 512}},
    "Api": {"Type": "AWS::ApiGateway::RestApi"},
    "Permission": {
        "Type": "AWS::Lambda::Permission",
        "Properties": {
            "FunctionName": {"Fn::GetAtt": ["Function", "Arn"]},
            "Principal": "apigateway.amazonaws.com",
        },
    },
}
ON_DEMAND = {"BillingMode": "PAY_PER_REQUEST", "GlobalSecondaryIndexes": [{}]}
PROVISIONED = {
    "ProvisionedThroughput": {"ReadCapacityUnits": 5, "WriteCapacityUnits": 5},
    "GlobalSecondaryIndexes": [],
}


@pytest.fixture(autouse=True)
def no_own_prices(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave out the prices that a project adds."""
    monkeypatch.setattr(cost, "own_prices", dict)


def table(properties: dict[str, Any]) -> dict[str, Any]:
    return {"Table": {"Type": "AWS::DynamoDB::Table", "Properties": properties}}


def worker(name: str = "Worker") -> dict[str, Any]:
    return {name: {"Type": "AWS::Lambda::Function", "Properties": {"MemorySize": 1024}}}


def quantity(item: str, resources: dict[str, Any], **given: float) -> float:
    found = usage.Usage({"Resources": resources}, DEFAULTS | given).of(item)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("item", "resources", "given", "expected"),
    [
        ("rest_request", API, {"REQUESTS": 7}, 7),
        ("rest_request", {"Api": API["Api"]}, {}, 0),
        ("invocation", {**API, **worker()}, {"REQUESTS": 10, "OBJECTS": 3}, 13),
        ("invocation", {**worker("One"), **worker("Two")}, {"OBJECTS": 3}, 6),
        ("duration", API, {"REQUESTS": 1000, "DURATION_MS": 200}, 100),
        ("duration", worker(), {"OBJECTS": 10, "DURATION_MS": 100}, 1),
        ("table_write", API, {"REQUESTS": 100, "WRITE_PERCENT": 30, "ITEM_KB": 1.5}, 60),
        ("table_write", worker(), {"OBJECTS": 10, "ITEM_KB": 1}, 20),
        ("table_read", API, {"REQUESTS": 100, "WRITE_PERCENT": 30, "ITEM_KB": 5}, 140),
        ("index_write", {**API, **table(ON_DEMAND)}, {"REQUESTS": 100}, 20),
        ("put", worker(), {"OBJECTS": 10}, 20),
        ("log", {**API, **worker()}, {"REQUESTS": 1e6, "OBJECTS": 1e6, "LOG_KB": 2}, 6),
        ("trace", API, {"REQUESTS": 2_628_000 + 100}, 2_628_005),
        ("audit", {**API, **worker()}, {"REQUESTS": 100, "OBJECTS": 10}, 60),
        ("transfer", API, {"REQUESTS": 1e6, "WRITE_PERCENT": 0, "ITEM_KB": 3}, 3),
    ],
)  # fmt: skip
def test_a_quantity_follows_from_template_and_assumptions(
    item: str, resources: dict[str, Any], given: dict[str, float], expected: float
) -> None:
    assert quantity(item, resources, **given) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("expression", "runs"),
    [("rate(1 hour)", 730), ("rate(15 minutes)", 2920), ("rate(2 days)", 15.2)],
)
def test_a_scheduled_function_runs_as_often_as_its_schedule(expression: str, runs: float) -> None:
    target = {"Arn": {"Fn::GetAtt": ["Worker", "Arn"]}}
    properties = {"ScheduleExpression": expression, "Target": target}
    schedule = {"Schedule": {"Type": "AWS::Scheduler::Schedule", "Properties": properties}}
    for item in ("schedule", "invocation"):
        assert quantity(item, {**worker(), **schedule}) == pytest.approx(runs, rel=0.01)


def test_requests_to_an_alias_are_requests_to_its_function() -> None:
    resources = {
        "Api": {"Type": "AWS::Lambda::Function", "Properties": {"MemorySize": 1024}},
        "Live": {"Type": "AWS::Lambda::Alias", "Properties": {"FunctionName": {"Ref": "Api"}}},
        "May": {
            "Type": "AWS::Lambda::Permission",
            "Properties": {
                "FunctionName": {"Ref": "Live"},
                "Principal": "apigateway.amazonaws.com",
            },
        },
    }
    assert quantity("rest_request", resources, REQUESTS=7, OBJECTS=5) == 7
    assert quantity("invocation", resources, REQUESTS=7, OBJECTS=5) == 7


def test_lambda_polls_an_idle_queue() -> None:
    mapping = {"Mapping": {"Type": "AWS::Lambda::EventSourceMapping", "Properties": {}}}
    assert quantity("queue_poll", mapping, OBJECTS=0) == 657_000


def test_capacity_above_the_smallest_is_paid_for() -> None:
    load = {"REQUESTS": 2_628_000 * 7, "WRITE_PERCENT": 100}
    resources = {**API, **table(PROVISIONED)}
    assert quantity("scaled_write", resources, **load) == pytest.approx(5 * 730)
    assert quantity("scaled_write", resources, REQUESTS=1000) == 0


def test_logs_are_stored_for_their_retention() -> None:
    group = {"Type": "AWS::Logs::LogGroup", "Properties": {"RetentionInDays": 365}}
    found = quantity("log_storage", {**API, "Logs": group}, REQUESTS=5e5)
    assert found == pytest.approx(12)


def test_every_state_of_a_machine_is_a_transition() -> None:
    definition = json.dumps({"States": {"A": {"Type": "Task"}, "B": {"Type": "Succeed"}}})
    properties = {"DefinitionString": {"Fn::Join": ["", [definition]]}}
    machine = {"Machine": {"Type": "AWS::StepFunctions::StateMachine", "Properties": properties}}
    assert quantity("transition", machine, OBJECTS=10) == 30


def test_archived_events_are_stored_for_their_retention() -> None:
    archive = {"Type": "AWS::Events::Archive", "Properties": {"RetentionDays": 30}}
    resources = {"Bus": {"Type": "AWS::Events::EventBus"}, "Archive": archive}
    given = {"OBJECTS": 1_000_000, "ITEM_KB": 2}
    assert quantity("bus_event", resources, **given) == 1_000_000
    assert quantity("archive", resources, **given) == pytest.approx(2)
    assert quantity("archive_storage", resources, **given) == pytest.approx(1.97, abs=0.01)


def test_every_quantity_and_assumption_belongs_to_a_price() -> None:
    items = cost.prices()["usage"].keys()
    named = {item for each in usage.ASSUMPTIONS for item in each.items}
    assert usage.QUANTITIES.keys() | named <= items
    assert items - usage.QUANTITIES.keys() == {
        "express_duration", "flow_log", "key_request", "restore", "secret_call",
    }  # fmt: skip


def test_every_price_has_an_address_as_its_source() -> None:
    prices = cost.prices()
    found = [*prices["fixed"].values(), *prices["usage"].values()]
    assert len(found) > 40
    assert all(price["source"].startswith("https://aws.amazon.com/") or
               price["source"].startswith("https://repost.aws/") for price in found)  # fmt: skip


@pytest.mark.parametrize(
    ("per", "units"),
    [("million", 1e6), ("100,000", 1e5), ("10,000", 1e4), ("thousand", 1e3), ("GB", 1)],
)
def test_the_units_of_a_price_are_those_of_its_text(per: str, units: float) -> None:
    prices = [p for p in cost.prices()["usage"].values() if p["per"].split(" ")[0] == per]
    assert prices
    assert {price.get("units", 1) for price in prices} == {units}


@pytest.mark.parametrize(
    ("names", "values", "line"),
    [
        ("REQUETS", {}, "make cost has no variable REQUETS; try REQUESTS"),
        ("requests", {}, "make cost has no variable requests; try REQUESTS"),
        (
            "REQUESTS",
            {"REQUESTS": "many"},
            "REQUESTS 'many' is not a number of 0 or more; try REQUESTS=1000000",
        ),
        ("ITEM_KB", {"ITEM_KB": "-1"}, "ITEM_KB '-1' is not a number of 0 or more; try ITEM_KB=1"),
        ("ITEM_KB", {"ITEM_KB": ""}, "ITEM_KB '' is not a number of 0 or more; try ITEM_KB=1"),
        (
            "ITEM_KB",
            {"ITEM_KB": "nan"},
            "ITEM_KB 'nan' is not a number of 0 or more; try ITEM_KB=1",
        ),
        (
            "WRITE_PERCENT",
            {"WRITE_PERCENT": "200"},
            "WRITE_PERCENT '200' is more than 100; try WRITE_PERCENT=20",
        ),
    ],
)
def test_an_invalid_assumption_is_rejected_in_one_line(
    names: str,
    values: dict[str, str],
    line: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    for name, value in values.items():
        monkeypatch.setenv(name, value)
    assert bill.main([f"--names={names}", "--check"]) == 1
    assert capsys.readouterr() == ("", f"{line}\n")


def test_an_unknown_assumption_without_a_close_match_lists_all() -> None:
    with pytest.raises(OperationError, match=r"try REQUESTS, WRITE_PERCENT, .*MAILS"):
        usage.assumed(["XYZ"], {})


@pytest.mark.parametrize("text", ["5,000_000", "5000000", "5e6", "5.0E6"])
def test_a_number_can_be_written_in_several_ways(text: str) -> None:
    assert usage.assumed(["REQUESTS"], {"REQUESTS": text})["REQUESTS"] == 5_000_000


def test_other_variables_of_make_are_no_assumptions() -> None:
    given = usage.assumed(["ENV", "ARGS", "REQUESTS"], {"REQUESTS": "5,000_000"})
    assert given == DEFAULTS | {"REQUESTS": 5_000_000}


def choices(resources: dict[str, Any], **given: float) -> dict[str, float]:
    found = savings.savings({"dev": {"Resources": resources}}, DEFAULTS | given)
    return {each.alternative.choice: round(each.usd[0], 2) for each in found}


GATEWAY = {"Nat": {"Type": "AWS::EC2::NatGateway"}, "Ip": {"Type": "AWS::EC2::EIP"}}
ENDPOINT = {
    "Type": "AWS::EC2::VPCEndpoint",
    "Properties": {"VpcEndpointType": "Interface", "SubnetIds": ["a", "b"]},
}
ACL = {"Acl": {"Type": "AWS::WAFv2::WebACL", "Properties": {"Rules": [{}]}}}


@pytest.mark.parametrize(
    ("resources", "given", "expected"),
    [
        (GATEWAY, {"NETWORK_GB": 100}, {"NAT gateway": 41.0}),
        ({"A": ENDPOINT}, {}, {}),
        (dict.fromkeys("ABC", ENDPOINT), {"NETWORK_GB": 0}, {"interface endpoints": 7.3}),
        ({"Key": {"Type": "AWS::KMS::Key"}}, {}, {"customer-managed key": 1.0}),
        (API, {"REQUESTS": 2e6}, {"REST API": 5.0}),
        ({**API, **ACL}, {"REQUESTS": 2e6}, {"web ACL": 7.2}),
        ({"Pool": {"Type": "AWS::Cognito::UserPool"}}, {"USERS": 10}, {"Cognito": 0.15}),
        ({"Trail": {"Type": "AWS::CloudTrail::Trail"}, **worker()}, {}, {"audit trail": 0.4}),
        (table(PROVISIONED), {}, {"provisioned capacity": 2.85}),
        (table(ON_DEMAND), {}, {}),
        ({"Secret": {"Type": "AWS::SecretsManager::Secret"}}, {}, {"secrets": 0.4}),
    ],
)  # fmt: skip
def test_cheaper_alternatives_are_those_that_save(
    resources: dict[str, Any], given: dict[str, float], expected: dict[str, float]
) -> None:
    assert choices(resources, **given) == expected


def test_steady_load_is_cheaper_with_provisioned_capacity() -> None:
    found = choices({**API, **table(ON_DEMAND)}, REQUESTS=1e9)
    assert found["on-demand capacity"] > 0
    assert "on-demand capacity" not in choices({**API, **table(ON_DEMAND)}, REQUESTS=1e5)


def test_sampling_and_short_retention_are_cheaper() -> None:
    traced = {"TracingConfig": {"Mode": "Active"}, "MemorySize": 128}
    function = {"Type": "AWS::Lambda::Function", "Properties": traced}
    logs = {"Type": "AWS::Logs::LogGroup", "Properties": {"RetentionInDays": 365}}
    found = choices({"Function": function, "Logs": logs}, OBJECTS=1e6)
    assert found == {"X-Ray": 4.95, "log retention": 0.33}


def test_the_commands_of_alternatives_give_answers() -> None:
    changes = [each.change for each in savings.ALTERNATIVES if "make change" in each.change]
    assert len(changes) > 5
    for change in changes:
        question, _, value = change.split("make change ")[1].split(",")[0].partition("=")
        known = answers.asked()[question]
        assert value in (known if isinstance(known, list) else ("true", "false"))


@pytest.fixture
def synthesized(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Stack]:
    """Return the stacks dev and prod, of which prod also has a NAT gateway."""
    found = {}
    for name, resources in {"dev": API, "prod": {**API, **GATEWAY}}.items():
        template = tmp_path / f"{name}.json"
        template.write_text(json.dumps({"Resources": resources}), encoding="utf-8")
        found[name] = Stack(
            name=f"tap-{name}", environment=name, account=None, region="eu-west-1",
            production=name == "prod", template=template,
        )  # fmt: skip
    monkeypatch.setattr(bill, "stacks", lambda: found)
    monkeypatch.setattr(bill, "stack_of", found.__getitem__)
    return found


def test_each_environment_has_fixed_and_variable_parts(
    synthesized: dict[str, Stack],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("REQUESTS", "2000000")
    assert bill.main(["--names=REQUESTS"]) == 0
    lines = [" ".join(line.split()) for line in capsys.readouterr().out.splitlines()]
    assert lines[0] == "USD a month dev prod"
    assert "NAT gateways 0.00 32.85 0, 1 at 0.045 an hour" in lines
    assert "REST API 7.00 7.00 2,000,000 at 3.50 per million requests" in lines
    assert "REQUESTS=2000000 requests to the API" in lines
    assert "NAT gateway 0.00 36.95 make change network=endpoints" in lines
    totals = [line.split()[1:] for line in lines if line.lower().startswith("total")]
    assert totals == [["0.00", "36.50"], ["8.88", "10.23"], ["8.88", "46.73"]]
    assert "those of eu-west-1 differ" in lines[-2]
    assert not any(line.startswith("USERS") for line in lines)


def test_one_environment_is_shown_alone(
    synthesized: dict[str, Stack], capsys: pytest.CaptureFixture[str]
) -> None:
    assert bill.main(["--environment=dev"]) == 0
    shown = capsys.readouterr().out
    assert "dev" in shown
    assert "prod" not in shown


def test_the_page_is_written_for_all_environments_only(
    synthesized: dict[str, Stack], capsys: pytest.CaptureFixture[str]
) -> None:
    assert bill.main(["--environment=dev", "--write", "--check"]) == 1
    assert capsys.readouterr().err == "docs/cost.md has all environments; leave out ENV\n"


def test_a_type_without_a_price_is_reported_with_the_text_to_type(
    synthesized: dict[str, Stack], capsys: pytest.CaptureFixture[str]
) -> None:
    template = {"Resources": {"A": {"Type": "AWS::Transfer::Server"}}}
    synthesized["dev"].template.write_text(json.dumps(template), encoding="utf-8")
    assert bill.main([]) == 1
    assert '[tool.tap.prices] "AWS::Transfer::Server" = 0.40' in capsys.readouterr().err
