"""The VPC: its zones and its address range."""

from dataclasses import replace
from types import SimpleNamespace

import pytest

from infra.settings import ENVIRONMENTS

ANY = next(iter(ENVIRONMENTS.values()))


def test_synth_needs_no_credentials(stack: SimpleNamespace) -> None:
    subnets = stack.of_type("AWS::EC2::Subnet").values()
    zones = [subnet["Properties"]["AvailabilityZone"] for subnet in subnets]
    assert zones
    assert not [zone for zone in zones if str(zone).startswith("dummy")]


def test_functions_run_in_the_vpc(stack: SimpleNamespace) -> None:
    functions = stack.of_type("AWS::Lambda::Function")
    assert functions
    assert all(function["Properties"]["VpcConfig"] for function in functions.values())


def test_environments_have_different_ranges() -> None:
    ranges = [environment.network.cidr for environment in ENVIRONMENTS.values()]
    assert len(set(ranges)) == len(ranges)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        pytest.param({"cidr": "10.0.0.0/8"}, "not a /16 to /26", id="cidr"),
        pytest.param({"availability_zones": ("x-1a", "x-1b")}, "not two zones of", id="zones"),
    ],
)
def test_invalid_networks_are_rejected(change: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        replace(ANY, network=replace(ANY.network, **change))
