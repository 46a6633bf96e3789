"""What `make add` adds: prices, removals, and what an owner does with the additions."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from lifecycle import add
from lifecycle.catalogue import CATALOGUE, Addition, Refused
from lifecycle.graft import graft
from lifecycle.project import Project
from local_extensions.answers import TEMPLATE_ROOT
from proof import additions, dependencies, variants
from proof.matrix import costs, prover
from proof.variants import Variant
from proof.warm_kernel import WarmProcess

ON_DEMAND = variants.by_id("rest-iam.sqs.on_demand.none.customer_managed.audit")
PROVISIONED = variants.by_id("http-cognito.s3.provisioned.nat.aws_managed.no_audit")
NEW = [each for each in additions.catalogue() if each.what != "environment"]
# Kinds whose fixed price is a word.
FREE = {"topic", "domain", "browser", "budget"}

Template = Mapping[str, Any]
Added = Callable[..., dict[str, Template]]


@pytest.fixture(scope="module")
def synth() -> Iterator[WarmProcess]:
    """Return one warm synth for all tests."""
    process = WarmProcess()
    yield process
    process.close()


@pytest.fixture(scope="module")
def bases(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Return the rendered bases by their ids; US East has all that the catalogue offers."""
    folder = tmp_path_factory.mktemp("bases")
    made = {}
    for base in (ON_DEMAND, PROVISIONED):
        (folder / base.id).mkdir()
        given = (*base.project, ("aws_region", "us-east-1"), ("environments", "dev"))
        project = prover.bake(replace(base, project=given), folder / base.id)
        dependencies.link(project, str(base.answers["python_version"]))
        made[base.id] = project
    return made


@pytest.fixture
def added(bases: dict[str, Path], synth: WarmProcess, tmp_path: Path) -> Added:
    """Return a function that adds to a base, and returns the templates without findings."""

    def templates(
        base: Variant, *asked: Addition, edit: Callable[[Path], object] = lambda _: None
    ) -> dict[str, Template]:
        project = tmp_path / "project"
        shutil.rmtree(project, ignore_errors=True)
        shutil.copytree(bases[base.id], project, symlinks=True)
        for addition in asked:
            add.prepared(Project(project), addition).write(project)
        edit(project)
        out = project / "cdk.out"
        with dependencies.staged(project, out):
            synth(project)
        found, _ = prover.findings(out)
        assert not found
        return {file.name: json.loads(file.read_text()) for file in out.glob("*.template.json")}

    return templates


@pytest.fixture(scope="module")
def costs_before() -> dict[str, float]:
    """Return what the bases cost, once that is known."""
    return {}


def usd(templates: Mapping[str, Template]) -> float:
    (template,) = templates.values()
    assert not costs.cost().unpriced(template)
    return float(sum(line.usd for line in costs.cost().fixed(template)))


@pytest.mark.parametrize(
    "addition", NEW, ids=lambda each: f"{each.what}{'-' * bool(each.kind)}{each.kind}{each.route}"
)
def test_the_price_of_an_addition_is_what_it_costs(
    addition: Addition, added: Added, bases: dict[str, Path], costs_before: dict[str, float]
) -> None:
    price = CATALOGUE[addition.what].price
    for base in (ON_DEMAND, PROVISIONED):
        if CATALOGUE[addition.what].missing(Project(bases[base.id]).answers):
            continue
        if base.id not in costs_before:
            costs_before[base.id] = usd(added(base))
        found = usd(added(base, addition)) - costs_before[base.id]
        if addition.what in FREE:
            assert price.startswith("nothing")
            assert found == 0
        else:
            assert re.search(rf"(?<![\d.]){found:.2f}(?![\d.])", price), found


def test_the_listing_has_usage_summary_consequence_and_price(bases: dict[str, Path]) -> None:
    listed = add.listing(Project(bases[ON_DEMAND.id]))
    for kind in CATALOGUE.values():
        for text in (kind.summary, kind.consequence, f"USD a month: {kind.price}"):
            assert f"    {text}\n" in f"{listed}\n"


