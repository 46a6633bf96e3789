"""The VPC, which exists already: its ids, and what it provides."""

from dataclasses import replace
from types import SimpleNamespace

import pytest

from infra.settings import ENVIRONMENTS

ANY = next(iter(ENVIRONMENTS.values()))


def test_the_vpc_is_not_created(stack: SimpleNamespace) -> None:
    types = {resource["Type"] for resource in stack.resources.values()}
    assert types
    assert not types & {"AWS::EC2::VPC", "AWS::EC2::Subnet", "AWS::EC2::VPCEndpoint"}


def test_functions_run_in_the_vpc(stack: SimpleNamespace) -> None:
    functions = stack.of_type("AWS::Lambda::Function")
    assert functions
    for function in functions.values():
        subnets = function["Properties"]["VpcConfig"]["SubnetIds"]
        assert subnets == list(stack.settings.network.subnet_ids)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        pytest.param({"vpc_id": "vpc-1"}, "vpc_id 'vpc-1' of '.+' is not an id", id="vpc"),
        pytest.param({"subnet_ids": ("sg-00000000", "subnet-00000000")}, "'sg-0", id="subnet"),
        pytest.param({"security_group_id": "default"}, "try 'sg-", id="security_group"),
        pytest.param({"subnet_ids": ("subnet-00000000",)}, "not one zone for each", id="length"),
        pytest.param({"availability_zones": ("x-1a", "x-1b")}, "not two zones of", id="zones"),
        pytest.param({"services": ("SQS",)}, "'SQS' of '.+' is not the name", id="services"),
    ],
)
def test_invalid_networks_are_rejected(change: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        replace(ANY, network=replace(ANY.network, **change))
