"""A cloud assembly as data: stacks, resources and references, without calls into the CDK.

References are compared as text. Each becomes `${template/LogicalId}` or
`${template/LogicalId.Attribute}`, whether it is a Ref, GetAtt, Join, Sub, a parameter or output of
a nested stack, or an export. Two spellings of an ARN are therefore equal if they refer to the same
resource. A value that only CloudFormation can resolve raises NotJudged.
"""

from __future__ import annotations

import ast
import json
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any, TypeVar

from tap_guardrails.regions import partition
from tap_guardrails.values import (
    NO_VALUE,
    Intrinsic,
    MissingHandler,
    NotJudged,
    Properties,
    as_list,
    covers,
    is_intrinsic,
    plain_json,
    shown,
    walk,
)

__all__ = ["App", "MissingHandler", "NotJudged", "Resource", "Template", "as_list", "covers"]

T = TypeVar("T")
Node = TypeVar("Node", bound=ast.AST)
PLACEHOLDER = re.compile(r"\$\{([^}/]+/[^}.]+)(?:\.([^}]+))?\}")
# Formats of ARNs written by hand: 0 is the Ref of the resource, 1 its QueueName or TopicName.
ARNS = {
    "AWS::S3::Bucket": "arn:{p}:s3:::{0}",
    "AWS::SQS::Queue": "arn:{p}:sqs:{r}:{a}:{1}",
    "AWS::SNS::Topic": "arn:{p}:sns:{r}:{a}:{1}",
    "AWS::DynamoDB::Table": "arn:{p}:dynamodb:{r}:{a}:table/{0}",
    "AWS::KMS::Key": "arn:{p}:kms:{r}:{a}:key/{0}",
    "AWS::Lambda::Function": "arn:{p}:lambda:{r}:{a}:function:{0}",
    "AWS::Logs::LogGroup": "arn:{p}:logs:{r}:{a}:log-group:{0}",
    "AWS::CloudTrail::Trail": "arn:{p}:cloudtrail:{r}:{a}:trail/{0}",
    "AWS::IAM::Role": "arn:{p}:iam::{a}:role/{0}",
    "AWS::Events::Rule": "arn:{p}:events:{r}:{a}:rule/{0}",
    "AWS::CloudWatch::Alarm": "arn:{p}:cloudwatch:{r}:{a}:alarm:{0}",
    "AWS::CloudWatch::CompositeAlarm": "arn:{p}:cloudwatch:{r}:{a}:alarm:{0}",
    "AWS::Kinesis::Stream": "arn:{p}:kinesis:{r}:{a}:stream/{0}",
    "AWS::Scheduler::Schedule": "arn:{p}:scheduler:{r}:{a}:schedule/default/{0}",
}
PSEUDO = {"p": "${AWS::Partition}", "r": "${AWS::Region}", "a": "${AWS::AccountId}"}
NAMES = {
    "AWS::S3::Bucket": "BucketName",
    "AWS::SQS::Queue": "QueueName",
    "AWS::SNS::Topic": "TopicName",
    "AWS::DynamoDB::Table": "TableName",
    "AWS::Lambda::Function": "FunctionName",
    "AWS::IAM::Role": "RoleName",
    "AWS::Logs::LogGroup": "LogGroupName",
    "AWS::CloudTrail::Trail": "TrailName",
    "AWS::Events::Rule": "Name",
    "AWS::CloudWatch::Alarm": "AlarmName",
    "AWS::CloudWatch::CompositeAlarm": "AlarmName",
    "AWS::IAM::Group": "GroupName",
    "AWS::IAM::User": "UserName",
    "AWS::Kinesis::Stream": "Name",
    "AWS::Scheduler::Schedule": "Name",
}


