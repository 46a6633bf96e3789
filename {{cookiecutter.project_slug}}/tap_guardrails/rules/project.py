"""TAP6xx: resources are tagged and in outputs, versions are pinned, and sources are portable."""

from __future__ import annotations

import ast
import json
import os
import re
import tomllib
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path

from tap_guardrails.invoked import aliases
from tap_guardrails.model import PLACEHOLDER, App, Resource
from tap_guardrails.references import names_stack
from tap_guardrails.rule import Fault, rule
from tap_guardrails.seal import changes
from tap_guardrails.values import Intrinsic, walk

WEAK = "Fn::GetStackOutput"
TAGS = {"Project", "Owner", "Environment"}
# Taggable types that are billed or store data; outputs must contain them.
KEYS = (
    "AWS::AmazonMQ::Broker",
    "AWS::ApiGateway::RestApi",
    "AWS::ApiGatewayV2::Api",
    "AWS::AppRunner::Service",
    "AWS::AppSync::GraphQLApi",
    "AWS::Batch::JobQueue",
    "AWS::CloudFront::Distribution",
    "AWS::CloudTrail::Trail",
    "AWS::CodeBuild::Project",
    "AWS::CodePipeline::Pipeline",
    "AWS::Cognito::UserPool",
    "AWS::DAX::Cluster",
    "AWS::DMS::ReplicationInstance",
    "AWS::DocDB::DBCluster",
    "AWS::DynamoDB::Table",
    "AWS::EC2::Instance",
    "AWS::EC2::VPC",
    "AWS::ECR::Repository",
    "AWS::ECS::Cluster",
    "AWS::ECS::Service",
    "AWS::EFS::FileSystem",
    "AWS::EKS::Cluster",
    "AWS::EMR::Cluster",
    "AWS::EMRServerless::Application",
    "AWS::ElastiCache::CacheCluster",
    "AWS::ElastiCache::ReplicationGroup",
    "AWS::ElastiCache::ServerlessCache",
    "AWS::ElasticLoadBalancingV2::LoadBalancer",
    "AWS::Elasticsearch::Domain",
    "AWS::FSx::FileSystem",
    "AWS::Glue::Job",
    "AWS::KMS::Key",
    "AWS::Kinesis::Stream",
    "AWS::KinesisAnalyticsV2::Application",
    "AWS::KinesisFirehose::DeliveryStream",
    "AWS::Lambda::Function",
    "AWS::MSK::Cluster",
    "AWS::MSK::ServerlessCluster",
    "AWS::MWAA::Environment",
    "AWS::MemoryDB::Cluster",
    "AWS::Neptune::DBCluster",
    "AWS::OpenSearchServerless::Collection",
    "AWS::OpenSearchService::Domain",
    "AWS::RDS::DBCluster",
    "AWS::RDS::DBInstance",
    "AWS::RDS::DBProxy",
    "AWS::Redshift::Cluster",
    "AWS::RedshiftServerless::Workgroup",
    "AWS::S3::Bucket",
    "AWS::SNS::Topic",
    "AWS::SQS::Queue",
    "AWS::SageMaker::Endpoint",
    "AWS::SageMaker::NotebookInstance",
    "AWS::SecretsManager::Secret",
    "AWS::StepFunctions::StateMachine",
    "AWS::Timestream::Table",
    "AWS::Transfer::Server",
)
TAGGED = (
    *KEYS,
    "AWS::ApiGateway::Stage",
    "AWS::ApiGatewayV2::Stage",
    "AWS::AutoScaling::AutoScalingGroup",
    "AWS::EC2::NatGateway",
    "AWS::EC2::SecurityGroup",
    "AWS::EC2::Subnet",
    "AWS::EC2::Volume",
    "AWS::ECS::TaskDefinition",
    "AWS::EKS::Nodegroup",
    "AWS::IAM::Role",
    "AWS::Logs::LogGroup",
    "AWS::WAFv2::WebACL",
)
# Functions that take an asset path, and functions that need Docker.
ASSETS = {"Asset", "asset", "from_asset"}
DOCKER = {"DockerImageAsset", "PythonFunction", "from_docker_build", "from_image_asset"}
# https://packaging.python.org/en/latest/specifications/dependency-specifiers/
LIBRARY = re.compile(
    r"aws[-_.]cdk[-_.]lib(?![-\w.])\s*(?:\[[^]]*\])?(?P<versions>[^;@]*)(?P<url>@?)", re.IGNORECASE
)
EXACT = re.compile(r"={2,3}\s*\d[\w.+!]*")
STRICT = (
    "@aws-cdk/core:annotationsInValidationReport",
    "@aws-cdk/core:validateAgainstDefaultRules",
)


