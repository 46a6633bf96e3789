"""Write small cloud assemblies by hand, for tests of the guardrails."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

PROJECT = Path(__file__).parents[2] / "{{cookiecutter.project_slug}}"

ENVIRONMENT = "aws://111122223333/eu-west-1"
TAGS = {"Project": "tap", "Owner": "us", "Environment": "dev"}
Resources = Mapping[str, Mapping[str, Any]]


def ref(name: str) -> dict[str, str]:
    """Return a reference to a resource or parameter."""
    return {"Ref": name}


def att(name: str, attribute: str = "Arn") -> dict[str, list[str]]:
    """Return a reference to an attribute."""
    return {"Fn::GetAtt": [name, attribute]}


def allow(actions: Any, resources: Any = "*", **more: Any) -> dict[str, Any]:
    """Return an Allow statement."""
    return {"Effect": "Allow", "Action": actions, "Resource": resources, **more}


def document(*statements: Mapping[str, Any]) -> dict[str, Any]:
    """Return a policy document."""
    return {"Version": "2012-10-17", "Statement": list(statements)}


def resource(
    kind: str, *, properties: Mapping[str, Any] | None = None, **more: Any
) -> dict[str, Any]:
    """Return a resource of a template."""
    return {"Type": kind, "Properties": dict(properties or {}), **more}


class Assembly:
    """A folder with the structure of cdk.out."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.artifacts: dict[str, Any] = {}
        self.files: dict[str, Any] = {}
        folder.mkdir(parents=True, exist_ok=True)

    def stack(
        self,
        resources: Resources,
        *,
        name: str = "app",
        environment: str = ENVIRONMENT,
        metadata: Mapping[str, list[dict[str, Any]]] | None = None,
        protected: bool = False,
        **template: Any,
    ) -> Assembly:
        """Add a stack, whose construct paths are its logical ids unless metadata has others."""
        paths = {f"/{name}/{i}": [{"type": "aws:cdk:logicalId", "data": i}] for i in resources}
        own = {f"/{name}": [{"type": "aws:cdk:templateFile", "data": f"{name}.template.json"}]}
        self.file(f"{name}.template.json", {"Resources": resources, **template})
        self.file(f"{name}.metadata.json", {**own, **paths, **(metadata or {})})
        self.artifacts[name] = {
            "type": "aws:cloudformation:stack",
            "environment": environment,
            "properties": {
                "templateFile": f"{name}.template.json",
                "tags": TAGS,
                "terminationProtection": protected,
            },
            "additionalMetadataFile": f"{name}.metadata.json",
            "displayName": name,
        }
        return self.manifest()

    def assets(self, files: Mapping[str, str]) -> Assembly:
        """Add an asset manifest: path by hash."""
        content = {"files": {key: {"source": {"path": path}} for key, path in files.items()}}
        self.file("app.assets.json", content)
        self.artifacts["assets"] = {
            "type": "cdk:asset-manifest",
            "properties": {"file": "app.assets.json"},
        }
        return self.manifest()

    def file(self, name: str, content: Any) -> Assembly:
        """Write a file: text unchanged, other values as JSON."""
        file = self.folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        text = content if isinstance(content, str) else json.dumps(content)
        file.write_text(text, encoding="utf-8")
        return self

    def manifest(self, **more: Any) -> Assembly:
        """Write the manifest of the stacks and assets added so far."""
        return self.file("manifest.json", {"version": "55", "artifacts": self.artifacts, **more})