# Resources that refer to another: the property contains the underlying resource.
FRONTS = {
    "AWS::KMS::Alias": "TargetKeyId",
    "AWS::Lambda::Alias": "FunctionName",
    "AWS::Lambda::Version": "FunctionName",
}
# All functions except those that only a custom resource invokes, such as CDK's helpers.
OWN_FUNCTION = "own AWS::Lambda::Function"
GLOBAL_TABLE = "AWS::DynamoDB::GlobalTable"
NESTED = "AWS::CloudFormation::Stack"


class Resource:
    """One resource of one template."""

    def __init__(self, template: Template, logical_id: str, body: Any) -> None:
        if not isinstance(body, dict) or not isinstance(body.get("Type"), str):
            raise NotJudged(f"{logical_id} has no type")
        if not isinstance(body.get("Properties", {}), dict):
            raise NotJudged(f"the properties of {logical_id} are not an object")
        self.template, self.app, self.id = template, template.app, logical_id
        self.type: str = body["Type"]
        self.key = f"{template.name}/{logical_id}"
        self.body: dict[str, Any] = template.settle(body)
        self.properties: Any = self.body.get("Properties", {})
        self.is_read = False  # whether a rule read a property
        self.memo: dict[object, Any] = {}  # results that several rules use
        self._unknown: NotJudged | None = None
        if self.type == GLOBAL_TABLE:
            self.type = "AWS::DynamoDB::Table"
            try:
                self.properties = as_table(self.properties)
            except NotJudged as reason:
                self._unknown = reason

    def __repr__(self) -> str:
        return self.path

    @cached_property
    def path(self) -> str:
        """The construct path in the CDK's format."""
        return self.app.paths.get((self.template.name, self.id), f"{self.template.name}/{self.id}")

    def get(self, *path: str) -> Any:
        """Return the value at a property path, or None; it can contain references.

        Raises:
            NotJudged: only CloudFormation knows the value.
        """
        self.is_read = True
        if self._unknown is not None:
            raise self._unknown
        value: Any = self.properties
        for step in path:
            if value is None:
                return None
            if not isinstance(value, dict):
                raise NotJudged(f"{'.'.join(path)} is {shown(value)}; write it in the app")
            value = value.get(step)
        if isinstance(value, Intrinsic) and value.is_undecided:
            value.judge()
        return value

    def plain(self, *path: str, default: Any = None) -> Any:
        """Return a number, boolean or string that is a literal in the template."""
        value = self.get(*path)
        if isinstance(value, dict | list | Intrinsic):
            raise NotJudged(f"{'.'.join(path)} is {shown(value)}; write a literal")
        if isinstance(value, str) and (value.isdecimal() or value in {"true", "false"}):
            return json.loads(value.lstrip("0") or "0")
        return default if value is None else value

    def items(self, *path: str) -> list[Any]:
        """Return the elements of a list property."""
        value = self.get(*path)
        if isinstance(value, dict | Intrinsic):
            raise NotJudged(f"{'.'.join(path)} is {shown(value)}; write a list")
        return as_list(value)

    def text(self, *path: str) -> str:
        """Return the value as comparable text, or '' if it is absent."""
        return self.template.text(self.get(*path))

    def target(self, *path: str) -> Resource | None:
        """Return the resource to which a property refers."""
        return self.app.named(self.text(*path))

    def targets(self, *path: str) -> list[Resource]:
        """Return the resources to which a list property refers."""
        found = (self.app.named(self.template.text(item)) for item in self.items(*path))
        return [item for item in found if item]

    def references(self, *path: str) -> list[Resource]:
        """Return the resources to which a property refers, in either branch of an Fn::If."""
        try:
            values = as_list(self.get(*path))
            texts = [self.template.text(value) for value in values]
            found = [self.app.named(text) for text in texts]
        except NotJudged:
            value: Any = self.properties
            for step in path:
                value = value.get(step) if isinstance(value, dict) else value
            parts = [part for part in walk(value) if isinstance(part, Intrinsic)]
            known = [part for part in parts if not part.is_undecided]
            found = [self.app.named(self.template.raw_text(part)) for part in known]
        return [each for each in dict.fromkeys(found) if each]

    def depends(self) -> set[str]:
        """Return the logical ids in DependsOn."""
        return set(as_list(self.body.get("DependsOn")))

    @cached_property
    def physical_name(self) -> str:
        """The name as text: the given or a generated one."""
        given = self.text(NAMES[self.type]) if self.type in NAMES else ""
        return given or f"${{{self.key}}}"

    @cached_property
    def arns(self) -> tuple[str, ...]:
        """All texts that represent the ARN of this resource."""
        own = [f"${{{self.key}.Arn}}", f"${{{self.key}}}", f"${{{self.key}.TopicArn}}"]
        pattern = ARNS.get(self.type)
        if pattern is not None:
            attributes = ("QueueName", "TopicName") if "{1}" in pattern else ("",)
            names = [f"${{{self.key}.{each}}}".replace(".}", "}") for each in attributes]
            for name in (self.physical_name, *names):
                own.append(self.template.fill(pattern.format(name, name, **PSEUDO)))
        return tuple(dict.fromkeys(own))


