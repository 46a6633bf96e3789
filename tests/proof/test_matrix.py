"""The matrix detects problems of a variant and of a run."""

from __future__ import annotations

import contextlib
import json
import multiprocessing
import os
import re
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Callable
from dataclasses import replace
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any
from unittest import mock

import pytest

from local_extensions import answers
from proof import scratch, variants
from proof.matrix import costs, inventory, prover, runs, workers
from proof.matrix.__main__ import main
from proof.matrix.progress import Progress
from proof.matrix.prover import Row
from proof.matrix.runs import Incomplete, Run
from proof.matrix.workers import Worker
from proof.variants import Variant
from proof.warm_kernel import WarmProcess

Rendered = Callable[[Variant], Path]

SIZE = len(variants.product())
DEFAULT = variants.default()
MACHINE = {
    "wall_seconds": 2.0,
    "cpu_seconds": 1.5,
    "largest_process_mb": 600,
    "ended": "2026-01-01T00:00:00+00:00",
}


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Return a fresh default project."""
    return prover.bake(DEFAULT, tmp_path)


@pytest.mark.parametrize("variant", variants.product()[::97], ids=str)
def test_the_matrix_bakes_the_same_files_as_the_command_line(
    variant: Variant, bake: Callable[..., Path], tmp_path: Path
) -> None:
    """The matrix prunes without hooks, and uses templates compiled for another project."""
    project = prover.bake(variant, tmp_path)
    hooked = bake(**variant.answers)
    assert inventory.present(hooked) == inventory.present(project)
    for name in inventory.present(hooked):
        assert (hooked / name).read_bytes() == (project / name).read_bytes(), name


def test_an_unexpected_file_is_detected(project: Path) -> None:
    given = prover.complete(DEFAULT)
    assert list(prover.file_problems(project, given)) == []
    (project / "infra" / "spare.py").touch()
    (project / "infra" / "s3_worker.py").unlink()
    (project / "empty").mkdir()
    (project / "tap_guardrails" / "plugin.py").write_text("", encoding="utf-8")
    assert list(prover.file_problems(project, given)) == [
        "files are missing: infra/s3_worker.py",
        "unexpected files: infra/spare.py",
        "tap_guardrails/plugin.py differs from the template's",
        "folders are empty: empty",
    ]


@pytest.mark.parametrize(
    "line",
    [
        "{% if cookiecutter.api %}",
        "name = {{ cookiecutter.project_slug }}",
        "name = {{ region | python_string }}",
        "{# why #}",
        "see cookiecutter.project_slug",
        "{{project_slug}}",
        "{{ names[0] }}",
        "{{- loop.index -}}",
        '{{ "x" }}',
        "{{ NAME }}",
    ],
)
def test_unrendered_jinja_is_detected(tmp_path: Path, line: str) -> None:
    (tmp_path / "file").write_text(f"first\n{line}\n", encoding="utf-8")
    assert [problem.split(" has ")[0] for problem in prover.leftovers(tmp_path, "file")] == [
        "file:2"
    ]


@pytest.mark.parametrize(
    "line",
    ["run: ${{ github.sha }}", 'f"{{{name}}}"', "{'a': {'b': 1}}", "see cookiecutter.json", "{}"],
)
def test_text_similar_to_jinja_is_accepted(tmp_path: Path, line: str) -> None:
    (tmp_path / "file").write_text(f"{line}\n", encoding="utf-8")
    assert list(prover.leftovers(tmp_path, "file")) == []


@pytest.mark.parametrize(
    ("source", "problem"),
    [("import os\n", "ruff check: "), ("answer = {  1:2 }\n", "ruff format: ")],
)
def test_code_that_the_projects_linter_rejects_is_detected(
    project: Path, source: str, problem: str
) -> None:
    assert prover.lint_problems(project) == []
    (project / "infra" / "spare.py").write_text(source, encoding="utf-8")
    assert [found[: len(problem)] for found in prover.lint_problems(project)] == [problem]


PRICED = {
    "Nat": {"Type": "AWS::EC2::NatGateway"},
    "Address": {"Type": "AWS::EC2::EIP"},
    "Key": {"Type": "AWS::KMS::Key"},
    "Free": {"Type": "AWS::EC2::VPCEndpoint", "Properties": {"VpcEndpointType": "Gateway"}},
    "Simple": {"Type": "AWS::CloudWatch::Alarm", "Properties": {"MetricName": "Errors"}},
    "Computed": {
        "Type": "AWS::CloudWatch::Alarm",
        "Properties": {
            "Metrics": [{"MetricStat": {}}, {"MetricStat": {}}, {"Expression": "a + b"}]
        },
    },
    "Table": {
        "Type": "AWS::DynamoDB::Table",
        "Properties": {
            "ProvisionedThroughput": {"ReadCapacityUnits": 5, "WriteCapacityUnits": 5},
            "GlobalSecondaryIndexes": [
                {"ProvisionedThroughput": {"ReadCapacityUnits": 1, "WriteCapacityUnits": 1}}
            ],
        },
    },
    "Scaling": {"Type": "AWS::ApplicationAutoScaling::ScalingPolicy"},
}


def page_of(*templates: dict[str, Any]) -> str:
    """Return a cost page with the tables of these templates."""
    cost = costs.cost()
    page = f"# Cost\n\n{cost.FIXED}\n\nEnd\n\n{cost.USAGE}\n\nEnd\n"
    written: str = cost.written(page, dict(zip(("dev", "prod"), templates, strict=False)))
    return written


def test_costs_are_read_from_the_template() -> None:
    lines = costs.cost().fixed({"Resources": PRICED})
    assert {line.item: line.count for line in lines} == {
        "nat_gateway": 1,
        "address": 1,
        "key": 1,
        "alarm_metric": 3,
        "scaling_alarm": 4,
        "read_unit": 6,
        "write_unit": 6,
    }
    assert round(sum(line.usd for line in lines), 2) == 41.62


def test_a_page_with_the_tables_of_its_templates_is_accepted() -> None:
    template = {"Resources": PRICED}
    assert list(costs.problems(page_of(template), {"dev": template})) == []


@pytest.mark.parametrize(
    "more",
    [
        {"Type": "AWS::CloudWatch::Dashboard"},
        {"Type": "AWS::Scheduler::Schedule"},
        {"Type": "AWS::SQS::Queue"},
    ],
    ids=["fixed", "usage", "usage too"],
)
def test_an_item_missing_from_a_cost_page_is_detected(more: dict[str, Any]) -> None:
    page = page_of({"Resources": PRICED})
    template = {"Resources": {**PRICED, "More": more}}
    assert len(list(costs.problems(page, {"dev": template}))) == 1


def test_an_obsolete_item_is_detected() -> None:
    page = page_of({"Resources": PRICED})
    template = {"Resources": {name: PRICED[name] for name in PRICED if name != "Key"}}
    assert len(list(costs.problems(page, {"dev": template}))) == 2


def test_a_type_without_a_price_is_detected() -> None:
    template = {"Resources": {"New": {"Type": "AWS::New::Thing"}}}
    (problem,) = costs.problems(page_of(template), {"dev": template})
    assert problem == "no price is known in dev for AWS::New::Thing"


def test_a_finding_names_its_rule(tmp_path: Path) -> None:
    report = tmp_path / "tap-service" / "cdk.out" / "validation-report.json"
    report.parent.mkdir(parents=True)
    violation = {"ruleName": "TAP215", "description": "The key does not let it"}
    report.write_text(json.dumps({"pluginReports": [{"violations": [violation]}]}))
    text = prover._short_form(RuntimeError("ValidationFailed"), tmp_path)
    assert text == "synth: TAP215: The key does not let it"


def test_a_worker_that_dies_fails_one_variant() -> None:
    worker = Worker()
    worker.start(DEFAULT)
    worker._process.kill()
    row = worker.result()
    assert (row.id, row.proven) == (DEFAULT.id, False)
    assert row.problems == ["ended its process with exit code -9"]
    assert worker.prove(DEFAULT).proven
    worker.close()


def test_a_worker_that_hangs_fails_one_variant(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workers, "SECONDS_PER_VARIANT", 0.05)
    (row,) = workers.prove_all([DEFAULT], 1)
    assert row.problems == ["took longer than 0 seconds"]


def test_a_kernel_that_dies_fails_one_variant() -> None:
    worker = Worker()
    assert worker.prove(DEFAULT).proven
    listed = subprocess.run(
        ["ps", "-o", "pid=", "--ppid", str(worker._process.pid)], capture_output=True, text=True
    )
    kernels = [int(pid) for pid in listed.stdout.split()]
    assert kernels
    for pid in kernels:
        os.kill(pid, signal.SIGKILL)
    assert not worker.prove(DEFAULT).proven
    assert worker.prove(DEFAULT).proven
    worker.close()


def hanging_worker(pipe: Connection, folder: str | None) -> None:
    """A worker process that keeps a file, hangs, and ignores requests to end."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    variant, _ = pipe.recv()
    if folder is not None:
        Path(folder, "kept").touch()
    pipe.send(prover.blank(variant))  # reports that it is about to hang
    signal.pause()


