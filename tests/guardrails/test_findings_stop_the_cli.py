"""Every finding stops the CDK CLI and is printed, whatever its subject.

The CLI drops findings whose construct path is in none of the selected stacks, and exits 0
(`filterReportsByStacks` in aws-cdk 2.1148.1). Synthesizing in this process would not show that.
"""

from __future__ import annotations

import contextlib
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from local_extensions.answers import TEMPLATE_ROOT
from proof import cold_process
from proof.faults.files import replace
from proof.faults.project import TAP605_context, TAP606_versions_that_float
from proof.mutants.changes import DEFAULT
from proof.mutants.project import Project, rendered

Edit = Callable[[Path], object]

# One fault of each rule family and each kind of subject: construct, stack, app, file, manifest.
# They share one synth, so no two may add the same construct.
OF_STACKS = (
    "access.TAP701_bucket_for_everyone",
    "alarm_settings.TAP121_threshold_out_of_reach",
    "alarms.TAP102_missing_data_undecided",
    "api.TAP506_no_tracing",
    "arrival.TAP341_disabled_rule",
    "credentials.TAP753_secret_in_an_output",
    "data.TAP217_key_that_does_not_rotate",
    "durability.TAP221_no_versions",
    "events.TAP322_queue_that_never_gives_up",
    "functions.TAP306_reserved_concurrency",
    "limits.TAP373_batch_of_ten_thousand",
    "network.TAP403_unused_endpoint",
    "project.TAP602_untagged_stack",
    "roles.TAP317_task_that_administers",
    "trail.TAP253_trail_of_all_regions",
)
OF_SOURCE = {
    "alarms/TAP105_address_not_subscribed.py": "infra/contacts.py",
    "project/TAP607_policy_of_an_imported_bucket.py": "infra/partner.py",
    "project/TAP609_relative_asset.py": "infra/code.py",
}
OF_FILES: tuple[Edit, ...] = (
    TAP605_context.fault_errors,
    TAP606_versions_that_float.fault,
    TAP606_versions_that_float.fault_library,
)
# The end of the function that builds the app.
ADDING_PLUGINS = "    cdk.Validations.of(app).add_plugins("
APPLYING = """
    import importlib
    import sys

    sys.path.append({root!r})
    for name in {modules!r}:
        fault = importlib.import_module(f"proof.faults.{{name}}").fault
        for stack in list(app.node.children):
            if named := fault(stack):
                with (ROOT / "named.txt").open("a") as file:
                    print(named if isinstance(named, str) else named.node.path, file=file)
"""


def before_plugins(code: str) -> Edit:
    """Add statements to the function that builds the app."""

    def edit(project: Path) -> None:
        app = project / "infra" / "app.py"
        replace(app, ADDING_PLUGINS, f"{code.rstrip()}\n{ADDING_PLUGINS}")

    return edit


def faults(*names: str) -> Edit:
    """Apply faults to each stack, and write the paths of the constructs that findings name."""
    return before_plugins(APPLYING.format(root=str(TEMPLATE_ROOT), modules=names))


def copy_sources(project: Path) -> None:
    for name in OF_SOURCE:
        text = (TEMPLATE_ROOT / "proof" / "faults" / name).read_text(encoding="utf-8")
        place = text.partition('SOURCE = "')[2].partition('"')[0]
        (project / place).write_text(text, encoding="utf-8")


UNKNOWN_ACKNOWLEDGEMENT = before_plugins(
    "    cdk.Validations.of(app).acknowledge(\n"
    '        cdk.Acknowledgment(id="tap::TAP999", reason="no such rule")\n    )'
)
# In dev alone, so its template can't be checked, and prod's can.
TRANSFORM = before_plugins('    app.node.children[0].add_transform("AWS::LanguageExtensions")')
ONLY_PROD_EXPORTS = before_plugins(
    '    cdk.CfnOutput(app.node.children[1], "X", value="x", export_name="x")'
)


def add_failing_plugin(project: Path) -> None:
    app = project / "infra" / "app.py"
    replace(app, "import aws_cdk as cdk\n", "import aws_cdk as cdk\nimport jsii\n")
    replace(app, "Guardrails(ROOT))", "Guardrails(ROOT), Broken())")
    replace(
        app,
        "def build(",
        """@jsii.implements(cdk.IPolicyValidationPlugin)
class Broken:
    name = property(lambda self: "broken")
    version = property(lambda self: "1")
    rule_ids = property(lambda self: [])

    def validate(self, context):
        raise ValueError("out of order")


def build(""",
    )


OWN_RULE = '''
from collections.abc import Iterator

from tap_guardrails.model import Resource
from tap_guardrails.rule import rule


@rule("{id}", "silent", "AWS::DynamoDB::Table")
def tables_are_ours(table: Resource) -> Iterator[str]:
    """Every table is one of ours.

    Nobody looks after the tables of others.
    https://example.com/tables

        table_class=OURS,
    """
    yield "is not ours"
'''


def own_rule(rule_id: str) -> Edit:
    """Add a custom rule to the project."""

    def edit(project: Path) -> None:
        file = project / "infra" / "rules.py"
        file.write_text(OWN_RULE.replace("{id}", rule_id), encoding="utf-8")

    return edit


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """Return a project with the tests' tools."""
    return rendered(tmp_path_factory.mktemp("cli") / "default", DEFAULT)