@rule("TAP601", "silent", *TAGGED, profile="house")
def resources_are_tagged(resource: Resource) -> Iterator[str]:
    """Billed resources and data have the tags Project, Owner and Environment.

    Untagged costs can't be allocated. The tags of a stack reach every resource that can have tags.
    Limits: The values of the tags are not judged.
    https://docs.aws.amazon.com/cdk/v2/guide/tagging.html

        tags={"Project": "orders", "Owner": "platform-team", "Environment": "dev"},  # of the stack
    """
    if missing := TAGS - set(resource.template.tags) - _tags(resource):
        yield f"has no tag {', '.join(sorted(missing))}"


def _tags(resource: Resource) -> set[str]:
    """Return the tag keys of a resource: a list or an object named Tags, UserPoolTags...

    DynamoDB's global tables have them in each replica, which the model merges.
    """
    names: set[str] = set()
    for name in resource.properties:
        tags = resource.get(name) if name.endswith("Tags") else None
        if isinstance(tags, dict):
            names |= set(tags)
        elif isinstance(tags, list):
            found = (tag.get("Key", tag.get("TagKey")) for tag in tags if isinstance(tag, dict))
            names |= {resource.template.text(key) for key in found}
    return names


@rule("TAP602", "silent", profile="house")
def stacks_are_tagged(app: App) -> Iterator[tuple[str, str]]:
    """Stacks have the tags Project, Owner and Environment.

    CloudFormation propagates stack tags to all resources, including those that CDK can't tag.
    Tags.of() does not tag the stack.
    Limits: The values of the tags are not judged.
    https://docs.aws.amazon.com/cdk/v2/guide/tagging.html

        tags={"Project": "orders", "Owner": "platform-team", "Environment": "dev"},
    """
    for template in app.templates:
        if missing := TAGS - set(template.tags):
            yield (
                template.pseudo["AWS::StackName"],
                f"the stack has no tag {', '.join(sorted(missing))}",
            )


# The ARN of a resource, in the code of an app.
ARN_CODE = {
    "AWS::CloudTrail::Trail": "trail.trail_arn",
    "AWS::Cognito::UserPool": "user_pool.user_pool_arn",
    "AWS::DynamoDB::Table": "table.table_arn",
    "AWS::EC2::VPC": "vpc.vpc_arn",
    "AWS::KMS::Key": "key.key_arn",
    "AWS::Kinesis::Stream": "stream.stream_arn",
    "AWS::Lambda::Function": "function.function_arn",
    "AWS::S3::Bucket": "bucket.bucket_arn",
    "AWS::SNS::Topic": "topic.topic_arn",
    "AWS::SQS::Queue": "queue.queue_arn",
    "AWS::StepFunctions::StateMachine": "state_machine.state_machine_arn",
}


@rule("TAP603", "silent", *KEYS, profile="house")
def key_resources_are_outputs(resource: Resource) -> Iterator[str | Fault]:
    """Outputs contain the ARN of each key resource.

    Anyone who deploys, calls or debugs the service has to search the console.
    Limits: An output of another attribute, such as the name, counts as well.
    https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/outputs-section-structure.html

        cdk.CfnOutput(self, "UploadsArn", value=bucket.bucket_arn)
    """
    if resource.type == "AWS::Lambda::Function" and resource not in resource.app.own_functions:
        return
    texts = resource.app.remembered(_output_texts)
    names = [
        f"${{{resource.key}}}",
        f"${{{resource.key}.",
        *(a for a in resource.arns if a.startswith("arn:")),
        *(f"${{{alias.key}" for alias in aliases(resource)),
    ]
    if not any(name in text for name in names for text in texts):
        detail, value = "is not in any output", ARN_CODE.get(resource.type)
        name = resource.path.removesuffix("/Resource").rpartition("/")[2]
        code = f'cdk.CfnOutput(self, "{name}Arn", value={value})'
        yield Fault(resource, detail, code) if value else detail


