"""One file lists the services that a region lacks, and no stack in the region uses them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import botocore.session
import pytest

from local_extensions import answers
from proof import dependencies, variants
from proof.stacks import Stack, as_list, read_stacks
from proof.warm_kernel import WarmProcess
from tests.conftest import Bake

TABLE: dict[str, Any] = json.loads(
    (answers.TEMPLATE_ROOT / answers.PROJECT_FOLDER / "tap_guardrails" / "regions.json").read_text(
        encoding="utf-8"
    )
)
ONE_OF_EACH = {
    partition: next(r for r in regions if r != "us-east-1")
    for partition, regions in answers.REGIONS.items()
}
WORKERS = [name for name in answers.asked()["worker"] if name != "none"]
MAPPING = "AWS::Lambda::EventSourceMapping"


@pytest.mark.parametrize("feature", TABLE["missing"])
def test_every_entry_names_its_sources_and_known_places(feature: str) -> None:
    entry = TABLE["missing"][feature]
    assert entry["what"]
    assert entry["sources"]
    assert all(source.startswith("https://") for source in entry["sources"])
    assert entry["where"]
    assert set(entry["where"]) <= {*answers.REGIONS, *answers.PARTITIONS}


def test_user_pools_are_missing_where_the_sdk_knows_of_none() -> None:
    session = botocore.session.get_session()
    for partition, regions in answers.REGIONS.items():
        offered = set(session.get_available_regions("cognito-idp", partition))
        served = set(session.get_available_regions("lambda", partition)) & set(regions)
        assert served
        for region in served:
            assert answers.offers(region, "user_pools") == (region in offered), region


def test_codedeploy_is_in_every_region_with_functions() -> None:
    session = botocore.session.get_session()
    for partition, regions in answers.REGIONS.items():
        offered = set(session.get_available_regions("codedeploy", partition))
        served = set(session.get_available_regions("lambda", partition)) & set(regions)
        assert served
        assert served <= offered


@pytest.mark.parametrize("partition", answers.REGIONS)
@pytest.mark.parametrize("worker", answers.asked()["worker"])
def test_the_matrix_renders_each_worker_in_each_partition(worker: str, partition: str) -> None:
    found = [
        variant
        for variant in variants.product()
        if variant.answers["worker"] == worker
        and answers.PARTITIONS[str(variant.answers["aws_region"])] == partition
    ]
    assert found


@pytest.mark.parametrize("partition", answers.REGIONS)
@pytest.mark.parametrize("worker", WORKERS)
def test_a_stack_uses_only_what_its_partition_offers(
    worker: str, partition: str, bake: Bake, warm_synth: WarmProcess, tmp_path: Path
) -> None:
    region = ONE_OF_EACH[partition]
    project = bake(worker=worker, aws_region=region, network="none", environments="dev")
    dependencies.link(project, "3.14")
    (stack,) = read_stacks(warm_synth(project, tmp_path))
    for mapping in stack.of_type(MAPPING).values():
        assert ("Tags" in mapping) == (partition == "aws")
    assert stack.functions
    for function in stack.functions.values():
        variables = function["Environment"]["Variables"]
        traced = function.get("TracingConfig") == {"Mode": "Active"}
        assert traced == (partition != "aws-cn")
        assert ("POWERTOOLS_TRACE_DISABLED" in variables) != traced
    assert may_send_traces(stack) == (partition != "aws-cn")


def may_send_traces(stack: Stack) -> bool:
    allowed = {action for s in stack.statements() for action in as_list(s["Action"])}
    assert allowed
    return any(action.startswith("xray:") for action in allowed)


def test_zones_can_be_chosen(bake: Bake, warm_synth: WarmProcess, tmp_path: Path) -> None:
    """Lambda is not in every zone, and the first two zones differ between accounts."""
    project = bake(environments="dev")
    dependencies.link(project, "3.14")
    settings = project / "infra" / "settings.py"
    chosen = 'cidr="10.0.0.0/16", availability_zones=("us-east-1c", "us-east-1d")'
    text = settings.read_text("utf-8").replace('cidr="10.0.0.0/16"', chosen)
    settings.write_text(text, "utf-8")
    (stack,) = read_stacks(warm_synth(project, tmp_path))
    zones = {subnet["AvailabilityZone"] for subnet in stack.of_type("AWS::EC2::Subnet").values()}
    assert zones == {"us-east-1c", "us-east-1d"}


def test_environments_in_two_regions_have_different_dashboard_names(
    bake: Bake, warm_synth: WarmProcess, tmp_path: Path
) -> None:
    """Dashboard names are global: an environment could not move while its old stack exists."""
    names = set()
    for region in ("us-east-1", "eu-central-1"):
        project = bake(environments="dev", network="none", aws_region=region)
        dependencies.link(project, "3.14")
        (stack,) = read_stacks(warm_synth(project, tmp_path / region))
        (dashboard,) = stack.of_type("AWS::CloudWatch::Dashboard").values()
        names.add(dashboard["DashboardName"])
    assert names == {"tap-service-dev-us-east-1", "tap-service-dev-eu-central-1"}
