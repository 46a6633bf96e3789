"""CloudFormation's resource types: which of them hold data, and which properties replace them.

The knowledge is that of `cdk diff`: the AWS service specification (@aws-cdk/aws-service-spec),
which is in the CDK CLI, locked in package-lock.json. It is read without Node.js or network.
https://github.com/cdklabs/awscdk-service-spec
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from tap_guardrails.values import is_intrinsic
from tap_project.assembly import ROOT, OperationError

DATABASE = ROOT / "node_modules" / "aws-cdk" / "db.json.gz"
# Types that hold data, and that the specification does not mark: it marks 29 types only.
UNMARKED = frozenset(
    {
        "AWS::AmazonMQ::Broker",
        "AWS::Cassandra::Keyspace",
        "AWS::Cassandra::Table",
        "AWS::CloudTrail::EventDataStore",
        "AWS::CodeCommit::Repository",
        "AWS::Cognito::IdentityPool",
        "AWS::DSQL::Cluster",
        "AWS::DocDBElastic::Cluster",
        "AWS::EC2::Instance",
        "AWS::ECR::Repository",
        "AWS::ElastiCache::ServerlessCache",
        "AWS::Events::Archive",
        "AWS::HealthLake::FHIRDatastore",
        "AWS::KMS::ReplicaKey",
        "AWS::Kendra::Index",
        "AWS::MSK::Cluster",
        "AWS::MSK::ServerlessCluster",
        "AWS::MemoryDB::Cluster",
        "AWS::NeptuneGraph::Graph",
        "AWS::OpenSearchServerless::Collection",
        "AWS::RDS::GlobalCluster",
        "AWS::RedshiftServerless::Namespace",
        "AWS::Route53::HostedZone",
        "AWS::S3Express::DirectoryBucket",
        "AWS::S3Tables::Table",
        "AWS::S3Tables::TableBucket",
        "AWS::S3Vectors::Index",
        "AWS::S3Vectors::VectorBucket",
        "AWS::SSM::Parameter",
        "AWS::Timestream::Database",
        "AWS::Timestream::InfluxDBInstance",
        "AWS::Timestream::Table",
    }
)
Properties = Mapping[str, Any]


class Specification:
    """The resource types of the specification.

    Raises:
        OperationError: the file is missing, or has an unknown format.
    """

    def __init__(self, file: Path = DATABASE) -> None:
        try:
            schema = json.loads(gzip.decompress(file.read_bytes()))["schema"]
            self.types: dict[str, dict[str, Any]] = {
                each["cloudFormationType"]: each for each in schema["resource"]["entities"]
            }
            self._parts: dict[str, Properties] = {
                each["$id"]: each["properties"] for each in schema["typeDefinition"]["entities"]
            }
            known = self.types["AWS::S3::Bucket"]
            if known["properties"]["BucketName"]["causesReplacement"] != "yes":
                raise ValueError("a bucket can be renamed")
        except FileNotFoundError as error:
            raise OperationError(f"{_shown(file)} is missing; try: make install") from error
        except (OSError, EOFError, ValueError, KeyError, TypeError) as error:
            raise OperationError(
                f"{_shown(file)} has an unknown format; try the aws-cdk of package-lock.json:"
                " make clean install"
            ) from error

    def holds_data(self, kind: str) -> bool:
        """Return whether resources of a type hold data."""
        return bool(self.types.get(kind, {}).get("isStateful")) or kind in UNMARKED

    def is_known(self, kind: str) -> bool:
        """Return whether the specification has a type; it has no custom resources."""
        return kind in self.types

    def name_property(self, kind: str) -> str | None:
        """Return the property with the physical name of a type's resources, if it is one."""
        identifier = self.types.get(kind, {}).get("primaryIdentifier") or []
        found = self.types.get(kind, {}).get("properties", {})
        return identifier[0] if len(identifier) == 1 and identifier[0] in found else None

    def replacing(self, kind: str, before: Properties, after: Properties) -> dict[str, bool]:
        """Return the changed properties that replace a resource, and whether they certainly do.

        Nested properties are separated by dots.
        """
        spec = self.types.get(kind, {})
        found = dict(self._changed(spec.get("properties", {}), before, after))
        for path in spec.get("additionalReplacementProperties", []):
            if "*" not in path and _at(before, path) != _at(after, path):
                found[".".join(path)] = True
        return found

    def _changed(
        self, known: Properties, before: Any, after: Any, prefix: str = ""
    ) -> Iterator[tuple[str, bool]]:
        for name in sorted({*before, *after} & known.keys()):
            old, new = before.get(name), after.get(name)
            if old == new:
                continue
            causes = known[name].get("causesReplacement", "no")
            parts = [*self._nested(known[name]["type"], old, new, f"{prefix}{name}.")]
            if causes == "yes" or (causes == "maybe" and not parts):
                conditional = _is_conditional(old) or _is_conditional(new)
                yield prefix + name, causes == "yes" and not conditional
            else:
                yield from parts

    def _nested(
        self, kind: Mapping[str, Any], old: Any, new: Any, prefix: str
    ) -> Iterator[tuple[str, bool]]:
        match kind:
            case {"type": "ref", "reference": {"$ref": part}}:
                old, new = ({} if value is None else value for value in (old, new))
                if is_intrinsic(old) or is_intrinsic(new):
                    if any("causesReplacement" in each for each in self._parts[part].values()):
                        yield prefix.removesuffix("."), False
                elif isinstance(old, dict) and isinstance(new, dict):
                    yield from self._changed(self._parts[part], old, new, prefix)
            case {"type": "array", "element": element}:
                if isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
                    for first, second in zip(old, new, strict=True):
                        yield from self._nested(element, first, second, prefix)
            case {"type": "union", "types": [first, *_]}:
                yield from self._nested(first, old, new, prefix)


@cache
def specification() -> Specification:
    """Return the specification in the project's CDK CLI; read once, in a quarter of a second.

    Raises:
        OperationError: the file is missing, or has an unknown format.
    """
    return Specification(DATABASE)


def _shown(file: Path) -> str:
    return file.relative_to(ROOT).as_posix() if file.is_relative_to(ROOT) else file.name


def _is_conditional(value: Any) -> bool:
    return '"Fn::If"' in json.dumps(value)


def _at(value: Any, path: list[str]) -> Any:
    for step in path:
        value = value.get(step) if isinstance(value, dict) else None
    return value
