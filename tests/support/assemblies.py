"""Cloud assemblies that are written by hand, of a few resources each."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

Resources = Mapping[str, Mapping[str, Any]]
# The hash of a nested template.
NESTED = "e" * 64


def stack(
    resources: Resources,
    *,
    environment: str = "dev",
    place: str = "unknown-account/us-east-1",
    assets: Mapping[str, Path] | None = None,
    nested: Resources | None = None,
    protected: bool = False,
    **template: Any,
) -> dict[str, Any]:
    """Return a stack for `write`.

    Args:
        resources: its resources by logical id.
        environment: the value of its tag.
        place: account and Region.
        assets: the places of its assets, by hash.
        protected: whether it has termination protection.
        nested: the resources of its nested stack `Nested`.
        template: other sections of the template.
    """
    own = dict(resources)
    if nested is not None:
        url = {"TemplateURL": f"https://s3/{NESTED}.json"}
        own["Nested"] = {"Type": "AWS::CloudFormation::Stack", "Properties": url}
    return {
        "template": {"Resources": own, **template},
        "nested": nested,
        "protected": protected,
        "environment": environment,
        "place": place,
        "assets": dict(assets or {}),
    }


def write(folder: Path, **stacks: dict[str, Any]) -> Path:
    """Write a cloud assembly; the names of stacks have underscores for hyphens."""
    folder.mkdir(parents=True, exist_ok=True)
    artifacts: dict[str, Any] = {}
    for key, each in stacks.items():
        name = key.replace("_", "-")
        file = f"{name}.template.json"
        (folder / file).write_text(json.dumps(each["template"]), encoding="utf-8")
        artifacts[name] = {
            "type": "aws:cloudformation:stack",
            "environment": f"aws://{each['place']}",
            "displayName": name,
            "properties": {
                "templateFile": file,
                "tags": {"Environment": each["environment"]},
                "terminationProtection": each["protected"],
            },
        }
        assets = dict(each["assets"])
        if each["nested"] is not None:
            inner = f"{name}.nested.template.json"
            (folder / inner).write_text(json.dumps({"Resources": each["nested"]}), "utf-8")
            assets[NESTED] = folder / inner
            data = [{"type": "aws:cdk:templateFile", "data": inner}]
            artifacts[name]["metadata"] = {f"/{name}/Nested": data}
        if assets:
            files = {hash_: {"source": {"path": str(place)}} for hash_, place in assets.items()}
            manifest = f"{name}.assets.json"
            (folder / manifest).write_text(json.dumps({"files": files}), encoding="utf-8")
            artifacts[f"{name}.assets"] = {
                "type": "cdk:asset-manifest",
                "properties": {"file": manifest},
            }
    (folder / "manifest.json").write_text(json.dumps({"artifacts": artifacts}), encoding="utf-8")
    return folder
