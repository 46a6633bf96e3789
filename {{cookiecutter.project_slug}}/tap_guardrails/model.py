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
from collections.abc import Iterator
from functools import cache, cached_property
from pathlib import Path
from typing import Any, NoReturn

from tap_guardrails.regions import partition

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


class NotJudged(Exception):
    """A rule can't judge a resource, because only CloudFormation knows a value."""


class MissingHandler(NotJudged):
    """The handler is missing from the code of its function. TAP309 reports it."""


class Conditional:
    """An Fn::If or Fn::Transform of a template. Each use of its value raises NotJudged."""

    def __init__(self, value: object) -> None:
        self.said = shown(value)

    def judge(self, *_: object) -> NoReturn:
        """Raise NotJudged."""
        raise NotJudged(f"{self.said} is decided by CloudFormation; write the value in the app")

    __bool__ = __contains__ = __eq__ = __getattr__ = __getitem__ = __hash__ = judge
    __iter__ = __len__ = __lt__ = __str__ = judge


def shown(value: object) -> str:
    """Return the start of a value for a message."""
    return json.dumps(value, default=repr)[:80]


def settle(value: Any) -> Any:
    """Remove AWS::NoValue, and mark values that CloudFormation decides."""
    if isinstance(value, list):
        return [settle(item) for item in value if item != {"Ref": "AWS::NoValue"}]
    if isinstance(value, dict):
        if value.keys() & {"Fn::If", "Fn::Transform"}:
            return Conditional(value)
        return {key: settle(item) for key, item in value.items() if item != {"Ref": "AWS::NoValue"}}
    return value


def as_list(value: Any) -> list[Any]:
    """Return a policy's string or list, or an optional CloudFormation property, as a list."""
    return value if isinstance(value, list) else [] if value is None else [value]


@cache
def glob(pattern: str) -> re.Pattern[str]:
    return re.compile(re.escape(pattern).replace(r"\*", ".*").replace(r"\?", "."), re.DOTALL)


def covers(pattern: str, text: str) -> bool:
    """Return whether an IAM pattern (* and ?) matches a text."""
    return pattern == text or glob(pattern).fullmatch(text) is not None


class Resource:
    """One resource of one template."""

    def __init__(self, template: Template, logical_id: str, body: Any) -> None:
        if not isinstance(body, dict) or not isinstance(body.get("Type"), str):
            raise NotJudged(f"{logical_id} has no type")
        self.template, self.app, self.id, self.type = (
            template,
            template.app,
            logical_id,
            body["Type"],
        )
        self.body = settle(body)
        properties = self.body.get("Properties", {})
        if not isinstance(properties, dict):
            raise NotJudged(f"the properties of {logical_id} are not an object")
        self.properties: dict[str, Any] = properties
        if self.type == GLOBAL_TABLE:
            self.type, self.properties = "AWS::DynamoDB::Table", as_table(properties)
        self.key = f"{template.name}/{logical_id}"

    def __repr__(self) -> str:
        return self.path

    @property
    def path(self) -> str:
        """The construct path in the CDK's format."""
        return self.app.paths.get((self.template.name, self.id), f"{self.template.name}/{self.id}")

    def get(self, *path: str) -> Any:
        """Return the value at a property path, or None; it can contain references."""
        value: Any = self.properties
        for step in path:
            value = self.template.parameter(value)
            if value is None:
                return None
            if not isinstance(value, dict) or is_intrinsic(value):
                raise NotJudged(f"{'.'.join(path)} is {shown(value)}; write it in the app")
            value = value.get(step)
        if isinstance(value, Conditional):
            value.judge()
        return self.template.parameter(value)

    def plain(self, *path: str, default: Any = None) -> Any:
        """Return a number, boolean or string that is a literal in the template."""
        value = self.get(*path)
        if isinstance(value, dict | list):
            raise NotJudged(f"{'.'.join(path)} is {shown(value)}; write a literal")
        if isinstance(value, str) and (value.isdigit() or value in {"true", "false"}):
            return json.loads(value)
        return default if value is None else value

    def items(self, *path: str) -> list[Any]:
        """Return the elements of a list property."""
        value = self.get(*path)
        if isinstance(value, dict):
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

    def depends(self) -> set[str]:
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


