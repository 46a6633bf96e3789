"""A cloud assembly as data: stacks, resources, references and policies, without one call into the CDK.

References are compared as text: each becomes ``${template/LogicalId}`` or
``${template/LogicalId.Attribute}``, wherever it stands (Ref, GetAtt, Join, Sub, a nested stack's
parameter or output, an export), so that two ways to write an ARN are equal when they name the same
resource. What only CloudFormation can know raises NotJudged.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterator
from functools import cache, cached_property
from pathlib import Path
from typing import Any, NoReturn

PLACEHOLDER = re.compile(r"\$\{([^}/]+/[^}.]+)(?:\.([^}]+))?\}")
PARTITIONS = {"cn-": "aws-cn", "us-gov-": "aws-us-gov"}
# How an ARN is written by hand; 0 stands for the Ref of the resource, 1 for its QueueName or TopicName.
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
}
NAMES = {"AWS::S3::Bucket": "BucketName", "AWS::SQS::Queue": "QueueName", "AWS::SNS::Topic": "TopicName",
         "AWS::DynamoDB::Table": "TableName", "AWS::Lambda::Function": "FunctionName", "AWS::IAM::Role": "RoleName",
         "AWS::Logs::LogGroup": "LogGroupName", "AWS::CloudTrail::Trail": "TrailName",
         "AWS::Events::Rule": "Name"}  # fmt: skip


class NotJudged(Exception):
    """A value that is known only when CloudFormation runs; whoever meets it says so instead of guessing."""


class Elsewhere(NotJudged):
    """A value without which this can't be judged, and whose absence is another rule's finding."""


class Undecided:
    """Stands for Fn::If and Fn::Transform in a template: any use of it raises NotJudged."""

    def __init__(self, value: object) -> None:
        self.__dict__["said"] = json.dumps(value)[:80]

    def _raise(self, *_: object) -> NoReturn:
        raise NotJudged(
            f"{self.__dict__['said']} is decided by CloudFormation; write the value in the app"
        )

    __getattr__ = __getitem__ = __iter__ = __eq__ = __bool__ = __contains__ = __len__ = __lt__ = (
        __str__
    ) = _raise  # type: ignore[assignment]
    __hash__ = _raise  # type: ignore[assignment]


def settle(value: Any) -> Any:
    """Drop AWS::NoValue, and mark what CloudFormation decides."""
    if isinstance(value, list):
        return [settle(item) for item in value if item != {"Ref": "AWS::NoValue"}]
    if isinstance(value, dict):
        if value.keys() & {"Fn::If", "Fn::Transform"}:
            return Undecided(value)
        return {key: settle(item) for key, item in value.items() if item != {"Ref": "AWS::NoValue"}}
    return value


def as_list(value: Any) -> list[Any]:
    """A policy's string-or-list, and CloudFormation's property that may be absent, as a list."""
    return value if isinstance(value, list) else [] if value is None else [value]


@cache
def glob(pattern: str) -> re.Pattern[str]:
    return re.compile(re.escape(pattern).replace(r"\*", ".*").replace(r"\?", "."), re.DOTALL)


def covers(pattern: str, text: str) -> bool:
    """Whether an IAM pattern (* and ?) covers a text."""
    return pattern == text or glob(pattern).fullmatch(text) is not None


class Resource:
    """One resource of one template."""

    def __init__(self, template: Template, logical_id: str, body: Any) -> None:
        if not isinstance(body, dict) or not isinstance(body.get("Type"), str):
            raise NotJudged(f"{template.name}: {logical_id} has no type")
        self.template, self.app, self.id, self.type = (
            template,
            template.app,
            logical_id,
            body["Type"],
        )
        self.body = settle(body)
        properties = self.body.get("Properties", {})
        if not isinstance(properties, dict):
            raise NotJudged(f"{template.name}: the properties of {logical_id} are not an object")
        self.properties: dict[str, Any] = properties
        self.key = f"{template.name}/{logical_id}"

    def __repr__(self) -> str:
        return self.path

    @property
    def path(self) -> str:
        """The construct path, as the CDK prints it."""
        return self.app.paths.get((self.template.name, self.id), f"{self.template.name}/{self.id}")

    def get(self, *path: str) -> Any:
        """The value at a path of properties, or None. It may hold references; see text, plain and target."""
        value: Any = self.properties
        for step in path:
            value = self.template.parameter(value)
            if value is None:
                return None
            if not isinstance(value, dict) or is_intrinsic(value):
                raise NotJudged(
                    f"{'.'.join(path)} is {json.dumps(value, default=str)[:80]}; write it in the app"
                )
            value = value.get(step)
        return self.template.parameter(value)

    def plain(self, *path: str, default: Any = None) -> Any:
        """A number, boolean or word that stands in the template as such."""
        value = self.get(*path)
        if isinstance(value, dict | list):
            raise NotJudged(
                f"{'.'.join(path)} is {json.dumps(value, default=str)[:80]}; write a literal"
            )
        if isinstance(value, str) and (value.isdigit() or value in {"true", "false"}):
            return json.loads(value)
        return default if value is None else value

    def items(self, *path: str) -> list[Any]:
        """The elements of a list property."""
        value = self.get(*path)
        if isinstance(value, dict):
            raise NotJudged(
                f"{'.'.join(path)} is {json.dumps(value, default=str)[:80]}; write a list"
            )
        return as_list(value)

    def text(self, *path: str) -> str:
        """The value as comparable text, '' when it is absent."""
        return self.template.text(self.get(*path))

    def target(self, *path: str) -> Resource | None:
        """The resource that a property names."""
        return self.app.named(self.text(*path))

    def targets(self, *path: str) -> list[Resource]:
        """The resources that a list property names."""
        found = (self.app.named(self.template.text(item)) for item in self.items(*path))
        return [item for item in found if item]

    def depends(self) -> set[str]:
        return set(as_list(self.body.get("DependsOn")))

    @cached_property
    def physical_name(self) -> str:
        """The name as text: the one given, or a generated one."""
        given = self.text(NAMES[self.type]) if self.type in NAMES else ""
        return given or f"${{{self.key}}}"

    @cached_property
    def arns(self) -> tuple[str, ...]:
        """Every text that means this resource's ARN."""
        own = [f"${{{self.key}.Arn}}", f"${{{self.key}}}", f"${{{self.key}.TopicArn}}"]
        if self.type in ARNS:
            names = {f"${{{self.key}}}", self.physical_name}
            short = {self.physical_name} | {
                f"${{{self.key}.{n}}}" for n in ("QueueName", "TopicName")
            }
            for name in sorted(short if "{1}" in ARNS[self.type] else names):
                own.append(self.template.fill(ARNS[self.type].format(name, name, p="${AWS::Partition}",
                    r="${AWS::Region}", a="${AWS::AccountId}")))  # fmt: skip
        return tuple(own)