def test_a_worker_that_does_not_end_is_killed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workers, "_serve", hanging_worker)
    monkeypatch.setattr(workers, "SECONDS_TO_END", 0.5)
    worker = Worker()
    worker.start(DEFAULT)
    worker.pipe.recv()
    process, worker._deadline = worker._process, 0.0
    assert worker.result().problems == ["took longer than 300 seconds"]
    assert process.exitcode == -signal.SIGKILL


def working_worker(pipe: Connection, folder: str | None) -> None:
    """A worker process that proves every variant, with its process id in the row."""
    with contextlib.suppress(EOFError):
        while True:
            variant, _ = pipe.recv()
            row = prover.blank(variant)
            row.stacks = {"prod": {"resources": os.getpid()}}
            pipe.send(row)


def test_a_kernel_is_replaced_before_it_grows_too_large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workers, "_serve", working_worker)
    monkeypatch.setattr(workers, "VARIANTS_PER_KERNEL", 2)
    worker = Worker()
    processes = [worker.prove(DEFAULT).stacks["prod"]["resources"] for _ in range(5)]
    worker.close()
    assert [processes.index(one) for one in processes] == [0, 0, 2, 2, 4]


def test_no_temporary_files_are_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scratch, "folder", lambda: str(tmp_path))
    monkeypatch.setattr(workers, "_serve", hanging_worker)
    monkeypatch.setattr(workers, "SECONDS_TO_CLOSE", 0.5)
    monkeypatch.setattr(workers, "SECONDS_TO_END", 0.5)
    rows = workers.prove_all([DEFAULT], 1)
    next(rows)
    assert [kept.name for kept in tmp_path.glob("tap-matrix-*/*")] == ["kept"]
    rows.close()
    assert list(tmp_path.iterdir()) == []


