"""Deployments of one stack while its project changes: code in an instant, the rest as needed."""

from __future__ import annotations

import ast
import io
import json
import re
import shutil
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3

from tap_emulator import deployment
from tap_emulator.dev.saves import is_watched
from tap_project.assembly import ROOT

SERVICE = ROOT / "service"
FUNCTION = "AWS::Lambda::Function"
# The logical id of a version ends in a hash of the function.
VERSION = re.compile(r"(CurrentVersion[0-9A-F]{8})[0-9a-f]{32}\b")
Template = dict[str, Any]


class Updates:
    """One stack on the emulator, and the assembly that was deployed last."""

    def __init__(self, session: boto3.Session, stack: str) -> None:
        self._session = session
        self._stack = stack
        self._assembly: Path | None = None
        self._functions: dict[str, str] = {}

    @property
    def template(self) -> Template:
        """The deployed template."""
        return {} if self._assembly is None else read(self._assembly, self._stack)

    def deploy(self, assembly: Path) -> list[str] | None:
        """Deploy an assembly; return the logical ids that changed, or None if only code did.

        The code is what `replace_code` has deployed since.

        Raises:
            DeploymentError: CloudFormation rejected it, and has returned to the last deployment.
        """
        before, after = without_code(self.template), without_code(read(assembly, self._stack))
        if before == after:
            self._keep(assembly)
            return None
        deployment.deploy(self._session, assembly, self._stack)
        self._keep(assembly)
        self._functions = dict(self._found())
        return changes(before, after)

    def outputs(self) -> dict[str, str]:
        """Return the outputs of the deployed stack."""
        return deployment.outputs(self._session, self._stack)

    def replace_code(self) -> list[str]:
        """Give the functions of service/ the code of this moment, and return their modules."""
        archive = zipped(SERVICE)
        client = self._session.client("lambda")
        for name in self._functions.values():
            client.update_function_code(FunctionName=name, ZipFile=archive)
        return self.modules()

    def modules(self) -> list[str]:
        """Return the modules of service/ with the handlers of the deployed functions."""
        resources = self.template["Resources"]
        return sorted({module_of(resources[each]) for each in self._functions})

    def _keep(self, assembly: Path) -> None:
        if self._assembly is not None and self._assembly != assembly:
            shutil.rmtree(self._assembly, ignore_errors=True)
        self._assembly = assembly

    def _found(self) -> Iterator[tuple[str, str]]:
        """Yield logical id and name of each function whose code is in service/."""
        wanted = {
            logical_id
            for logical_id, resource in self.template["Resources"].items()
            if runs_service(resource)
        }
        pages = self._session.client("cloudformation").get_paginator("list_stack_resources")
        for page in pages.paginate(StackName=self._stack):
            for summary in page["StackResourceSummaries"]:
                if summary["LogicalResourceId"] in wanted:
                    yield summary["LogicalResourceId"], summary["PhysicalResourceId"]


def read(assembly: Path, stack: str) -> Template:
    """Return the template of a stack."""
    file = assembly / f"{stack}.template.json"
    template: Template = json.loads(file.read_text(encoding="utf-8"))
    return template


def module_of(function: Template) -> str:
    """Return the module of a function's handler, such as `api`."""
    return str(function["Properties"].get("Handler", "")).rpartition(".")[0].replace("/", ".")


def runs_service(resource: Template) -> bool:
    """Return whether a resource is a function whose handler is in service/."""
    if resource["Type"] != FUNCTION:
        return False
    file = SERVICE.joinpath(*module_of(resource).split(".")).with_suffix(".py")
    return "S3Key" in resource["Properties"].get("Code", {}) and file.is_file()


def without_code(template: Template) -> Template:
    """Return a template without the hashes of the code in service/, also in names of versions."""
    compared: Template = json.loads(VERSION.sub(r"\1", json.dumps(template)))
    for resource in compared.get("Resources", {}).values():
        if runs_service(resource):
            del resource["Properties"]["Code"]["S3Key"]
    return compared


def changes(before: Template, after: Template) -> list[str]:
    """Return the logical ids that were added (+), removed (-) or changed (~)."""
    old, new = before.get("Resources", {}), after["Resources"]
    return [
        *(f"+{name}" for name in new if name not in old),
        *(f"-{name}" for name in old if name not in new),
        *(f"~{name}" for name in new if name in old and new[name] != old[name]),
    ]


def zipped(folder: Path) -> bytes:
    """Return the files of a folder as the functions get them: without bytecode, as one archive."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(folder.rglob("*")):
            inside = path.relative_to(folder)
            if path.is_file() and all(is_watched(part) for part in inside.parts):
                archive.write(path, inside)
    return buffer.getvalue()


def syntax_errors(folder: Path) -> Iterator[str]:
    """Yield one line for each module that Python can't parse."""
    for path in sorted(folder.rglob("*.py")):
        try:
            ast.parse(path.read_bytes(), str(path))
        except (SyntaxError, ValueError) as error:
            line = getattr(error, "lineno", None) or 1
            reason = error.msg if isinstance(error, SyntaxError) else str(error)
            yield f"{folder.name}/{path.relative_to(folder)}:{line}: {reason}"