def _output_texts(app: App) -> list[str]:
    """Return the values of all outputs."""
    return [t.text(output.get("Value")) for t in app.templates for output in t.outputs.values()]


@rule("TAP604", "deploy", profile="house")
def environments_export_nothing(app: App) -> Iterator[tuple[Resource | str, str]]:
    """Outputs have no fixed export names, and stacks read no weak references.

    Export names are unique in an account and Region: the second environment fails with "already
    exported", unless the name contains that of the stack. A weak reference lets you delete the
    stack that owns the data while other stacks still read it.
    Limits: Imports of other apps' exports are not judged.
    https://github.com/aws/aws-cdk/issues/37824

        - export_name=...,  # and keep what belongs together in one stack
    """
    for template in app.templates:
        for name, output in template.outputs.items():
            exported = template.text((output.get("Export") or {}).get("Name"))
            if exported and not (names_stack(template, exported) or PLACEHOLDER.search(exported)):
                stack = template.pseudo["AWS::StackName"]
                yield stack, f"output {name} is exported as {exported!r}"
        for resource in template.resources.values():
            if any(isinstance(v, Intrinsic) and v.kind == WEAK for v in walk(resource.properties)):
                yield resource, "reads an output of another stack through a weak reference"


@rule("TAP605", "silent", profile="house")
def context_is_the_projects(app: App) -> Iterator[tuple[str, str]]:
    """The app has the context of cdk.json, whose flags let errors fail the synth.

    Only the CDK CLI passes feature flags to the app: without them, tests and plain Python check a
    different template.
    Limits: Checked by the CDK plugin only; the command line does not know the app's context.
    https://github.com/aws/aws-cdk/issues/17553

        app = cdk.App(analytics_reporting=False, context=context, outdir=outdir)  # of cdk.json
        # or, in cdk.json
        "@aws-cdk/core:annotationsInValidationReport": true,
    """
    if app.context is not None and os.environ.get("CDK_VALIDATION") == "false":
        yield "CDK_VALIDATION", "is 'false', which skips CDK validation; unset it"
    file = app.project / "cdk.json" if app.project else None
    if file is None or not file.is_file() or app.context is None:
        return
    wanted = json.loads(file.read_text(encoding="utf-8")).get("context", {})
    for flag in STRICT:
        if wanted.get(flag) is not True:
            yield "cdk.json", f"{flag} is not true: errors do not fail the synth"
    for name, value in wanted.items():
        if app.context.get(name) != value:
            yield "cdk.json", f"{name} is {value!r} here, and {app.context.get(name)!r} in the app"
            return


@rule("TAP606", "deploy", profile="house")
def versions_are_pinned(app: App) -> Iterator[tuple[str, str]]:
    """The CDK CLI and aws-cdk-lib are pinned exactly.

    npm's latest aws-cdk was accidentally 3.0.0 twice, and a CLI older than the library can't read
    its assembly.
    Limits: Only package.json, pyproject.toml and requirements/*.in are read.
    https://github.com/aws/aws-cdk/issues/38113

        "aws-cdk": "2.x.y"  # in package.json, as package-lock.json has it
        # or, in the file that the finding names, as the lock has it
        aws-cdk-lib==2.x.y
    """
    if app.project is None:
        return
    package = app.project / "package.json"
    if package.is_file():
        data = json.loads(package.read_text(encoding="utf-8"))
        version = {**data.get("dependencies", {}), **data.get("devDependencies", {})}.get(
            "aws-cdk", "missing"
        )
        if not re.fullmatch(r"2\.\d+\.\d+", version):
            yield "package.json", f"aws-cdk is {version!r}, not an exact 2.x version"
    for file, line in _requirements(app.project):
        found = LIBRARY.match(line)
        if found and not found["url"] and not EXACT.fullmatch(found["versions"].strip(" ()")):
            yield file, f"{line!r} is not exact; try {_locked(app.project)}"


