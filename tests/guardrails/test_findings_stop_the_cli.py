"""Every finding stops the CDK CLI and is printed, whatever it is about.

The CLI drops findings whose construct path is in no stack that it was asked for, and exits 0
(`filterReportsByStacks` in aws-cdk 2.1148.1). Synthesizing in this process would not show that.
"""

from __future__ import annotations

import contextlib
import subprocess
import sys
from collections.abc import Iterator, Sequence

import pytest

from proof import cold_process
from proof.mutants.changes import LAST, Change, Edit, mutants, table
from proof.mutants.project import Project, rendered

Edits = tuple[Edit, ...]

# One fault of each rule family and each kind of subject: construct, stack, app, file, manifest.
# They share one synth, so none may touch what another one does.
TOGETHER = (
    "alarm in INSUFFICIENT_DATA",
    "address that nobody subscribed",
    "table without point-in-time recovery",
    "trail of all regions",
    "reserved concurrency",
    "queue that refuses events of objects",
    "endpoint that nothing uses",
    "REST API without tracing",
    "untagged stack",
    "errors that don't fail",
    "CDK CLI that floats",
    "aws-cdk-lib that floats",
    "policy of an imported bucket",
    "asset relative to the working directory",
)
UNKNOWN_ACKNOWLEDGEMENT: Edits = (
    (
        "infra/app.py",
        "    cdk.Validations.of(app).add_plugins(",
        "    cdk.Validations.of(app).acknowledge(\n"
        '        cdk.Acknowledgment(id="tap::TAP999", reason="no such rule")\n    )\n'
        "    cdk.Validations.of(app).add_plugins(",
    ),
)
# In dev alone: nothing in its template can be judged, everything in prod's can.
TRANSFORM: Edits = (
    (
        "infra/stack.py",
        LAST,
        "        if not settings.production:\n"
        '            self.add_transform("AWS::LanguageExtensions")\n' + LAST,
    ),
)
FAILING_PLUGIN: Edits = (
    ("infra/app.py", "import aws_cdk as cdk\n", "import aws_cdk as cdk\nimport jsii\n"),
    (
        "infra/app.py",
        "def build(",
        """@jsii.implements(cdk.IPolicyValidationPlugin)
class Broken:
    name = property(lambda self: "broken")
    version = property(lambda self: "1")
    rule_ids = property(lambda self: [])

    def validate(self, context):
        raise ValueError("out of order")


def build(""",
    ),
    ("infra/app.py", "Guardrails(ROOT))", "Guardrails(ROOT), Broken())"),
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


def own_rule(rule_id: str) -> Edits:
    """Add a rule to the project's own file."""
    return (("infra/rules.py", "", OWN_RULE.replace("{id}", rule_id)),)


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A project whose tools are the tests' own."""
    folder = tmp_path_factory.mktemp("cli") / "default"
    return rendered(folder, table()["variants"]["default"])


def run(project: Project, *command: str) -> tuple[int, str]:
    """Run one of a project's commands; return its exit code and everything that it printed."""
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


def faults(*names: str) -> list[Change]:
    """The named faults of mutants.toml."""
    found = {change.name: change for change in mutants() if change.variant == "default"}
    return [found[name] for name in names]


def edits(changes: Sequence[Change]) -> Edits:
    return tuple(edit for change in changes for edit in change.edits)


@contextlib.contextmanager
def changed(project: Project, *groups: Edits) -> Iterator[None]:
    with project.changed([edit for group in groups for edit in group]):
        yield


def test_the_cli_prints_and_refuses_a_finding_of_each_kind(project: Project) -> None:
    together = faults(*TOGETHER)
    with changed(project, edits(together), UNKNOWN_ACKNOWLEDGEMENT):
        status, said = cli(project, "synth", "--quiet")
    assert status != 0, said
    assert [c.name for c in together if f"{c.rule} " not in said] == []
    assert [c.name for c in together if c.construct not in said] == []
    assert "TAP001 the app: the acknowledgement of TAP999 covers a whole stack" in said


def test_a_template_that_cannot_be_judged_is_one_finding_beside_the_others(
    project: Project,
) -> None:
    table = faults("table without point-in-time recovery")
    with changed(project, edits(table), TRANSFORM):
        status, said = cli(project, "synth", "--quiet")
    assert status != 0
    assert said.count("TAP002 Not judged: tap-service-dev.template.json: has a Transform") == 1
    assert "TAP001" not in said
    (finding,) = [text for text in said.split("\n\n") if "ERROR TAP212" in text]
    assert "tap-service-prod/Table" in finding
    assert "tap-service-dev/Table" not in finding


def test_a_finding_in_one_stack_stops_the_deployment_of_another(project: Project) -> None:
    only_prod = (
        "infra/stack.py",
        LAST,
        "        if settings.production:\n"
        '            cdk.CfnOutput(self, "X", value="x", export_name="x")\n' + LAST,
    )
    with changed(project, (only_prod,)):
        status, said = cli(project, "deploy", "--require-approval", "never", "tap-service-dev")
    assert status != 0
    assert "TAP604" in said
    assert "tap-service-prod" in said


def test_a_plugin_that_fails_stops_the_cli(project: Project) -> None:
    with changed(project, FAILING_PLUGIN):
        status, said = cli(project, "synth", "--quiet")
    assert status != 0
    assert "broken judged nothing: " in said
    assert "out of order" in said


def test_a_finding_about_a_file_stops_plain_python(project: Project) -> None:
    with changed(project, edits(faults("aws-cdk-lib that floats"))):
        status, said = run(project, sys.executable, "app.py")
    assert status == 1
    assert "TAP606 requirements/synth.in: 'aws-cdk-lib>=" in said
    assert "Traceback" not in said


def test_a_rule_of_the_projects_own_refuses_a_stack(project: Project) -> None:
    with changed(project, own_rule("OWN101")):
        status, said = cli(project, "synth", "--quiet")
        listed = run(project, sys.executable, "-m", "tap_project.rules", "OWN101")
    assert status != 0
    (finding,) = [text for text in said.split("\n\n") if "ERROR OWN101" in text]
    assert "OWN101 Is not ours. Every table is one of ours. Otherwise nobody notices" in finding
    assert "tap-service-dev/Table" in finding
    assert "table_class=OURS," in finding
    assert listed[0] == 0
    assert "OWN101  Every table is one of ours." in listed[1]


def test_a_rule_of_the_projects_own_with_an_id_of_the_template_stops_the_cli(
    project: Project,
) -> None:
    with changed(project, own_rule("TAP999")):
        status, said = cli(project, "synth", "--quiet")
    assert status != 0
    assert "TAP002 Not judged: infra/rules.py: rule 'TAP999' needs an id" in said
    assert "Traceback" not in said


def test_edited_code_of_the_template_stops_the_cli(project: Project) -> None:
    edited = ("tap_project/cost.py", '"""Monthly cost', '"""Our monthly cost')
    added = ("tap_guardrails/rules/ours.py", "", '"""Ours."""\n')
    with changed(project, (edited, added)):
        status, said = cli(project, "synth", "--quiet")
    assert status != 0
    assert "TAP611 tap_project/cost.py: was edited" in said
    assert "TAP611 tap_guardrails/rules/ours.py: is no file of the template" in said
    assert "git checkout -- tap_guardrails tap_emulator tap_project" in said
    assert "infra/rules.py" in said


@pytest.mark.parametrize("variable", ["PYTHONSAFEPATH", "PYTHONDONTWRITEBYTECODE"])
def test_the_packages_are_found_from_the_projects_root(
    variable: str, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, "1")
    status, said = run(project, sys.executable, "app.py")
    assert status == 0, said


def test_a_careful_project_is_not_refused(project: Project) -> None:
    status, said = cli(project, "synth", "--quiet")
    assert status == 0, said
    assert "Refused" not in said