def is_intrinsic(value: Any) -> bool:
    return (
        isinstance(value, dict)
        and len(value) == 1
        and (k := next(iter(value)))
        and (k == "Ref" or "Fn::" in k)
    )


class Template:
    """One stack, nested or not."""

    def __init__(
        self, app: App, file: Path, environment: str, stack_name: str, tags: Any, protected: bool
    ) -> None:
        self.app, self.file, self.name, self.tags, self.protected = (
            app,
            file,
            file.name,
            tags or {},
            protected,
        )
        self.body: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
        account, _, region = environment.removeprefix("aws://").partition("/")
        self.region = "" if region.startswith("unknown") else region
        partition = next(
            (p for start, p in PARTITIONS.items() if self.region.startswith(start)), "aws"
        )
        self.pseudo = {"AWS::StackName": stack_name}
        if self.region:
            self.pseudo |= {"AWS::Region": self.region, "AWS::Partition": partition}
            self.pseudo["AWS::URLSuffix"] = "amazonaws.com" + ".cn" * (partition == "aws-cn")
        if account and not account.startswith("unknown"):
            self.pseudo["AWS::AccountId"] = account
        self.given: dict[str, str] = {}  # what a parent stack passes to this nested one
        self.nested: dict[str, Template] = {}
        if self.body.get("Transform") or "Fn::Transform" in self.body.get("Resources", {}):
            raise NotJudged(
                f"{self.name} has a Transform: what it becomes is known to CloudFormation only"
            )
        self.resources = {
            i: Resource(self, i, body) for i, body in self.body.get("Resources", {}).items()
        }
        self.outputs: dict[str, Any] = settle(self.body.get("Outputs", {}))

    def parameter(self, value: Any) -> Any:
        """The value of a parameter, when the parent or its default gives one."""
        if isinstance(value, dict) and list(value) == ["Ref"]:
            declared = self.body.get("Parameters", {}).get(value["Ref"], {})
            if value["Ref"] in self.given:
                return self.given[value["Ref"]]
            if "Default" in declared and not str(declared.get("Type")).startswith("AWS::SSM"):
                return declared["Default"]
        return value

    def fill(self, text: str) -> str:
        """Put known pseudo parameters into a text."""
        for name, value in self.pseudo.items():
            text = text.replace(f"${{{name}}}", value)
        return text

    def text(self, value: Any) -> str:
        """The value as comparable text."""
        value = self.parameter(value)
        if value is None:
            return ""
        if isinstance(value, bool):
            return str(value).lower()
        if isinstance(value, str | int | float):
            return (
                self.fill(str(value))
                if isinstance(value, str) and "${AWS::" in value
                else str(value)
            )
        if isinstance(value, list):
            return ",".join(self.text(item) for item in value)
        kind, argument = next(iter(value.items()), ("", None))
        if len(value) != 1 or not (kind == "Ref" or "Fn::" in kind):
            return json.dumps(value, sort_keys=True, default=str)
        return self._intrinsic(kind, argument)

    def _intrinsic(self, kind: str, argument: Any) -> str:
        match kind, argument:
            case "Ref", str(name):
                return self.reference(name)
            case "Fn::GetAtt", str(name):
                return self.reference(name)
            case "Fn::GetAtt", [str(name), str(attribute)]:
                return self.reference(f"{name}.{attribute}")
            case "Fn::Join", [str(separator), list(parts)]:
                return separator.join(self.text(part) for part in parts)
            case "Fn::Sub", str(pattern):
                return self._substitute(pattern, {})
            case "Fn::Sub", [str(pattern), dict(variables)]:
                return self._substitute(pattern, variables)
            case "Fn::Select", [index, [*parts]] if str(index).isdigit() and int(index) < len(
                parts
            ):
                return self.text(parts[int(index)])
            case "Fn::Select", [index, {"Fn::Split": [str(separator), inner]}] if str(
                index
            ).isdigit():
                parts = self.text(inner).split(separator)
                if int(index) < len(parts):
                    return parts[int(index)]
            case "Fn::ImportValue", name:
                return self.app.exports.get(self.text(name), f"import {self.text(name)}")
            case "Fn::GetStackOutput", {"StackName": stack, "OutputName": str(output)}:
                return self.app.stack_output(self.text(stack), output)
        return f"{kind}({json.dumps(argument, sort_keys=True, default=str)})"

    def _substitute(self, pattern: str, variables: dict[str, Any]) -> str:
        def value(match: re.Match[str]) -> str:
            name = match.group(1)
            return self.text(variables[name]) if name in variables else self.reference(name)

        return re.sub(r"\$\{!([^}]*)\}", r"${\1}", re.sub(r"\$\{([^!}][^}]*)\}", value, pattern))

    def reference(self, name: str) -> str:
        """The text of a Ref (``Name``) or GetAtt (``Name.Attribute``)."""
        if name.startswith("AWS::"):
            return self.pseudo.get(name, f"${{{name}}}")
        logical, _, attribute = name.partition(".")
        if attribute.startswith("Outputs.") and logical in self.nested:
            child = self.nested[logical]
            return child.text(
                child.outputs.get(attribute.removeprefix("Outputs."), {}).get("Value")
            )
        if (
            not attribute
            and logical not in self.resources
            and self.parameter({"Ref": name}) != {"Ref": name}
        ):
            return self.text({"Ref": name})
        return f"${{{self.name}/{name}}}"