def is_intrinsic(value: Any) -> bool:
    return (
        isinstance(value, dict)
        and len(value) == 1
        and (k := next(iter(value)))
        and (k == "Ref" or "Fn::" in k)
    )


class Template:
    """One stack, nested or not."""

    def __init__(self, app: App, file: Path, artifact: dict[str, Any]) -> None:
        self.app, self.file, self.name = app, file, file.name
        properties = artifact["properties"]
        self.tags: dict[str, str] = properties.get("tags") or {}
        self.protected = bool(properties.get("terminationProtection"))
        self.body: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
        self.given: dict[str, str] = {}  # parameters from a parent stack
        self.nested: dict[str, Template] = {}
        stack_name = properties.get("stackName") or artifact.get("displayName", self.name)
        if file.name != Path(properties["templateFile"]).name:
            stack_name += "-nested"
        self.pseudo: dict[str, str] = {
            "AWS::StackName": stack_name,
            **place(artifact.get("environment", "")),
        }
        resources = self.body.get("Resources", {})
        if self.body.get("Transform") or "Fn::Transform" in resources:
            raise NotJudged("has a Transform, whose result is not known at synth")
        self.resources = {name: Resource(self, name, body) for name, body in resources.items()}
        self.outputs: dict[str, Any] = settle(self.body.get("Outputs", {}))

    def parameter(self, value: Any) -> Any:
        """Return the value of a parameter, from the parent stack or its default."""
        if isinstance(value, dict) and list(value) == ["Ref"] and isinstance(value["Ref"], str):
            declared = self.body.get("Parameters", {}).get(value["Ref"], {})
            if value["Ref"] in self.given:
                return self.given[value["Ref"]]
            if "Default" in declared and not str(declared.get("Type")).startswith("AWS::SSM"):
                return declared["Default"]
        return value

    def fill(self, text: str) -> str:
        """Replace known pseudo parameters in a text."""
        if "${AWS::" in text:
            for name, value in self.pseudo.items():
                text = text.replace(f"${{{name}}}", value)
        return text

    def text(self, value: Any) -> str:
        """Return the value as comparable text."""
        value = self.parameter(value)
        if value is None:
            return ""
        if isinstance(value, bool):
            return str(value).lower()
        if isinstance(value, str | int | float):
            return self.fill(str(value))
        if isinstance(value, list):
            return ",".join(self.text(item) for item in value)
        if is_intrinsic(value):
            return self._intrinsic(*next(iter(value.items())))
        return json.dumps(value, sort_keys=True, default=str)

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
        return f"{kind}({json.dumps(argument, sort_keys=True, default=str)})"

    def _choices(self, choices: Any) -> list[str]:
        match choices:
            case {"Fn::Split": [str(separator), value]}:
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
        given = self.parameter({"Ref": name})
        if name not in self.resources and given != {"Ref": name}:
            return self.text(given)
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
    """

    def __init__(
        self, directory: Path, project: Path | None = None, context: dict[str, Any] | None = None
    ) -> None:
        self.directory, self.project, self.context = directory, project, context
        self.templates: list[Template] = []
        self.not_judged: list[tuple[str, str]] = []  # template or construct path, and the reason
        self.paths: dict[tuple[str, str], str] = {}  # construct path by template and logical id
        self.acknowledged: list[tuple[str, str, str]] = []  # construct path, rule id, reason
        self.roots: set[str] = {""}  # construct paths of stacks and stages
        self.stacks: set[str] = set()  # construct paths of stacks
        self.unread_stacks: set[str] = set()  # construct paths of stacks in `not_judged`
        self.assets: dict[str, Path] = {}
        self.missing: list[Any] = []
        self._parsed: dict[str, ast.Module] = {}
        self._read(directory)
        self._by_type: dict[str, list[Resource]] = defaultdict(list)
        self._by_key: dict[str, Resource] = {}
        for template in self.templates:
            for resource in template.resources.values():
                self._by_type[resource.type].append(resource)
                self._by_key[resource.key] = resource
        for resource in self.resources("AWS::CloudFormation::Stack"):
            try:
                self._nest(resource)
            except NotJudged as reason:
                self.not_judged.append((resource.path, str(reason)))

    def _read(self, directory: Path) -> None:
        manifest = json.loads((directory / "manifest.json").read_text(encoding="utf-8"))
        self.missing += manifest.get("missing") or []
        for artifact in manifest.get("artifacts", {}).values():
            properties = artifact.get("properties", {})
            if artifact["type"] == "cdk:cloud-assembly":
                self.roots.add(properties.get("displayName", ""))
                self._read(directory / properties["directoryName"])
            elif artifact["type"] == "cdk:asset-manifest":
                text = (directory / properties["file"]).read_text(encoding="utf-8")
                for key, file in json.loads(text).get("files", {}).items():
                    self.assets[key] = directory / file["source"].get("path", "")
            elif artifact["type"] == "aws:cloudformation:stack":
                self._read_stack(directory, artifact)

    def _read_stack(self, directory: Path, artifact: dict[str, Any]) -> None:
        metadata, extra = artifact.get("metadata", {}), artifact.get("additionalMetadataFile")
        if extra:
            metadata = json.loads((directory / extra).read_text(encoding="utf-8"))
        entries = [(path.strip("/"), e["type"], e.get("data")) for path in metadata
                   for e in metadata[path]]  # fmt: skip
        own = Path(artifact["properties"]["templateFile"]).name
        files = {p: Path(data).name for p, kind, data in entries if kind == "aws:cdk:templateFile"}
        files = files or {str(artifact.get("displayName")): own}
        self.roots |= files.keys()
        self.stacks |= files.keys()
        for path, kind, data in entries:
            if kind == "aws:cdk:acknowledged-rules":
                self.acknowledged += [(path, rule, reason) for rule, reason in data.items()]
            elif kind == "aws:cdk:logicalId":
                owners = [root for root in files if f"{path}/".startswith(f"{root}/")]
                self.paths[files[max(owners, key=len)] if owners else own, data] = path
        for file in dict.fromkeys((own, *files.values())):
            try:
                self.templates.append(Template(self, directory / file, artifact))
            except NotJudged as reason:
                self.not_judged.append((file, str(reason)))
                self.unread_stacks |= {path for path, name in files.items() if name == file}

    def _nest(self, resource: Resource) -> None:
        """Link a nested stack to its template, which is an asset."""
        url = resource.text("TemplateURL")
        files = [file for key, file in self.assets.items() if key in url]
        children = [template for template in self.templates if template.file in files]
        if not children:
            if any(file.name == name for file in files for name, _ in self.not_judged):
                return
            raise NotJudged(f"its template {url[-80:]!r} is not in the assembly")
        resource.template.nested[resource.id] = children[0]
        given = resource.get("Parameters") or {}
        children[0].given |= {name: resource.template.text(v) for name, v in given.items()}

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
        helpers = [each.target("ServiceToken") for each in custom]
        return [f for f in self.resources("AWS::Lambda::Function") if f not in helpers]

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
        return [user for user in self.resources(kind) if resource in self._named_in(user, *path)]

    def _named_in(self, user: Resource, *path: str) -> list[Resource]:
        found = (self.named(user.template.text(item)) for item in as_list(user.get(*path)))
        return [each for each in found if each]

    def readable(self, text: str) -> str:
        """Return the text with construct paths instead of references."""

        def path(match: re.Match[str]) -> str:
            found, attribute = self._by_key.get(match.group(1)), match.group(2)
            return f"<{found or match.group(1)}{f'.{attribute}' if attribute else ''}>"

        return PLACEHOLDER.sub(path, text)

    def parsed(self, source: str) -> ast.Module:
        """Return the syntax tree of a module; cached, because several rules use it."""
        if source not in self._parsed:
            self._parsed[source] = ast.parse(source)
        return self._parsed[source]

    @cached_property
    def source(self) -> list[tuple[str, ast.AST]]:
        """All syntax nodes of the modules in the project's infra folder, with their location."""
        if self.project is None:
            return []
        found: list[tuple[str, ast.AST]] = []
        for file in sorted((self.project / "infra").rglob("*.py")):
            name = file.relative_to(self.project).as_posix()
            for node in ast.walk(self.parsed(file.read_text(encoding="utf-8"))):
                found.append((f"{name}:{getattr(node, 'lineno', 1)}", node))
        return found