def as_table(properties: dict[str, Any]) -> dict[str, Any]:
    """Return a global table (TableV2) as a table, without settings that differ by replica."""
    replicas = properties.get("Replicas") or [{}]
    first = {k: v for k, v in replicas[0].items() if all(r.get(k) == v for r in replicas)}
    reads = {i.get("IndexName"): i for i in first.get("GlobalSecondaryIndexes", [])}
    indexes = properties.get("GlobalSecondaryIndexes", [])
    return {
        **properties,
        **first,
        **_throughput(properties, first),
        "SSESpecification": {
            **properties.get("SSESpecification", {}),
            **first.get("SSESpecification", {}),
        },
        "GlobalSecondaryIndexes": [
            {**i, **_throughput(i, reads.get(i.get("IndexName"), {}))} for i in indexes
        ],
    }


def _throughput(writes: dict[str, Any], reads: dict[str, Any]) -> dict[str, Any]:
    on_demand = {
        **writes.get("WriteOnDemandThroughputSettings", {}),
        **reads.get("ReadOnDemandThroughputSettings", {}),
    }
    return {"OnDemandThroughput": on_demand} if on_demand else {}


class Template:
    """One stack, nested or not."""

    def __init__(self, app: App, file: Path, artifact: dict[str, Any]) -> None:
        self.app, self.file, self.name = app, file, file.name
        properties = artifact["properties"]
        self.tags: dict[str, str] = properties.get("tags") or {}
        self.protected = bool(properties.get("terminationProtection"))
        self.body: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
        self.given: dict[str, tuple[Template, Any]] = {}  # parameters from a parent stack
        self.nested: dict[str, Template] = {}
        self.resources: dict[str, Resource] = {}
        self.outputs: dict[str, Any] = {}
        stack_name = properties.get("stackName") or artifact.get("displayName", self.name)
        if file.name != Path(properties["templateFile"]).name:
            stack_name += "-nested"
        self.pseudo: dict[str, str] = {
            "AWS::StackName": stack_name,
            **place(artifact.get("environment", "")),
        }
        resources = self.body.get("Resources")
        if self.body.get("Transform") or "Fn::Transform" in (resources or {}):
            raise NotJudged("has a Transform, whose result is not known at synth")
        if not isinstance(resources or {}, dict):
            raise NotJudged("its Resources are not an object")

    def read(self) -> None:
        """Read the resources and outputs, once the parameters from parent stacks are known."""
        for name, body in (self.body.get("Resources") or {}).items():
            try:
                self.resources[name] = Resource(self, name, body)
            except NotJudged as reason:
                self.app.not_judged.append((self.name, str(reason)))
        outputs = self.settle(self.body.get("Outputs") or {})
        items = outputs.items() if isinstance(outputs, dict) else ()
        self.outputs = {name: output for name, output in items if isinstance(output, dict)}

    def settle(self, value: Any) -> Any:
        """Return a value with parameters replaced, AWS::NoValue removed, and functions marked."""
        if isinstance(value, list):
            return [self.settle(item) for item in value if item != NO_VALUE]
        if not isinstance(value, dict):
            return value
        if is_intrinsic(value):
            ((kind, argument),) = value.items()
            if kind == "Ref" and isinstance(argument, str):
                known, found = self._parameter(argument)
                return found if known else Intrinsic(kind, argument)
            return Intrinsic(kind, self.settle(argument))
        if "Fn::Transform" in value:
            return Intrinsic("Fn::Transform", value["Fn::Transform"])
        return Properties(
            (key, self.settle(item)) for key, item in value.items() if item != NO_VALUE
        )

    def _parameter(self, name: str) -> tuple[bool, Any]:
        """Return whether the value of a parameter is known, and the value.

        It comes from the parent stack or is the parameter's default.
        """
        if name in self.given:
            parent, value = self.given[name]
            settled = parent.settle(value)
            try:
                return True, parent.text(settled)
            except NotJudged:
                return True, settled
        declared = (self.body.get("Parameters") or {}).get(name, {})
        kind = str(declared.get("Type")) if isinstance(declared, dict) else ""
        if not isinstance(declared, dict) or "Default" not in declared:
            return False, None
        if kind.startswith("AWS::SSM"):
            return False, None
        if kind == "CommaDelimitedList" or kind.startswith("List<"):
            return True, [part.strip() for part in str(declared["Default"]).split(",")]
        return True, declared["Default"]

    def fill(self, text: str) -> str:
        """Replace known pseudo parameters in a text."""
        if "${AWS::" in text:
            for name, value in self.pseudo.items():
                text = text.replace(f"${{{name}}}", value)
        return text

    def text(self, value: Any) -> str:
        """Return the value as comparable text.

        Raises:
            NotJudged: the value contains a function whose result only CloudFormation knows.
        """
        if isinstance(value, Intrinsic) and value.is_undecided:
            value.judge()
        return self.raw_text(value)

    def raw_text(self, value: Any) -> str:
        """Return a value as comparable text; an Fn::If in it becomes text as well."""
        if value is None:
            return ""
        if isinstance(value, bool):
            return str(value).lower()
        if isinstance(value, str | int | float):
            return self.fill(str(value))
        if isinstance(value, list):
            return ",".join(self.text(item) for item in value)
        if isinstance(value, Intrinsic):
            return self._intrinsic(value.kind, value.argument)
        return json.dumps(value, sort_keys=True, default=plain_json)

    def _intrinsic(self, kind: str, argument: Any) -> str:
        match kind, argument:
            case (("Ref" | "Fn::GetAtt"), str(name)):
                return self.reference(name)
            case "Fn::GetAtt", [str(name), str(attribute)]:
                return self.reference(f"{name}.{attribute}")
            case "Fn::Join", [str(separator), list(parts)]:
                return separator.join(self.text(part) for part in parts)
            case "Fn::Sub", str(pattern):
                return self._substitute(pattern, {})
            case "Fn::Sub", [str(pattern), dict(variables)]:
                return self._substitute(pattern, variables)
            case "Fn::Select", [index, choices] if str(index).isdigit():
                parts = self._choices(choices)
                if int(index) < len(parts):
                    return parts[int(index)]
                return f"part {index} of {','.join(parts)}"
            case "Fn::ImportValue", name:
                return self.app.exports.get(self.text(name), f"import {self.text(name)}")
            case "Fn::GetStackOutput", {"StackName": stack, "OutputName": str(output)}:
                return self.app.stack_output(self.text(stack), output)
        return f"{kind}({json.dumps(argument, sort_keys=True, default=plain_json)})"

    def _choices(self, choices: Any) -> list[str]:
        match choices:
            case Intrinsic(kind="Fn::Split", argument=[str(separator), value]) if separator:
                return self.text(value).split(separator)
            case [*items]:
                return [self.text(item) for item in items]
        return []

    def _substitute(self, pattern: str, variables: dict[str, Any]) -> str:
        def value(match: re.Match[str]) -> str:
            name = match.group(1)
            return self.text(variables[name]) if name in variables else self.reference(name)

        return re.sub(r"\$\{!([^}]*)\}", r"${\1}", re.sub(r"\$\{([^!}][^}]*)\}", value, pattern))

    def reference(self, name: str) -> str:
        """Return the text of a Ref (`Name`) or a GetAtt (`Name.Attribute`)."""
        if name.startswith("AWS::"):
            return self.pseudo.get(name, f"${{{name}}}")
        logical, _, attribute = name.partition(".")
        if attribute.startswith("Outputs.") and logical in self.nested:
            child = self.nested[logical]
            output = child.outputs.get(attribute.removeprefix("Outputs."), {})
            return child.text(output.get("Value"))
        if name not in self.resources and (known := self._parameter(name))[0]:
            return self.text(known[1])
        return f"${{{self.name}/{name}}}"


