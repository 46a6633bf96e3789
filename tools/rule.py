"""Scaffolds a rule: `make rule ID=TAP336 TITLE='Streams keep records for a week.' MODULE=events`.

The new rule works: its examples, fault and case are about a property of a type that does not exist.
"""

from __future__ import annotations

import argparse
import ast
import json
import re
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from string import Template

from local_extensions.answers import PROJECT_FOLDER, TEMPLATE_ROOT

ID = re.compile(r"TAP\d{3}")
REGISTERED = re.compile(r"""^(?:@rule\(\s*|\s+id=)["'](TAP\d{3})["']""", re.MULTILINE)
LONGEST = 80
NO_TITLE = "Title of the rule"
RULE = Template('''

@rule("$rule_id", "silent", "AWS::Service::Type")
def $name(resource: Resource) -> Iterator[str]:
    """$title.

    What goes wrong without it.
    Limits: What the rule does not see.
    https://docs.aws.amazon.com/

        properties={"Property": True},
    """
    if resource.plain("Property") is not True:
        yield "does not set Property"
''')
EXAMPLES = Template("""

def ${lower}_bad(stack: cdk.Stack) -> None:
    cdk.CfnResource(stack, "Resource", type="AWS::Service::Type")


def ${lower}_good(stack: cdk.Stack) -> None:
    cdk.CfnResource(stack, "Resource", type="AWS::Service::Type", properties={"Property": True})
""")
FAULT = Template('''"""Describe the mistake that $rule_id rejects."""

from typing import Any

import aws_cdk as cdk


def fault(stack: cdk.Stack, **fixed: Any) -> cdk.CfnResource:
    return cdk.CfnResource(stack, "Resource", type="AWS::Service::Type", **fixed)


def fix(stack: cdk.Stack) -> None:
    fault(stack, properties={"Property": True})
''')


class RefusedError(Exception):
    """The rule can't be added. The message contains the reason and the fix."""


def main(arguments: Sequence[str] | None = None, root: Path = TEMPLATE_ROOT) -> int:
    """Write the files of a rule and print their names; return 1 and write nothing if refused."""
    parser = argparse.ArgumentParser(prog="make rule")
    parser.add_argument("id")
    parser.add_argument("--title", default="")
    parser.add_argument("--module", default="")
    given = parser.parse_args(arguments)
    try:
        written = scaffold(given.id, given.title.strip().rstrip("."), given.module, root)
    except RefusedError as error:
        print(error, file=sys.stderr)
        return 1
    for file, content in written.items():
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(content, encoding="utf-8")
        print(file.relative_to(root).as_posix())
    print("Edit these files, then: make seal")
    return 0


def scaffold(rule_id: str, title: str, module: str, root: Path) -> dict[Path, str]:
    """Return the new content of each file of a rule.

    Args:
        rule_id: TAP and three digits.
        title: a sentence without a full stop; '' for a placeholder.
        module: the module of the rules; '' for that of the preceding rule of the same hundred.
        root: the repository.

    Raises:
        RefusedError: the ID, title or module is invalid, or a file exists or has changes.
    """
    guardrails = root / PROJECT_FOLDER / "tap_guardrails"
    taken = _taken(guardrails)
    if not ID.fullmatch(rule_id):
        raise RefusedError(f"ID {rule_id!r} is not TAP and three digits; try: make rule ID=TAP336")
    if rule_id in taken:
        raise RefusedError(f"{rule_id} is taken; try: make rule ID={_free(rule_id, taken)}")
    if re.search(r'["\\\n]', title) or len(title) > LONGEST:
        raise RefusedError(
            f"TITLE {title!r} is not a plain sentence of at most {LONGEST} characters"
        )
    module = module or _preceding(rule_id, taken)
    modules = sorted(file.stem for file in (guardrails / "rules").glob("[a-z]*.py"))
    if module not in modules:
        raise RefusedError(f"no module {module!r}; try MODULE= one of: {', '.join(modules)}")
    slug = re.sub(r"[^a-z0-9]+", "_", title.lower()).strip("_") or "example"
    rules, examples = (guardrails / name / f"{module}.py" for name in ("rules", "examples"))
    faults = root / "tests" / "guardrails" / "faults.py"
    fault = root / "proof" / "faults" / module / f"{rule_id}_{slug}.py"
    case = faults.with_name("cases") / f"{rule_id.lower()}.json"
    for file in (fault, case):
        if file.exists():
            raise RefusedError(f"{file.relative_to(root).as_posix()} exists; remove it first")
    for name in _changed(root, rules, examples, faults):
        raise RefusedError(f"{name} has uncommitted changes; commit them first")
    name = slug if title and not slug[:1].isdigit() else rule_id.lower()
    texts = {
        "rule_id": rule_id,
        "lower": rule_id.lower(),
        "name": name,
        "title": title or NO_TITLE,
    }
    return {
        rules: with_imports(rules, "collections.abc:Iterator", "tap_guardrails.model:Resource")
        + RULE.substitute(texts),
        examples: with_imports(examples, "aws_cdk") + EXAMPLES.substitute(texts),
        fault: FAULT.substitute(texts),
        case: _case(rule_id),
        faults: _with_entry(faults, title or rule_id, rule_id),
    }


