"""Synthesized stacks, with the accessors that tests need."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from local_extensions import literals

Resource = dict[str, Any]


@dataclass(frozen=True)
class Stack:
    """One stack of a cloud assembly.

    Args:
        name: the stack's name, with the environment's name at its end.
        template: the CloudFormation template.
        tags: the stack's tags, which CloudFormation adds to every resource.
        protected: whether the stack has termination protection.
        size: the size of the template in bytes.
    """

    name: str
    template: Mapping[str, Any]
    tags: Mapping[str, str]
    protected: bool
    size: int = 0

    @property
    def resources(self) -> dict[str, Resource]:
        """All resources by logical id."""
        return dict(self.template["Resources"])

    @property
    def environment(self) -> str:
        """The environment's name, from the tag."""
        return self.tags["Environment"]

    @property
    def production(self) -> bool:
        """Whether this is a production environment, which retains its data."""
        return literals.is_production(self.environment)

    def of_type(self, kind: str) -> dict[str, dict[str, Any]]:
        """The properties of every resource of one type, by logical id."""
        return {
            logical_id: resource.get("Properties", {})
            for logical_id, resource in self.resources.items()
            if resource["Type"] == kind
        }

    def statements(self, role: str | None = None) -> Iterator[dict[str, Any]]:
        """The statements of all identity policies, or of one role's."""
        for policy in self.of_type("AWS::IAM::Policy").values():
            if role is None or {"Ref": role} in policy["Roles"]:
                yield from policy["PolicyDocument"]["Statement"]

    @cached_property
    def functions(self) -> dict[str, dict[str, Any]]:
        """The functions by their handlers, such as `api.handler`."""
        found = self.of_type("AWS::Lambda::Function")
        return {str(properties["Handler"]): properties for properties in found.values()}


def as_list(value: Any) -> list[Any]:
    """Return a list; IAM writes a list of one element as the element."""
    return value if isinstance(value, list) else [value]


def read_stacks(assembly: Path) -> list[Stack]:
    """Return every stack of a cloud assembly on disk, in the order of the manifest.

    Raises:
        AssertionError: the assembly holds no stack.
    """
    manifest = json.loads((assembly / "manifest.json").read_text(encoding="utf-8"))
    stacks = []
    for name, artifact in manifest["artifacts"].items():
        if artifact["type"] != "aws:cloudformation:stack":
            continue
        template = (assembly / artifact["properties"]["templateFile"]).read_bytes()
        stacks.append(
            Stack(
                name=name,
                template=json.loads(template),
                tags=artifact["properties"].get("tags", {}),
                protected=artifact["properties"].get("terminationProtection", False),
                size=len(template),
            )
        )
    assert stacks, f"no stack in {assembly}"
    return stacks