def place(environment: str) -> dict[str, str]:
    """Return the known pseudo parameters of an environment such as aws://account/region."""
    account, _, region = environment.removeprefix("aws://").partition("/")
    known: dict[str, str] = {}
    if region and not region.startswith("unknown"):
        name = partition(region)
        domain = "amazonaws.com.cn" if name == "aws-cn" else "amazonaws.com"
        known |= {"AWS::Region": region, "AWS::Partition": name, "AWS::URLSuffix": domain}
    if account and not account.startswith("unknown"):
        known["AWS::AccountId"] = account
    return known


class App:
    """The output of one synth: all stacks, including nested stacks and those in stages.

    A template that can't be read the way CloudFormation does is in `not_judged`, with the reason.
    All others are judged.

    Args:
        directory: the cloud assembly.
        project: the folder of the app's sources.
        context: the context of the running app, if rules should compare it with cdk.json.
        sources: glob patterns of the app's Python modules, relative to `project`.

    Raises:
        OSError, ValueError, KeyError, TypeError, AttributeError: this is no cloud assembly.
    """

    def __init__(
        self,
        directory: Path,
        project: Path | None = None,
        context: dict[str, Any] | None = None,
        sources: Iterable[str] = ("infra/**/*.py",),
    ) -> None:
        self.directory, self.project, self.context = directory, project, context
        self.sources = tuple(sources)
        self.templates: list[Template] = []
        self.not_judged: list[tuple[str, str]] = []  # template or construct path, and the reason
        self.paths: dict[tuple[str, str], str] = {}  # construct path by template and logical id
        self.traces: dict[str, str] = {}  # source line by construct path, if the CDK recorded it
        self.acknowledged: list[tuple[str, str, str]] = []  # construct path, rule id, reason
        self.roots: set[str] = {""}  # construct paths of stacks and stages
        self.stacks: dict[str, str] = {}  # file name of the template, by construct path
        self.unread_stacks: set[str] = set()  # construct paths of stacks in `not_judged`
        self.assets: dict[str, Path] = {}
        self.missing: list[Any] = []
        self.memo: dict[object, Any] = {}  # results that several rules use
        self._indexes: dict[tuple[str, tuple[str, ...]], dict[str, list[Resource]]] = {}
        self._referring: dict[str, list[Resource]] | None = None
        self._read(directory)
        for template in self.templates:
            for name, body in (template.body.get("Resources") or {}).items():
                if isinstance(body, dict) and body.get("Type") == NESTED:
                    self._nest(template, name, body.get("Properties") or {})
        self._by_type: dict[str, list[Resource]] = defaultdict(list)
        self._by_key: dict[str, Resource] = {}
        for template in self.templates:
            template.read()
            for resource in template.resources.values():
                self._by_type[resource.type].append(resource)
                self._by_key[resource.key] = resource

    def _read(self, directory: Path) -> None:
        manifest = json.loads((directory / "manifest.json").read_text(encoding="utf-8"))
        self.missing += manifest.get("missing") or []
        for artifact in (manifest.get("artifacts") or {}).values():
            properties = artifact.get("properties", {})
            if artifact["type"] == "cdk:cloud-assembly":
                self.roots.add(properties.get("displayName", ""))
                self._read(directory / properties["directoryName"])
            elif artifact["type"] == "cdk:asset-manifest":
                self._read_assets(directory, properties["file"])
            elif artifact["type"] == "aws:cloudformation:stack":
                self._read_stack(directory, artifact)

    def _read_assets(self, directory: Path, name: str) -> None:
        file = directory / name
        if not file.is_file():
            self.not_judged.append((name, "the asset manifest is missing from the assembly"))
            return
        try:
            content = json.loads(file.read_text(encoding="utf-8"))
            for key, asset in content.get("files", {}).items():
                if "path" in asset["source"]:  # others are built when they are published
                    self.assets[key] = directory / asset["source"]["path"]
        except (ValueError, AttributeError, KeyError, TypeError):
            self.not_judged.append((name, "the asset manifest is unreadable"))

    def _read_stack(self, directory: Path, artifact: dict[str, Any]) -> None:
        metadata, extra = artifact.get("metadata") or {}, artifact.get("additionalMetadataFile")
        if extra:
            metadata = json.loads((directory / extra).read_text(encoding="utf-8"))
        own = Path(artifact["properties"]["templateFile"]).name
        entries = [
            (path.strip("/"), entry) for path, entries in metadata.items() for entry in entries
        ]
        files = {
            path: Path(entry["data"]).name
            for path, entry in entries
            if entry["type"] == "aws:cdk:templateFile"
        }
        files = files or {str(artifact.get("displayName") or Path(own).stem): own}
        self.roots |= files.keys()
        self.stacks |= files
        for path, entry in entries:
            self._read_metadata(path, entry, files, own)
        for file in dict.fromkeys((own, *files.values())):
            self._read_template(directory / file, artifact, files)

    def _read_metadata(
        self, path: str, entry: dict[str, Any], files: dict[str, str], own: str
    ) -> None:
        data: Any = entry.get("data")
        if entry["type"] == "aws:cdk:acknowledged-rules":
            self.acknowledged += [(path, rule, reason) for rule, reason in data.items()]
        elif entry["type"] == "aws:cdk:logicalId":
            owners = [root for root in files if f"{path}/".startswith(f"{root}/")]
            self.paths[files[max(owners, key=len)] if owners else own, str(data)] = path
            if place := _source_line(entry.get("trace")):
                self.traces[path] = place

    def _read_template(self, file: Path, artifact: dict[str, Any], files: dict[str, str]) -> None:
        try:
            self.templates.append(Template(self, file, artifact))
        except (NotJudged, OSError, ValueError, AttributeError, TypeError) as error:
            reason = str(error) if isinstance(error, NotJudged) else "its template is unreadable"
            self.not_judged.append((file.name, reason))
            self.unread_stacks |= {path for path, name in files.items() if name == file.name}

    def _nest(self, template: Template, name: str, properties: dict[str, Any]) -> None:
        """Link a nested stack to its template, which is an asset."""
        url = json.dumps(properties.get("TemplateURL"))
        files = [file for key, file in self.assets.items() if key in url]
        children = [each for each in self.templates if each.file in files]
        if not children:
            if not any(file.name == known for file in files for known, _ in self.not_judged):
                path = self.paths.get((template.name, name), f"{template.name}/{name}")
                reason = f"its template {url[-80:]} is not in the assembly"
                self.not_judged.append((path, reason))
            return
        template.nested[name] = children[0]
        given = properties.get("Parameters")
        for parameter, value in (given if isinstance(given, dict) else {}).items():
            children[0].given[parameter] = (template, value)

    def relative(self, text: str, template: Template) -> str:
        """Return a text without the path of a template's stack, alike in all environments."""
        for path, name in self.stacks.items():
            if name == template.name:
                text = text.replace(f"{path}/", "")
        return re.sub(r"(\w)/Resource\b(?!/)", r"\1", text)

    def in_stack(self, path: str) -> bool:
        """Return whether a construct path is in a stack, where the CDK CLI shows findings."""
        return any(f"{path}/".startswith(f"{stack}/") for stack in self.stacks)

    def unread(self, path: str) -> bool:
        """Return whether a construct, or part of it, is in a template that is not judged."""
        owners = [stack for stack in self.stacks if f"{path}/".startswith(f"{stack}/")]
        inside = any(stack.startswith(f"{path}/") for stack in self.unread_stacks)
        return inside or max(owners, key=len, default="") in self.unread_stacks

    @cached_property
    def exports(self) -> dict[str, str]:
        """Exported values by name."""
        outputs = [(t, o) for t in self.templates for o in t.outputs.values() if "Export" in o]
        return {t.text(o["Export"]["Name"]): t.text(o.get("Value")) for t, o in outputs}

    def stack_output(self, stack: str, output: str) -> str:
        """Return the text of another stack's output."""
        for template in self.templates:
            if template.pseudo["AWS::StackName"] == stack and output in template.outputs:
                return template.text(template.outputs[output].get("Value"))
        return f"output {stack}.{output}"

    def resources(self, *types: str) -> Iterator[Resource]:
        """Yield the resources of these types; a trailing * matches any suffix."""
        for kind in types:
            if kind == OWN_FUNCTION:
                yield from self.own_functions
            elif kind.endswith("*"):
                for each in [each for each in self._by_type if each.startswith(kind[:-1])]:
                    yield from self._by_type[each]
            else:
                yield from self._by_type.get(kind, [])

    @cached_property
    def own_functions(self) -> list[Resource]:
        """The functions, except CDK's helpers."""
        custom = self.resources("Custom::*", "AWS::CloudFormation::CustomResource")
        helpers = {each.key for resource in custom for each in resource.references("ServiceToken")}
        return [f for f in self.resources("AWS::Lambda::Function") if f.key not in helpers]

    def resource(self, key: str) -> Resource | None:
        """Return the resource with a key, such as `template/LogicalId`."""
        return self._by_key.get(key)

    def named(self, text: str) -> Resource | None:
        """Return the first resource in a text, resolved through an alias or a version."""
        for match in PLACEHOLDER.finditer(text):
            if found := self._by_key.get(match.group(1)):
                return found.target(FRONTS[found.type]) if found.type in FRONTS else found
        return self._by_arn.get(text) if text.startswith("arn:") else None

    @cached_property
    def _by_arn(self) -> dict[str, Resource]:
        return {arn: r for kind in ARNS for r in self._by_type.get(kind, []) for arn in r.arns}

    def users(self, resource: Resource, kind: str, *path: str) -> list[Resource]:
        """Return the resources of a type whose property refers to this resource."""
        index = self._indexes.get((kind, path))
        if index is None:
            index = defaultdict(list)
            for user in self.resources(kind):
                for used in user.references(*path):
                    index[used.key].append(user)
            self._indexes[kind, path] = index
        return list(index.get(resource.key, ()))

    def referring(self, resource: Resource) -> list[Resource]:
        """Return the resources that refer to a resource anywhere in their properties."""
        if self._referring is None:
            self._referring = defaultdict(list)
            for template in self.templates:
                for user in template.resources.values():
                    for used in _references(user):
                        self._referring[used].append(user)
        return list(self._referring.get(resource.key, ()))

    def remembered(self, compute: Callable[[App], T]) -> T:
        """Return the result of a function of the app, which is computed once."""
        if compute not in self.memo:
            self.memo[compute] = compute(self)
        found: T = self.memo[compute]
        return found

    def readable(self, text: str) -> str:
        """Return the text with construct paths instead of references."""

        def path(match: re.Match[str]) -> str:
            found, attribute = self._by_key.get(match.group(1)), match.group(2)
            return f"<{found or match.group(1)}{f'.{attribute}' if attribute else ''}>"

        return PLACEHOLDER.sub(path, text)

    def parsed(self, source: str) -> ast.Module:
        """Return the syntax tree of a module; cached, because several rules use it."""
        return syntax_tree(source)

    def nodes(self, source: str) -> list[ast.AST]:
        """Return all syntax nodes of a module, parents first; cached like the tree."""
        return _nodes(source)

    @cached_property
    def source_files(self) -> list[tuple[str, str]]:
        """The name and text of each of the app's Python modules."""
        if self.project is None:
            return []
        files = {file for pattern in self.sources for file in self.project.glob(pattern)}
        found: list[tuple[str, str]] = []
        for file in sorted(each for each in files if each.is_file()):
            name = file.relative_to(self.project).as_posix()
            try:
                text = file.read_text(encoding="utf-8")
                self.parsed(text)
            except (SyntaxError, ValueError, RecursionError) as error:
                reason = str(error).splitlines()[0]
                self.not_judged.append((name, f"is not a Python module: {reason}"))
            else:
                found.append((name, text))
        return found

    @cached_property
    def source(self) -> list[tuple[str, ast.AST]]:
        """All syntax nodes of the app's modules, with their location."""
        return [each for name, text in self.source_files for each in _placed(name, text)]

    def source_nodes(self, kind: type[Node]) -> Iterator[tuple[str, Node]]:
        """Yield the syntax nodes of one class in the app's modules, with their location."""
        for name, text in self.source_files:
            yield from _by_class(name, text).get(kind, ())  # type: ignore[misc]  # of this class