def test_a_state_machine_needs_two_free_names(bases: dict[str, Path], tmp_path: Path) -> None:
    project = tmp_path / "project"
    shutil.copytree(bases[ON_DEMAND.id], project, symlinks=True)
    function = Addition(what="function", name="stock-function")
    add.prepared(Project(project), function).write(project)
    with pytest.raises(Refused, match="'StockFunction'; try another NAME"):
        add.prepared(Project(project), Addition(what="state-machine", name="stock"))


RULES = """
        bus = Bus(self, "First")
        bus.send("Read", reader, pattern={"source": ["orders"]})
        bus.send("Again", reader, pattern={"source": ["invoices"]})
        bus.send("Waiting", Queue(self, "Wait", consumer_seconds=9), pattern={"source": ["bills"]})
"""


@pytest.mark.parametrize("base", [ON_DEMAND, PROVISIONED], ids=str)
def test_rules_of_a_bus_are_one_statement_each(base: Variant, added: Added) -> None:
    def send(project: Path) -> None:
        stack = project / "infra" / "stack.py"
        text = stack.read_text(encoding="utf-8")
        imported = "from infra.bus import Bus\n"
        for before, after in (
            (imported, f"{imported}from infra.queue import Queue\n"),
            ('        Bus(self, "First")\n', ""),
            ("        ServiceFunction(\n", "        reader = ServiceFunction(\n"),
        ):
            assert text.count(before) == 1, before
            text = text.replace(before, after)
        stack.write_text(text + RULES, encoding="utf-8")

    asked = (Addition(what="bus", name="first"), Addition(what="function", name="reader"))
    (template,) = added(base, *asked, edit=send).values()
    resources = list(template["Resources"].values())
    rules = [r["Properties"] for r in resources if r["Type"] == "AWS::Events::Rule"]
    sent = [rule for rule in rules if "EventBusName" in rule]
    assert len(sent) == 3
    assert all(target["DeadLetterConfig"] for rule in sent for target in rule["Targets"])
    watched = [
        r["Properties"]
        for r in resources
        if r["Type"] == "AWS::CloudWatch::Alarm"
        and r["Properties"].get("MetricName") == "InvocationsFailedToBeSentToDlq"
        and {d["Name"] for d in r["Properties"]["Dimensions"]} == {"EventBusName", "RuleName"}
    ]
    assert len(watched) == 3


@pytest.mark.parametrize("base", [ON_DEMAND, PROVISIONED], ids=str)
def test_a_domain_of_the_settings_leads_to_the_api(base: Variant, added: Added) -> None:
    def name(project: Path) -> None:
        settings = project / "infra" / "settings.py"
        text = settings.read_text(encoding="utf-8")
        given = (
            'DomainSettings(name="api.example.com", hosted_zone_id="Z1",'
            ' certificate_id="11111111-2222-3333-4444-555555555555")'
        )
        assert "domain=None" in text
        text = text.replace("domain=None", f"domain={given}").replace(
            "\nfrom infra.environment.function",
            "\nfrom infra.environment.domain import DomainSettings\n"
            "from infra.environment.function",
        )
        settings.write_text(text, encoding="utf-8")

    (template,) = added(base, Addition(what="domain"), edit=name).values()
    assert template["Outputs"]["DomainUrl"]["Value"] == "https://api.example.com/"
    kinds = {each["Type"] for each in template["Resources"].values()}
    assert "AWS::Route53::RecordSet" in kinds
    assert not costs.cost().unpriced(template)


def test_a_web_acl_removes_the_reason_for_having_none(
    added: Added, bases: dict[str, Path], tmp_path: Path
) -> None:
    added(ON_DEMAND, Addition(what="waf"))
    before, after = (
        (project / "infra" / "api.py").read_text(encoding="utf-8")
        for project in (bases[ON_DEMAND.id], tmp_path / "project")
    )
    assert '"AwsSolutions-APIG3"' in before
    assert '"AwsSolutions-APIG3"' not in after


