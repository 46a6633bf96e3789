"""The command line: `python -m tap_guardrails check DIR`, and `rules [ID]`.

It requires only Python: no AWS account, Node.js or aws-cdk-lib.
"""

from __future__ import annotations

import argparse
import importlib
import json
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from tap_guardrails import __version__, pages, report
from tap_guardrails.formats import InvalidBaselineError, as_json, as_sarif, without_accepted
from tap_guardrails.model import App
from tap_guardrails.places import Places
from tap_guardrails.rule import PROFILES, RULES
from tap_guardrails.seal import SEAL
from tap_guardrails.synth import MANIFEST, SynthError, synthesize
from tap_guardrails.verdict import Verdict, verdict

CLEAN, FINDINGS, USAGE, INTERRUPTED = 0, 1, 2, 130


class UsageError(Exception):
    """The arguments can't be used, or there is nothing to judge. The message contains the fix."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Return 0 without findings, 1 with findings, 2 if there is nothing to judge or to show."""
    given = _parser().parse_args(arguments)
    try:
        if given.command == "rules":
            return pages.show(given.rule, "tap-guardrails rules {}")
        return check(given)
    except (UsageError, InvalidBaselineError, SynthError) as error:
        print(error, file=sys.stderr)
    except BrokenPipeError:
        sys.stdout = None  # the reader left; nothing is to be flushed
        return USAGE
    except OSError as error:
        place = f"{error.filename}: " if error.filename else ""
        print(f"{place}{error.strerror}", file=sys.stderr)
    except RecursionError:
        print("a file is nested too deeply to be judged", file=sys.stderr)
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return INTERRUPTED
    return USAGE


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="tap-guardrails", description="Find known faults of AWS CDK apps."
    )
    parser.add_argument("--version", action="version", version=f"tap-guardrails {__version__}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    checks = commands.add_parser(
        "check",
        help="check a cloud assembly",
        description="Check a cloud assembly of any CDK app. Exit codes: 0 no findings,"
        " 1 findings, 2 usage error or nothing to judge.",
    )
    add = checks.add_argument
    add("assembly", type=Path, nargs="?", metavar="DIR", help="the cloud assembly (cdk.out)")
    add("--app", metavar="COMMAND", help="synthesize first, such as --app 'python app.py'")
    add(
        "--profile",
        choices=PROFILES,
        help="core: faults in any app (default); house: the conventions of tap-template as well"
        " (default in its projects)",
    )
    add(
        "--source",
        action="append",
        metavar="GLOB",
        help="the app's Python modules, such as 'infra/**/*.py', for rules on source code",
    )
    add(
        "--baseline",
        type=Path,
        metavar="FILE",
        help="accept the findings in FILE, and remove those that no longer occur; without FILE,"
        " write it with the current findings",
    )
    add("--json", action="store_true", help="print JSON to stdout")
    add("--sarif", type=Path, metavar="FILE", help="write SARIF 2.1.0 to FILE")
    add("--strict", action="store_true", help="fail if anything can't be judged")
    rules = commands.add_parser("rules", help="list the rules, or print one of them")
    rules.add_argument("rule", nargs="?", metavar="ID", help="the rule to print, such as TAP302")
    return parser


def check(given: argparse.Namespace) -> int:
    """Judge a cloud assembly, print and write the results, and return the exit code.

    Raises:
        UsageError: there is nothing to judge.
        InvalidBaselineError, SynthError, OSError: a file or the app can't be used.
    """
    assembly = given.assembly or Path("cdk.out")
    project = rendered_project(assembly)
    profile = given.profile or ("house" if project else "core")
    app = _synthesized(given, assembly, project)
    if project and (project / "infra" / "rules.py").is_file():
        _own_rules(project)
    found = verdict(app, profile)
    accepted = 0
    if given.baseline and given.sarif and given.baseline.resolve() == given.sarif.resolve():
        raise UsageError("--baseline and --sarif name the same file; try another for --sarif")
    if given.sarif:
        given.sarif.write_text("", encoding="utf-8")  # fails before the baseline is written
    if given.baseline:
        found, accepted = without_accepted(found, given.baseline, _judged(app, profile))
    places = Places(((name, app.parsed(text)) for name, text in app.source_files), app.traces)
    if given.sarif:
        content = json.dumps(as_sarif(found, places, assembly), indent=1)
        given.sarif.write_text(f"{content}\n", encoding="utf-8")
    if given.json:
        print(json.dumps(as_json(found), indent=1))
    else:
        _print(found, places, accepted)
    strict = profile == "house" or given.strict
    if found.findings or (strict and found.not_judged):
        return FINDINGS
    # Templates that can't be read, or a synth that failed: nothing was judged.
    return CLEAN if found.coverage.resources else USAGE