def served(pipe: Connection, folder: str | None) -> None:
    """A worker process that reports its folder for temporary files."""
    with mock.patch.object(workers, "WarmSynth"), mock.patch.object(pipe, "recv") as begin:
        begin.side_effect = EOFError
        workers._serve(pipe, folder)
    pipe.send((tempfile.gettempdir(), os.environ["TMPDIR"]))


def test_a_worker_keeps_temporary_files_in_its_folder(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    mine, theirs = context.Pipe()
    process = context.Process(target=served, args=(theirs, str(tmp_path)))
    process.start()
    assert mine.recv() == (str(tmp_path), str(tmp_path))
    process.join()


class WithoutPlugin:
    """A synth of projects without one plugin."""

    def __init__(self, synth: WarmProcess) -> None:
        self._synth = synth

    def __call__(self, project: Path) -> Path:
        app = project / "infra" / "app.py"
        source = app.read_text(encoding="utf-8")
        assert source.count("AwsSolutionsChecks(app), ") == 1
        app.write_text(source.replace("AwsSolutionsChecks(app), ", ""), encoding="utf-8")
        return self._synth(project)

    @property
    def plugins(self) -> list[str]:
        return self._synth.plugins


def test_a_missing_plugin_is_detected(warm_synth: WarmProcess) -> None:
    row = prover.prove(DEFAULT, WithoutPlugin(warm_synth))
    assert row.problems == [
        "checked by ['Guardrails'], not by ['AwsSolutionsChecks', 'Guardrails']"
    ]


def rows(count: int) -> list[Row]:
    """Return proven rows of the first variants of the product."""
    found = []
    for variant in variants.product()[:count]:
        row = prover.blank(variant)
        row.stacks = {"prod": {"resources": 80, "bytes": 9000, "usd": 6.4}}
        row.checks = 16
        found.append(row)
    return found


def test_shares_are_merged_into_the_product(tmp_path: Path) -> None:
    product = variants.product()[:6]
    everything = rows(6)
    for number, share in enumerate((everything[1::2], everything[0::2]), start=1):
        runs.write(Run(share, dict(MACHINE)), tmp_path / f"job-{number}", f"matrix-{number}-of-2")
    merged = runs.merge(runs.read(tmp_path), product)
    assert [row.id for row in merged.rows] == [variant.id for variant in product]
    assert merged.machine["cpu_seconds"] == 3.0
    assert merged.machine["machines"] == 2
    assert merged.failed == []


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (lambda found: found[:-1], "1 is reported by no share: "),
        (lambda found: [*found, found[0]], "1 is reported twice: "),
        (lambda found: [*found, replace(found[0], id="odd")], "1 is of no variant of the product"),
        (
            lambda found: [replace(found[0], answers={"api": "none"}), *found[1:]],
            "1 is of other answers: ",
        ),
    ],
)
def test_incomplete_shares_are_rejected(
    change: Callable[[list[Row]], list[Row]], problem: str
) -> None:
    with pytest.raises(Incomplete, match=f"^of 4 variants {problem}"):
        runs.merge([Run(change(rows(4)), dict(MACHINE))], variants.product()[:4])


