"""A CloudFormation template in YAML with its parameters, resolved as CloudFormation would."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import yaml

PARTITIONS = {"cn-": "aws-cn", "us-gov-": "aws-us-gov"}
_NO_VALUE = object()


class _Loader(yaml.SafeLoader):
    """Load the short forms of intrinsic functions, such as `!Sub x`."""


def _intrinsic(loader: yaml.SafeLoader, name: str, node: yaml.Node) -> dict[str, Any]:
    if isinstance(node, yaml.SequenceNode):
        value: Any = loader.construct_sequence(node, deep=True)
    else:
        assert isinstance(node, yaml.ScalarNode)
        value = loader.construct_scalar(node)
    if name == "GetAtt":
        value = value.split(".", 1)
    return {name if name in ("Ref", "Condition") else f"Fn::{name}": value}


_Loader.add_multi_constructor("!", _intrinsic)


class Resolved:
    """The resources of one stack, with every intrinsic function replaced by its value.

    A reference to a resource becomes `ref:LogicalId`, an attribute `LogicalId.Attribute`.

    Raises:
        AssertionError: CloudFormation would reject the parameters or a function.
    """

    def __init__(
        self, text: str, given: Mapping[str, str], *, account: str, region: str = "us-east-1"
    ) -> None:
        self.template: dict[str, Any] = yaml.load(text, _Loader)
        declared = self.template["Parameters"]
        assert given.keys() <= declared.keys(), f"no such parameters: {given.keys() - declared}"
        defaults = {name: each["Default"] for name, each in declared.items() if "Default" in each}
        self.values: dict[str, Any] = {**defaults, **given}
        assert self.values.keys() == declared.keys(), f"missing: {declared.keys() - self.values}"
        for name, each in declared.items():
            pattern = each.get("AllowedPattern", ".*")
            value = self.values[name]
            assert re.fullmatch(pattern, str(value)), f"{name} {value!r} is not {pattern}"
            if each["Type"] == "CommaDelimitedList":
                self.values[name] = [item for item in value.split(",") if item]
        partition = next((p for start, p in PARTITIONS.items() if region.startswith(start)), "aws")
        self.values |= {
            "AWS::AccountId": account,
            "AWS::Region": region,
            "AWS::Partition": partition,
            "AWS::NoValue": _NO_VALUE,
        }
        self.resources = {
            name: self.value(body)
            for name, body in self.template["Resources"].items()
            if self.condition(body.get("Condition"))
        }

    def properties(self, logical_id: str) -> dict[str, Any]:
        """Return the properties of one resource."""
        found: dict[str, Any] = self.resources[logical_id]["Properties"]
        return found

    def condition(self, name: str | None) -> bool:
        """Return whether a condition of the template is true."""
        return name is None or bool(self.value(self.template["Conditions"][name]))

    def value(self, value: Any) -> Any:
        """Return a value of the template without intrinsic functions."""
        if isinstance(value, list):
            return [found for each in value if (found := self.value(each)) is not _NO_VALUE]
        if not isinstance(value, dict):
            return value
        (name, argument), *others = value.items() or [("", None)]
        if not others and (name in ("Ref", "Condition") or name.startswith("Fn::")):
            return self._function(name, argument)
        found = {key: self.value(each) for key, each in value.items()}
        return {key: each for key, each in found.items() if each is not _NO_VALUE}

    def _function(self, name: str, argument: Any) -> Any:
        match name, argument:
            case "Ref", str(referred):
                return self.values.get(referred, f"ref:{referred}")
            case "Condition", str(condition):
                return self.condition(condition)
            case "Fn::Equals", [left, right]:
                return self.value(left) == self.value(right)
            case "Fn::Not", [condition]:
                return not self.value(condition)
            case "Fn::And", [*conditions]:
                return all(self.value(each) for each in conditions)
            case "Fn::If", [str(condition), yes, no]:
                return self.value(yes if self.condition(condition) else no)
            case "Fn::FindInMap", [mapping, first, second]:
                return self.template["Mappings"][mapping][self.value(first)][self.value(second)]
            case "Fn::Sub", str(pattern):
                return re.sub(r"\$\{([^}]+)\}", lambda found: self._named(found[1]), pattern)
            case "Fn::Join", [separator, items]:
                items = self.value(items)
                return separator.join([items] if isinstance(items, str) else items)
            case "Fn::GetAtt", [resource, attribute]:
                return f"{resource}.{attribute}"
        raise AssertionError(f"no such function: {name} of {argument}")

    def _named(self, name: str) -> str:
        resource, _, attribute = name.partition(".")
        return f"{resource}.{attribute}" if attribute else str(self.values.get(name, f"ref:{name}"))
