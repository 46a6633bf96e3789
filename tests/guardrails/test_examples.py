"""The examples of each rule: the rule rejects the bad one, and accepts the good one."""

from __future__ import annotations

import contextlib
import importlib
import inspect
import json
import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

import aws_cdk as cdk
import pytest

from tap_guardrails import examples
from tap_guardrails.model import App
from tap_guardrails.rules import RULES, Finding, Note, Rule, judge
from tests.guardrails.assembly import PROJECT, TAGS, Assembly

Function = Callable[[Any], None]
Files = Mapping[str, str]
CONTEXT = json.loads((PROJECT / "cdk.json").read_text(encoding="utf-8"))["context"]
# Findings of the CDK's own validation don't end the synth.
CONTEXT["@aws-cdk/core:failSynthOnValidationErrors"] = False
NAME = re.compile(r"(TAP\d{3})_(BAD|GOOD)", re.IGNORECASE)
MODULES = sorted(file.stem for file in Path(*examples.__path__).glob("[a-z]*.py"))


def module_of(rule: Rule) -> str:
    return rule.check.__module__.rpartition(".")[2]


def imported(name: str) -> ModuleType | None:
    if name not in MODULES:
        return None
    return importlib.import_module(f"tap_guardrails.examples.{name}")


def example(rule: Rule, kind: str) -> Function | Files:
    """Return the example of a rule; kind is `bad` or `good`."""
    name, module = f"{rule.id}_{kind}", imported(module_of(rule))
    found = getattr(module, name.lower(), None) or getattr(module, name.upper(), None)
    if found is None:
        pytest.fail(
            f"{rule.id} has no {kind} example; add {rule.id.lower()}_bad(stack) and"
            f" {rule.id.lower()}_good(stack) to tap_guardrails/examples/{module_of(rule)}.py"
        )
    result: Function | Files = found
    return result


def write(folder: Path, files: Mapping[str, str | bytes]) -> None:
    for name, content in files.items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content if isinstance(content, bytes) else content.encode())


def synthesized(add: Function, folder: Path) -> App:
    """Return the app that an example's function adds to, synthesized with the files beside it."""
    write(folder, getattr(inspect.getmodule(add), "HANDLERS", {}))
    out = folder / "cdk.out"
    app = cdk.App(analytics_reporting=False, context=CONTEXT, outdir=str(out))
    with contextlib.chdir(folder):
        if "app" in inspect.signature(add).parameters:
            add(app)
        else:
            add(cdk.Stack(app, "Stack", tags=TAGS, env=cdk.Environment(region="eu-west-1")))
        app.synth()
    cdk.AssetStaging.clear_asset_hash_cache()
    return App(out)


def project(files: Files, folder: Path) -> App:
    """Return an app with one stack, in a project with an example's files."""
    write(folder, files)
    context = json.loads(files.get("cdk.json", "{}")).get("context")
    out = folder / "cdk.out"
    Assembly(out).stack({})
    return App(out, folder, context)


def judged(rule: Rule, kind: str, folder: Path) -> Iterator[Finding | Note]:
    """Yield the findings and notes of a rule about its example."""
    given = example(rule, kind)
    app = synthesized(given, folder) if callable(given) else project(given, folder)
    for each in judge(app):
        if rule.id in (each.rules if isinstance(each, Note) else {each.rule.id}):
            yield each


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES.keys())
def test_the_bad_example_is_rejected(rule: Rule, tmp_path: Path) -> None:
    found = list(judged(rule, "bad", tmp_path))
    assert found
    assert all(isinstance(each, Finding) for each in found)


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES.keys())
def test_the_good_example_is_accepted(rule: Rule, tmp_path: Path) -> None:
    assert list(judged(rule, "good", tmp_path)) == []


@pytest.mark.parametrize("name", MODULES)
def test_every_example_is_of_a_rule_of_its_module(name: str) -> None:
    module = imported(name)
    defined = {n for n, each in vars(module).items() if inspect.getmodule(each) is module}
    named = {n for n in {*defined, *dir(module)} if NAME.fullmatch(n)}
    known = {rule.id for rule in RULES.values() if module_of(rule) == name}
    assert defined <= named, "no helpers: an example is complete without them"
    assert {n[:6].upper() for n in named} <= known