def test_a_missing_share_fails_the_merge(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    runs.write(Run(rows(4), dict(MACHINE)), tmp_path, "matrix-1-of-144")
    assert main(["--merge", str(tmp_path), "--output", str(tmp_path)]) == 1
    assert capsys.readouterr().err.startswith(
        f"of {SIZE} variants {SIZE - 4} are reported by no share: "
    )
    assert not (tmp_path / "matrix.json").exists()


def test_shares_of_different_releases_are_rejected() -> None:
    shares = [
        Run(found, {**MACHINE, "aws-cdk-lib": release})
        for found, release in ((rows(2), "2.1.0"), (rows(4)[2:], "2.2.0"))
    ]
    with pytest.raises(Incomplete, match=r"shares are of different releases: .*2\.1\.0.* and "):
        runs.merge(shares, variants.product()[:4])


@pytest.mark.parametrize("text", ["[]", '{"x": 1}', '{"rows": ['])
def test_a_file_that_is_not_a_share_is_named(tmp_path: Path, text: str) -> None:
    (tmp_path / "matrix-1-of-2.json").write_text(text, encoding="utf-8")
    with pytest.raises(Incomplete, match=r"matrix-1-of-2\.json is not a share of a run: "):
        runs.read(tmp_path)


def test_no_share_at_all_fails_the_merge(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--merge", str(tmp_path)]) == 1
    assert capsys.readouterr().err == f"there is no matrix-*-of-*.json in {tmp_path}\n"


@pytest.mark.parametrize("share", ["9", "0/8", "9/8", "a/8", "800/800"])
def test_an_invalid_share_option_is_rejected(
    share: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--shard", share]) == 1
    assert repr(share) in capsys.readouterr().err


def test_a_failure_is_printed_at_once_with_its_command(capsys: pytest.CaptureFixture[str]) -> None:
    failed = rows(1)[0]
    failed.problems.append("synth: TAP215: The key does not let it")
    Progress(total=2).proved(failed)
    lines = capsys.readouterr().out.splitlines()
    assert lines[:3] == [f"FAILED {failed.id}", f"  {failed.problems[0]}", f"  {failed.command}"]


def test_a_row_without_checks_is_not_proven() -> None:
    assert not prover.blank(DEFAULT).proven


def test_a_share_is_run_and_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--shard", f"3/{SIZE}", "--output", str(tmp_path)]) == 0
    assert "1 of 1 variants are proven" in capsys.readouterr().out
    written = json.loads((tmp_path / f"matrix-3-of-{SIZE}.json").read_text(encoding="utf-8"))
    (row,) = written["rows"]
    assert row["id"] == variants.product()[2].id
    assert row["verdict"] == "proven"
    assert row["seconds"].keys() == {"bake", "read", "lint", "synth", "check"}
    assert sum(row["resources"].values()) == sum(s["resources"] for s in row["stacks"].values())
    assert Run.from_json(written).to_json() == written


def test_the_page_is_self_contained_and_shows_every_row(tmp_path: Path) -> None:
    found = rows(12)
    found[3].problems.append("</script><b>not markup</b>")
    runs.write(Run(found, dict(MACHINE)), tmp_path)
    page = (tmp_path / "matrix.html").read_text(encoding="utf-8")
    assert not re.findall(r"""(?:src|href)=|url\(|@import""", page)
    assert page.count("</script>") == 1
    (data,) = re.findall(r"^const run = (.*);$", page, flags=re.MULTILINE)
    shown = json.loads(data)
    assert [row["id"] for row in shown["rows"]] == [row.id for row in found]
    assert (shown["variants"], shown["proven"]) == (12, 11)
    assert list(shown["options"]) == list(variants.infrastructure_options(answers.asked()))


@pytest.mark.skipif(shutil.which("chromium") is None, reason="no Chromium to open the page with")
def test_the_page_draws_a_cell_for_every_variant(tmp_path: Path) -> None:
    runs.write(Run(rows(SIZE), {**MACHINE, "cores": 2, "system": "x", "python": "3"}), tmp_path)
    command = "chromium --headless --no-sandbox --disable-gpu --no-first-run --disable-sync"
    command += " --disable-background-networking --disable-component-update --dump-dom"
    done = subprocess.run(
        [*command.split(), f"--user-data-dir={tmp_path}/home", f"file://{tmp_path}/matrix.html"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert f"All {SIZE} variants are proven" in done.stdout
    assert done.stdout.count('role="gridcell"') == SIZE
