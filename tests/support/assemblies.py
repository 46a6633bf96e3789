"""Cloud assemblies that are written by hand, of a few resources each."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

Resources = Mapping[str, Mapping[str, Any]]


def stack(
    resources: Resources,
    *,
    environment: str = "dev",
    place: str = "unknown-account/us-east-1",
    assets: Mapping[str, Path] | None = None,
    **template: Any,
) -> dict[str, Any]:
    """Return a stack for `write`.

    Args:
        resources: its resources by logical id.
        environment: the value of its tag.
        place: account and Region.
        assets: the places of its assets, by hash.
        template: other sections of the template.
    """
    return {
        "template": {"Resources": dict(resources), **template},
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
            "properties": {"templateFile": file, "tags": {"Environment": each["environment"]}},
        }
        if each["assets"]:
            files = {hash_: {"source": {"path": str(p)}} for hash_, p in each["assets"].items()}
            manifest = f"{name}.assets.json"
            (folder / manifest).write_text(json.dumps({"files": files}), encoding="utf-8")
            artifacts[f"{name}.assets"] = {
                "type": "cdk:asset-manifest",
                "properties": {"file": manifest},
            }
    (folder / "manifest.json").write_text(json.dumps({"artifacts": artifacts}), encoding="utf-8")
    return folder