# Trees are never changed, so apps that are judged one after another share them.
@lru_cache(maxsize=512)
def syntax_tree(source: str) -> ast.Module:
    """Return the syntax tree of a module; cached."""
    return ast.parse(source)


@lru_cache(maxsize=512)
def _nodes(source: str) -> list[ast.AST]:
    return list(ast.walk(syntax_tree(source)))


@lru_cache(maxsize=512)
def _placed(name: str, source: str) -> list[tuple[str, ast.AST]]:
    return [(f"{name}:{getattr(node, 'lineno', 1)}", node) for node in _nodes(source)]


@lru_cache(maxsize=512)
def _by_class(name: str, source: str) -> dict[type[ast.AST], list[tuple[str, ast.AST]]]:
    found: dict[type[ast.AST], list[tuple[str, ast.AST]]] = defaultdict(list)
    for place, node in _placed(name, source):
        found[type(node)].append((place, node))
    return dict(found)


def _references(user: Resource) -> set[str]:
    """Return the keys of the resources to which a resource refers."""
    parts = [part for part in walk(user.properties) if isinstance(part, Intrinsic)]
    texts = [user.template.raw_text(part) for part in parts if not part.is_undecided]
    return {match.group(1) for text in texts for match in PLACEHOLDER.finditer(text)}


def _source_line(trace: Any) -> str | None:
    """Return the first line of a stack trace that is in the app, such as lib/stack.ts:12."""
    for line in trace if isinstance(trace, list) else ():
        found = re.search(r"([^\s(]+):(\d+):\d+", str(line))
        if found and "node_modules" not in found.group(1) and "node:" not in found.group(1):
            return f"{found.group(1)}:{found.group(2)}"
    return None
