"""The kind of a network can be changed without replacing its resources."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from proof import dependencies
from proof.stacks import read_stacks
from proof.warm_kernel import WarmProcess
from tests.conftest import Bake


def test_a_nat_gateway_can_be_added_to_isolated_subnets(
    bake: Bake, warm_synth: WarmProcess, tmp_path: Path
) -> None:
    """CloudFormation creates new subnets before it deletes old ones; the ranges would clash."""
    before, after = (
        subnets(bake(network=kind), warm_synth, tmp_path / kind) for kind in ("endpoints", "nat")
    )
    assert before
    assert before.items() < after.items()


def subnets(project: Path, synth: WarmProcess, out: Path) -> dict[str, Any]:
    """Return the ranges of a project's subnets, by stack and logical id."""
    dependencies.link(project, "3.14")
    return {
        f"{stack.name}/{name}": subnet["CidrBlock"]
        for stack in read_stacks(synth(project, out))
        for name, subnet in stack.of_type("AWS::EC2::Subnet").items()
    }