class App:
    """Everything that one synth wrote: all stacks, those of stages and the nested ones too.

    Raises NotJudged when a template can't be read as CloudFormation will see it.
    """

    def __init__(
        self, directory: Path, project: Path | None = None, context: dict[str, Any] | None = None
    ) -> None:
        self.directory, self.project, self.context = directory, project, context
        self.templates: list[Template] = []
        self.paths: dict[tuple[str, str], str] = {}
        self.acknowledged: list[tuple[str, str, str]] = []  # construct path, rule id, reason
        self.roots: set[str] = {""}  # construct paths of stacks and stages
        self.assets: dict[str, Path] = {}
        self.missing: list[Any] = []
        self._assembly(directory)
        self._by_type: dict[str, list[Resource]] = defaultdict(list)
        self._by_key: dict[str, Resource] = {}
        for template in self.templates:
            for resource in template.resources.values():
                self._by_type[resource.type].append(resource)
                self._by_key[resource.key] = resource
        for template in self.templates:
            for resource in template.resources.values():
                self._nest(template, resource)

    def _assembly(self, directory: Path) -> None:
        manifest = json.loads((directory / "manifest.json").read_text(encoding="utf-8"))
        self.missing += manifest.get("missing") or []
        nested: list[tuple[Path, dict[str, Any]]] = []
        for artifact in manifest.get("artifacts", {}).values():
            properties = artifact.get("properties", {})
            if artifact["type"] == "cdk:cloud-assembly":
                self.roots.add(properties.get("displayName", ""))
                self._assembly(directory / properties["directoryName"])
            elif artifact["type"] == "cdk:asset-manifest":
                files = json.loads(
                    (directory / properties["file"]).read_text(encoding="utf-8")
                ).get("files", {})
                self.assets |= {
                    key: directory / f["source"]["path"]
                    for key, f in files.items()
                    if "path" in f["source"]
                }
            elif artifact["type"] == "aws:cloudformation:stack":
                nested.append((directory, artifact))
        for folder, artifact in nested:
            self._stack(folder, artifact)

    def _stack(self, directory: Path, artifact: dict[str, Any]) -> None:
        properties, environment = artifact["properties"], artifact.get("environment", "")
        name = properties.get("stackName") or artifact.get(
            "displayName", properties["templateFile"]
        )
        extra, protected = (
            artifact.get("additionalMetadataFile"),
            bool(properties.get("terminationProtection")),
        )
        metadata = (
            json.loads((directory / extra).read_text(encoding="utf-8"))
            if extra
            else artifact.get("metadata", {})
        )
        files: dict[str, str] = {}
        for path, entries in metadata.items():
            for entry in entries:
                if entry["type"] == "aws:cdk:templateFile":
                    files[path] = Path(entry["data"]).name
                elif entry["type"] == "aws:cdk:acknowledged-rules":
                    self.acknowledged += [
                        (path.strip("/"), rule, reason) for rule, reason in entry["data"].items()
                    ]
        files = files or {next(iter(metadata), ""): Path(properties["templateFile"]).name}
        self.roots |= {path.strip("/") for path in files}
        for path, entries in metadata.items():
            owner = max(
                (root for root in files if f"{path}/".startswith(f"{root}/")), key=len, default=None
            )
            for entry in entries:
                if entry["type"] == "aws:cdk:logicalId" and owner is not None:
                    self.paths[files[owner], entry["data"]] = path.strip("/")
        for file in sorted({Path(properties["templateFile"]).name, *files.values()}):
            top = file == Path(properties["templateFile"]).name
            self.templates.append(Template(self, directory / file, environment, name if top else f"{name}-nested",
                properties.get("tags"), protected))  # fmt: skip

    def _nest(self, template: Template, resource: Resource) -> None:
        if resource.type != "AWS::CloudFormation::Stack":
            return
        url = template.text(resource.properties.get("TemplateURL"))
        child = next(
            (
                t
                for key, file in self.assets.items()
                if key in url
                for t in self.templates
                if t.file == file
            ),
            None,
        )
        if child is None:
            raise NotJudged(f"{resource.path}: its template {url[-80:]!r} is not in the assembly")
        template.nested[resource.id] = child
        child.given |= {k: template.text(v) for k, v in (resource.get("Parameters") or {}).items()}

    @cached_property
    def exports(self) -> dict[str, str]:
        """Exported values by the text of their name."""
        return {t.text(output["Export"]["Name"]): t.text(output.get("Value"))
                for t in self.templates for output in t.outputs.values() if "Export" in output}  # fmt: skip

    def stack_output(self, stack: str, output: str) -> str:
        for template in self.templates:
            if template.pseudo["AWS::StackName"] == stack and output in template.outputs:
                return template.text(template.outputs[output].get("Value"))
        return f"output {stack}.{output}"

    def resources(self, *types: str) -> Iterator[Resource]:
        """The resources of these types; a type that ends with * means all that start so."""
        for kind in types:
            if kind.endswith("*"):
                yield from (
                    r
                    for k, group in self._by_type.items()
                    if k.startswith(kind[:-1])
                    for r in group
                )
            else:
                yield from self._by_type.get(kind, [])

    def named(self, text: str) -> Resource | None:
        """The first resource that a text refers to."""
        for match in PLACEHOLDER.finditer(text):
            if match.group(1) in self._by_key:
                return self._by_key[match.group(1)]
        return self._by_arn.get(text) if text.startswith("arn:") else None

    @cached_property
    def _by_arn(self) -> dict[str, Resource]:
        return {arn: r for kind in ARNS for r in self._by_type.get(kind, []) for arn in r.arns}

    def readable(self, text: str) -> str:
        """The text with construct paths instead of references."""

        def path(match: re.Match[str]) -> str:
            found = self._by_key.get(match.group(1))
            return f"<{found.path if found else match.group(1)}{'.' + match.group(2) if match.group(2) else ''}>"

        return PLACEHOLDER.sub(path, text)

    def users(self, resource: Resource, kind: str, *path: str) -> list[Resource]:
        """The resources of a type whose property names this resource."""
        return [user for user in self.resources(kind) if resource in self._named_in(user, *path)]

    def _named_in(self, user: Resource, *path: str) -> list[Resource]:
        value = user.get(*path)
        return [r for item in as_list(value) if (r := self.named(user.template.text(item)))]