@pytest.mark.parametrize("base", [ON_DEMAND, PROVISIONED], ids=str)
def test_pages_repeats_and_routes_of_other_functions_fit(base: Variant, added: Added) -> None:
    asked = (
        Addition(what="browser"),
        Addition(what="function", name="reports", route="POST /reports"),
        Addition(what="idempotency"),
    )
    (template,) = added(base, *asked).values()
    properties = [
        each["Properties"] for each in template["Resources"].values() if "Properties" in each
    ]
    if base is PROVISIONED:
        (cors,) = (each["CorsConfiguration"] for each in properties if "CorsConfiguration" in each)
        assert cors["AllowOrigins"] == ["http://localhost:8080"]
        assert {"Authorization", "idempotency-key", "if-match"} <= set(cors["AllowHeaders"])
        assert {"POST", "PUT"} <= set(cors["AllowMethods"])
        assert "ETag" in cors["ExposeHeaders"]
        return
    functions = {each["Handler"]: each for each in properties if "Handler" in each}
    for handler in ("api.handler", "reports.handler"):
        variables = functions[handler]["Environment"]["Variables"]
        assert variables["ALLOWED_ORIGINS"] == "http://localhost:8080"
        assert "ETag" in variables["EXPOSED_HEADERS"].split()


@pytest.mark.parametrize("level", ["DEBUG", "WARNING"])
def test_functions_log_at_the_level_of_the_settings(level: str, added: Added) -> None:
    def change(project: Path) -> None:
        settings = project / "infra" / "settings.py"
        text = settings.read_text(encoding="utf-8")
        text = text.replace('name="dev",', f'name="dev", log_level="{level}", retain_data=True,')
        settings.write_text(text, encoding="utf-8")

    (template,) = added(ON_DEMAND, edit=change).values()
    functions = [r for r in template["Resources"].values() if r["Type"] == "AWS::Lambda::Function"]
    assert functions
    for function in functions:
        variables = function["Properties"]["Environment"]["Variables"]
        assert variables["POWERTOOLS_LOG_LEVEL"] == level
    tables = [r for r in template["Resources"].values() if r["Type"] == "AWS::DynamoDB::Table"]
    assert [table["DeletionPolicy"] for table in tables] == ["Retain"]


MODULE = """class Api:
    def _acknowledge(self) -> None:
        acknowledge(stage, "FIRST", "no need")
        # The second has its reason.
        acknowledge(stage, "SECOND", "no need")
"""
REMOVAL = """class Api:
    def _acknowledge(self) -> None:
        # remove
        acknowledge(stage, "FIRST", "")
"""


def test_a_part_removes_a_statement_once() -> None:
    removed = graft(MODULE, REMOVAL)
    assert "FIRST" not in removed
    assert '# The second has its reason.\n        acknowledge(stage, "SECOND"' in removed
    assert graft(removed, REMOVAL) == removed


def test_a_removal_adds_nothing_to_a_class_without_the_method() -> None:
    without = "class Api:\n    stage = 1\n"
    assert graft(without, REMOVAL) == without


def test_each_addition_runs_the_projects_own_check_in_several_projects() -> None:
    cases = list(additions.checks())
    assert len(cases) == additions.CHECKS
    assert len({case.variant for case in cases}) > 20
    for addition in additions.catalogue():
        assert sum(addition in case.additions for case in cases) >= 2, addition


def test_architecture_pages_are_drawn_and_not_written() -> None:
    """`make picture` draws what an addition adds; a second diagram would be out of date."""
    written = [*(TEMPLATE_ROOT / "additions").glob("*/parts/docs/architecture.md")]
    assert written == []
    assert [*(TEMPLATE_ROOT / "additions").glob("*/parts/infra/stack.py")]