def _locked(project: Path) -> str:
    """Return the aws-cdk-lib requirement with the version in the pip lock file."""
    for file in sorted(project.glob("requirements/*.txt")):
        text = file.read_text(encoding="utf-8")
        if found := re.search(r"^aws-cdk-lib==[\w.]+", text, re.MULTILINE):
            return found.group()
    return "aws-cdk-lib==2.x.y"


def _requirements(project: Path) -> Iterator[tuple[str, str]]:
    """Yield the file and text of each requirement in pip's files and in pyproject.toml."""
    for file in sorted(project.glob("requirements/*.in")):
        for line in file.read_text(encoding="utf-8").splitlines():
            text = re.split(r"(?:^|\s)#", line, maxsplit=1)[0].strip()
            if text:
                yield file.relative_to(project).as_posix(), text
    file = project / "pyproject.toml"
    if not file.is_file():
        return
    data = tomllib.loads(file.read_text(encoding="utf-8"))
    package = data.get("project", {})
    groups = [
        package.get("dependencies", []),
        *package.get("optional-dependencies", {}).values(),
        *data.get("dependency-groups", {}).values(),
        data.get("tool", {}).get("uv", {}).get("dev-dependencies", []),
    ]
    for requirement in (item for group in groups for item in group if isinstance(item, str)):
        yield file.name, requirement.strip()


@rule("TAP607", "silent")
def imported_policies_are_not_added_to(app: App) -> Iterator[tuple[str, str]]:
    """Policies of imported resources are not extended.

    from_bucket_name(...).add_to_resource_policy(...) has no effect and reports no error.
    Limits: Recognized within a module, by a call of from_... whose result gets the statement.
    https://docs.aws.amazon.com/cdk/v2/guide/resources.html#resources-importing

        - s3.Bucket.from_bucket_name(...).add_to_resource_policy(...)  # own it, or change it there
    """
    imported: set[tuple[str, str]] = set()

    def is_import(node: ast.AST) -> bool:
        name = (
            node.func.attr
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
            else ""
        )
        return bool(re.match(r"from_.*(name|arn|attributes|lookup|id|url)$", name))

    assigned = [(place, node.targets, node.value) for place, node in app.source_nodes(ast.Assign)]
    assigned += [
        (place, [node.target], node.value)
        for place, node in app.source_nodes(ast.AnnAssign)
        if node.value is not None
    ]
    for place, targets, value in assigned:
        if is_import(value):
            imported |= {(place.rpartition(":")[0], ast.unparse(target)) for target in targets}
    for place, node in app.source_nodes(ast.Call):
        if isinstance(node.func, ast.Attribute) and node.func.attr == "add_to_resource_policy":
            owner = node.func.value
            if is_import(owner) or (place.rpartition(":")[0], ast.unparse(owner)) in imported:
                yield place, f"{ast.unparse(owner)[:60]} is imported: the statement is dropped"


@rule("TAP608", "deploy", profile="house")
def partitions_are_not_written(app: App) -> Iterator[tuple[str, str]]:
    """Source code names no partition.

    arn:aws: is wrong in GovCloud and China, but synth does not fail.
    Limits: The code of functions, and values that are read from files, are not searched.
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html

        stack.format_arn(service="iam", region="", resource="role", resource_name="admins")
    """
    written = [
        (place, node, node.value)
        for place, node in app.source_nodes(ast.Constant)
        if isinstance(node.value, str) and re.search(r"arn:aws(-cn|-us-gov)?:", node.value)
    ]
    if not written:
        return
    above = {id(c): node for _, node in app.source for c in ast.iter_child_nodes(node)}
    uses: dict[str, list[ast.AST]] = defaultdict(list)
    for _, node in app.source:
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
            uses[node.id].append(node)
        elif isinstance(node, ast.Attribute):
            uses[node.attr].append(node)
    for place, node, text in written:
        if not _is_prose(node, above, uses):
            yield place, f"{text[:60]!r} contains a partition"