def _taken(guardrails: Path) -> dict[str, str]:
    """Return the module of each rule that exists."""
    files = [*sorted((guardrails / "rules").glob("*.py")), guardrails / "verdict.py"]
    return {
        rule_id: file.stem
        for file in files
        for rule_id in REGISTERED.findall(file.read_text(encoding="utf-8"))
    }


def _free(rule_id: str, taken: dict[str, str]) -> str:
    following = (f"TAP{number:03}" for number in range(int(rule_id[3:]) + 1, 1000))
    return next((each for each in following if each not in taken), "TAP999")


def _preceding(rule_id: str, taken: dict[str, str]) -> str:
    """Return the module of the preceding rule of the same hundred, or ''."""
    before = [each for each in taken if each[:4] == rule_id[:4] and each < rule_id]
    return taken[max(before)] if before else ""


def _changed(root: Path, *files: Path) -> list[str]:
    """Return the files with uncommitted changes; none outside a git repository."""
    names = [file.relative_to(root).as_posix() for file in files]
    command = ["git", "status", "--porcelain", "--", *(f":(literal){name}" for name in names)]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    return [name for name in names if any(name in line for line in done.stdout.splitlines())]


def with_imports(file: Path, *wanted: str) -> str:
    """Return the text of a module that also imports these names.

    Args:
        file: the module.
        wanted: `module:name`, or `aws_cdk`, which is imported as cdk.
    """
    text = file.read_text(encoding="utf-8")
    for each in wanted:
        source, _, name = each.partition(":")
        body = ast.parse(text).body
        if name:
            text = _with_name(text, body, source, name)
        elif not any(
            isinstance(node, ast.Import) and node.names[0].name == source for node in body
        ):
            text = _after(text, body[0], f"\nimport {source} as cdk\n")
    return text


def _with_name(text: str, body: list[ast.stmt], source: str, name: str) -> str:
    """Return a text with `from source import name`."""
    imports = [node for node in body if isinstance(node, ast.ImportFrom)]
    found = next((node for node in imports if node.module == source), None)
    if found is None:
        return _after(text, imports[0], f"\nfrom {source} import {name}\n")
    names = {alias.name for alias in found.names}
    if name in names:
        return text
    ordered = sorted({*names, name}, key=lambda n: (not n.isupper(), not n[0].isupper(), n))
    lines = text.splitlines(keepends=True)
    lines[found.lineno - 1 : found.end_lineno] = [f"from {source} import {', '.join(ordered)}\n"]
    return "".join(lines)


def _after(text: str, node: ast.stmt, added: str) -> str:
    lines = text.splitlines(keepends=True)
    lines.insert(node.end_lineno or 1, added)
    return "".join(lines)


def _case(rule_id: str) -> str:
    kind = "AWS::Service::Type"
    bad, good = {"Type": kind}, {"Type": kind, "Properties": {"Property": True}}
    case = {
        "right": "why this verdict is right",
        "resources": {"Bad": bad, "Good": good},
        "expected": {rule_id: ["Bad"]},
    }
    return f"{json.dumps(case, indent=2)}\n"


def _with_entry(faults: Path, fault: str, rule_id: str) -> str:
    """Return the text of faults.py with one more entry, the last of REVIEW."""
    text = faults.read_text(encoding="utf-8").rstrip()
    return f"{text.removesuffix('}')}    {json.dumps(fault)}: {json.dumps(rule_id)},\n}}\n"


if __name__ == "__main__":
    sys.exit(main())