def run(project: Project, *command: str) -> tuple[int, str]:
    """Run one of a project's commands; return its exit code and output."""
    done = subprocess.run(
        command,
        cwd=project.folder,
        env={**cold_process.environment(), "AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": ""},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


def cli(project: Project, *arguments: str) -> tuple[int, str]:
    return run(
        project, str(cold_process.NODE), str(cold_process.cdk_cli(project.folder)), *arguments
    )


@contextlib.contextmanager
def changed(project: Project, *edits: Edit) -> Iterator[Project]:
    """Copy a project, and change the copy."""
    with project.copied() as copy:
        for edit in edits:
            edit(copy.folder)
        yield copy


def test_the_cli_prints_and_rejects_a_finding_of_each_kind(project: Project) -> None:
    edits = (*OF_FILES, copy_sources, faults(*OF_STACKS), UNKNOWN_ACKNOWLEDGEMENT)
    with changed(project, *edits) as copy:
        status, output = cli(copy, "synth", "--quiet")
        named = (copy.folder / "named.txt").read_text(encoding="utf-8").splitlines()
    assert status != 0, output
    rules = [name.partition(".TAP")[2][:3] for name in OF_STACKS]
    rules += [name.partition("/TAP")[2][:3] for name in OF_SOURCE]
    assert [rule for rule in [*rules, "605", "606"] if f"TAP{rule} " not in output] == []
    assert len(named) > len(OF_STACKS)
    assert [
        path for path in named if path.partition("/")[2].removesuffix("/Resource") not in output
    ] == []
    files = [*OF_SOURCE.values(), "cdk.json", "package.json", "requirements/synth.in"]
    assert [file for file in files if file not in output] == []
    assert "the acknowledgement of TAP999 covers a whole stack" in output


def test_an_unreadable_template_is_one_more_finding(
    project: Project,
) -> None:
    table = faults("data.TAP212_no_point_in_time_recovery")
    with changed(project, table, TRANSFORM) as copy:
        status, output = cli(copy, "synth", "--quiet")
    assert status != 0
    assert output.count("TAP002 Not judged: has a Transform") == 1
    assert "TAP001" not in output
    (finding,) = [line for line in output.splitlines() if line.startswith("  TAP212")]
    assert finding.endswith("[tap-service-prod]")


def test_a_finding_in_one_stack_stops_the_deployment_of_another(project: Project) -> None:
    with changed(project, ONLY_PROD_EXPORTS) as copy:
        status, output = cli(copy, "deploy", "--require-approval", "never", "tap-service-dev")
    assert status != 0
    assert "TAP604" in output
    assert "tap-service-prod" in output


def test_a_plugin_that_fails_stops_the_cli(project: Project) -> None:
    with changed(project, add_failing_plugin) as copy:
        status, output = cli(copy, "synth", "--quiet")
    assert status != 0
    assert "broken failed: " in output
    assert "out of order" in output


def test_a_finding_about_a_file_stops_plain_python(project: Project) -> None:
    with changed(project, TAP606_versions_that_float.fault_library) as copy:
        status, output = run(copy, sys.executable, "app.py")
    assert status == 1
    assert "requirements/synth.in\n  TAP606 'aws-cdk-lib>=" in output
    assert "Traceback" not in output


def test_a_custom_rule_rejects_a_stack(project: Project) -> None:
    with changed(project, own_rule("OWN101")) as copy:
        status, output = cli(copy, "synth", "--quiet")
        listed = run(copy, sys.executable, "-m", "tap_project.rules", "OWN101")
    assert status != 0
    assert "Table in tap-service-dev, tap-service-prod (infra/stack.py:" in output
    assert "  OWN101 Is not ours: the fault stays unnoticed\n      table_class=OURS," in output
    assert listed[0] == 0
    assert "OWN101  Every table is one of ours." in listed[1]


def test_a_custom_rule_with_an_id_of_the_template_stops_the_cli(
    project: Project,
) -> None:
    with changed(project, own_rule("TAP999")) as copy:
        status, output = cli(copy, "synth", "--quiet")
    assert status != 0
    assert "infra/rules.py\n  TAP002 Not judged: rule 'TAP999' needs an id" in output
    assert "Traceback" not in output


def test_edited_code_of_the_template_stops_the_cli(project: Project) -> None:
    with changed(project) as copy:
        replace(copy.folder / "tap_project" / "cost.py", '"""', '"""Our ')
        added = copy.folder / "tap_guardrails" / "rules" / "ours.py"
        added.write_text('"""Ours."""\n', encoding="utf-8")
        status, output = cli(copy, "synth", "--quiet")
    assert status != 0
    assert "tap_project/cost.py\n  TAP611 was edited" in output
    assert "tap_guardrails/rules/ours.py\n  TAP611 is not a file of the template" in output
    assert "git checkout -- tap_guardrails tap_emulator tap_project" in output


@pytest.mark.parametrize("variable", ["PYTHONSAFEPATH", "PYTHONDONTWRITEBYTECODE"])
def test_the_packages_are_found_from_the_projects_root(
    variable: str, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, "1")
    status, output = run(project, sys.executable, "app.py")
    assert status == 0, output


def test_a_correct_project_is_accepted(project: Project) -> None:
    status, output = cli(project, "synth", "--quiet")
    assert status == 0, output
    assert "Refused" not in output