def _is_prose(
    node: ast.AST, above: Mapping[int, ast.AST], uses: Mapping[str, list[ast.AST]]
) -> bool:
    """Return whether a text is prose: a docstring, an error, a description or a tag.

    A constant is prose if all its uses are.
    """
    parent = above.get(id(node))
    match parent:
        case ast.Expr() | ast.Raise():
            return True
        case ast.keyword(arg="description" | "reason" | "alarm_description"):
            return True
        case ast.Dict(keys=keys, values=values):
            return any(
                isinstance(key, ast.Constant) and key.value in TAGS
                for key, value in zip(keys, values, strict=True)
                if value is node
            )
        case ast.Assign(targets=[ast.Name(id=name)]) | ast.AnnAssign(target=ast.Name(id=name)):
            used = uses.get(name, [])
            return bool(used) and all(_is_prose(each, above, {}) for each in used)
        case ast.Call(func=ast.Name(id=name)) if name.endswith(("Error", "Exception")):
            return True
        case ast.Call(func=ast.Attribute(attr="add"), args=[ast.Constant(value=key), value]):
            return value is node and key in TAGS
        case ast.JoinedStr() | ast.BinOp():
            return _is_prose(parent, above, uses)
    return False


@rule("TAP609", "deploy", profile="house")
def assets_are_found_anywhere(app: App) -> Iterator[tuple[str, str]]:
    """Asset paths are absolute, and assets need no Docker.

    A relative path depends on the directory in which synth runs. Docker bundling fails in a
    pipeline without a Docker daemon.
    Limits: A path that contains variables or other calls is taken to be absolute.
    https://docs.aws.amazon.com/cdk/v2/guide/assets.html

        lambda_.Code.from_asset(str(ROOT / "service"))  # ROOT: the place of a module
    """
    constants = {
        (place.rpartition(":")[0], ast.unparse(node.targets[0]))
        for place, node in app.source_nodes(ast.Assign)
        if _relative(node.value)
    }
    for place, node in app.source_nodes(ast.Call):
        name = getattr(node.func, "attr", getattr(node.func, "id", ""))
        words = {keyword.arg: keyword.value for keyword in node.keywords}
        path = words.get("path") or next(iter(node.args[name == "Asset" and 2 :]), None)
        if name in ASSETS and path is not None:
            text = ast.unparse(path)
            if _relative(path) or (place.rpartition(":")[0], text) in constants:
                yield place, f"{text} is relative to the working directory of the synth"
        if (name == "BundlingOptions" and "local" not in words) or name in DOCKER:
            yield place, f"{name} needs Docker at every synth"


def _relative(value: ast.expr) -> bool:
    """Return whether an expression is a relative path: only literals, with no leading slash."""
    parts = list(ast.walk(value))
    names = {part.id for part in parts if isinstance(part, ast.Name)}
    words = [p.value for p in parts if isinstance(p, ast.Constant) and isinstance(p.value, str)]
    return bool(words) and names <= {"Path", "os", "str"} and not words[0].startswith("/")


@rule("TAP611", "silent", profile="house")
def sealed_packages_are_unchanged(app: App) -> Iterator[tuple[str, str]]:
    """The template-maintained packages are unchanged.

    The next template update replaces tap_guardrails, tap_emulator and tap_project, and your edit is
    lost or causes a conflict. Until then, the template's tests do not cover it.
    Limits: An edit that also updates the checksums is not detected.
    https://docs.python.org/3/library/hashlib.html#file-hashing

        git checkout -- tap_guardrails tap_emulator tap_project   # if the edit is not committed
        git log -- tap_guardrails tap_emulator tap_project        # if it is: git revert it
        # or write it as a rule of your own, in infra/rules.py
        @rule("OWN101", "silent", "AWS::S3::Bucket")
        # or propose it to the template: docs/updating.md
    """
    if app.project is not None:
        yield from changes(app.project)