def _judged(app: App, profile: str) -> Callable[[Mapping[str, str]], bool]:
    """Return a function that tells whether a run judges what an entry of a baseline is about."""
    templates = {template.name for template in app.templates}
    names = {name for name, _ in app.source_files}

    def is_judged(entry: Mapping[str, str]) -> bool:
        rule = RULES.get(entry.get("rule", ""))
        if rule is not None and profile == "core" and rule.profile == "house":
            return False
        if entry.get("template"):
            return entry["template"] in templates
        source = entry.get("construct", "").partition(":")[0]
        return bool(templates) and (not source.endswith(".py") or source in names)

    return is_judged


def _print(found: Verdict, places: Places, accepted: int) -> None:
    """Print findings to stderr, and the result to stdout."""
    problems = list(report.of_verdict(found))
    findings = [each for each in problems if each.rule != "TAP002"]
    notes = [each for each in problems if each.rule == "TAP002"]
    if problems:
        explain = "tap-guardrails rules {}"
        print(report.text([*findings, *notes], places, explain), file=sys.stderr)
    coverage = found.coverage
    types = coverage.types_without_rule
    some = ", ".join(types[:3]) + (", ..." if len(types) > 3 else "")
    parts = [f"Checked {coverage.resources} resources"]
    if coverage.without_rule:
        parts.append(f"no rule covers {coverage.without_rule} of them ({some})")
    if accepted:
        parts.append(f"accepted by the baseline: {accepted}")
    if notes:
        parts.append(f"not judged: {len(notes)}")
    print("; ".join([*parts, f"findings: {len(found.findings)}."]))


def _synthesized(given: argparse.Namespace, assembly: Path, project: Path | None) -> App:
    """Return the app, synthesized if asked for; of its sources alone, if the synth fails."""
    if not given.app:
        return _app(assembly, project, given.source)
    try:
        synthesize(given.app, assembly)
    except SynthError as error:
        if not given.source:
            raise
        with tempfile.TemporaryDirectory() as empty:
            (Path(empty) / MANIFEST).write_text("{}", encoding="utf-8")
            app = App(Path(empty), Path.cwd(), sources=given.source)
            _require_sources(app, given.source)
        app.not_judged.append(("the templates", str(error)))
        return app
    return _app(assembly, project, given.source)


def _app(assembly: Path, project: Path | None, sources: Sequence[str] | None) -> App:
    root = project or (Path.cwd() if sources else None)
    try:
        app = App(assembly, root, sources=sources or ("infra/**/*.py",))
    except (AttributeError, OSError, ValueError, KeyError, TypeError) as error:
        if (assembly / "cdk.out" / MANIFEST).is_file():
            fix = f"{assembly / 'cdk.out'}"
        else:
            fix = "cdk synth, and then cdk.out, or add --app 'python app.py'"
        raise UsageError(f"no cloud assembly in {str(assembly)!r}; try: {fix}") from error
    if not any(template.body.get("Resources") for template in app.templates) and not app.not_judged:
        raise UsageError(f"no resources in {str(assembly)!r}: nothing to judge")
    if sources:
        _require_sources(app, sources)
    return app


def _require_sources(app: App, sources: Sequence[str]) -> None:
    """Raise UsageError if there is no module to judge."""
    try:
        found = app.source_files
    # Path.glob raises NotImplementedError for an absolute pattern, ValueError for an invalid one.
    except (NotImplementedError, ValueError) as error:
        raise UsageError(
            f"--source {sources[0]!r} is no relative pattern ({error}); try: 'infra/**/*.py'"
        ) from error
    broken = [f"{name} {reason}" for name, reason in app.not_judged if name.endswith(".py")]
    if not found and broken:
        raise UsageError(broken[0])
    if not found:
        raise UsageError(f"--source {sources[0]!r} matches no file; try: 'infra/**/*.py'")


def rendered_project(assembly: Path) -> Path | None:
    """Return the project of this template that contains an assembly or the working directory."""
    for folder in (assembly.resolve().parent, Path.cwd()):
        if (folder / SEAL).is_file():
            return folder
    return None


def _own_rules(project: Path) -> None:
    """Register the rules in a project's infra/rules.py."""
    sys.path.insert(0, str(project))
    try:
        importlib.import_module("infra.rules")
    except ImportError as error:
        raise UsageError(f"infra/rules.py can't be imported: {error}") from error


if __name__ == "__main__":
    raise SystemExit(main())
