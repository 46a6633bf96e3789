"""Short forms of CDK statements."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TypeVar

import aws_cdk as cdk
from aws_cdk import region_info
from constructs import IConstruct

ROOT = Path(__file__).resolve().parent.parent
Level1 = TypeVar("Level1", bound=cdk.CfnResource)


def label_of(construct: IConstruct) -> str:
    """Return a construct's ids below the stack in one word, such as `WorkerFunction`."""
    return "".join(construct.node.path.split("/")[1:])


def output(construct: IConstruct, name: str, value: str, description: str) -> None:
    """Add an output to the construct's stack; its name is unique in the stack."""
    cdk.CfnOutput(cdk.Stack.of(construct), name, value=value, description=description)


def acknowledge(construct: IConstruct, finding: str, reason: str) -> None:
    """Accept a finding of cdk-nag or of CDK's own validation on one construct."""
    cdk.Validations.of(construct).acknowledge(cdk.Acknowledgment(id=finding, reason=reason))


def level_1(construct: IConstruct, kind: type[Level1]) -> Level1:
    """Return the CloudFormation resource of a construct, for properties that only it has.

    Raises:
        TypeError: the construct's main resource is of another kind.
    """
    resource = construct.node.default_child
    if not isinstance(resource, kind):
        raise TypeError(f"{construct.node.path!r} has {resource!r}, not a {kind.__name__}")
    return resource


def template_release() -> dict[str, str]:
    """Return the release of the template that rendered the project, as metadata of a stack.

    It is empty if the project has no record, or its template was no git checkout.
    """
    try:
        state = json.loads((ROOT / ".cruft.json").read_text(encoding="utf-8"))
        commit = state["commit"]
    except (OSError, ValueError, LookupError, TypeError):
        return {}
    return {"TemplateRelease": str(commit)} if commit else {}


def domain_suffix(region: str) -> str:
    """Return the domain of a region's service endpoints, such as `amazonaws.com`.

    The library may be older than the region, but knows those of China.
    """
    return region_info.RegionInfo.get(region).domain_suffix or "amazonaws.com"
