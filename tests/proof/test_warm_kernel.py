"""A warm synth gives the result of a cold one, independent of earlier synths."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from proof import cold_process, dependencies, variants
from proof.matrix import prover
from proof.variants import Variant
from proof.warm_kernel import ColdOnly, SynthFailed, WarmProcess, WarmSynth
from proof.warm_kernel import synth as warm

Rendered = Callable[[Variant], Path]

FIRST = variants.by_id("rest-iam.s3.on_demand.endpoints.customer_managed.audit")
OTHER = variants.by_id("http-cognito.sqs.provisioned.nat.aws_managed.no_audit")
# Every choice of files, with the projects of tests/project/test_projects.py, which compare as well.
SPREAD = [
    OTHER,
    variants.by_id("rest-cognito.stream.on_demand.none.aws_managed.audit"),
    variants.by_id("http-iam.schedule.provisioned.endpoints.customer_managed.no_audit"),
]


@pytest.fixture
def rendered(tmp_path: Path) -> Rendered:
    """Return a function that renders a variant, each time into a new folder."""

    def render(variant: Variant) -> Path:
        folder = tmp_path / f"project-{len(list(tmp_path.iterdir()))}"
        folder.mkdir()
        project = prover.bake(variant, folder)
        dependencies.link(project, str(variant.answers["python_version"]))
        return project

    return render


@pytest.fixture
def synth() -> Iterator[WarmProcess]:
    """Return an unused warm synth."""
    process = WarmProcess()
    yield process
    process.close()


def outcome(assembly: Path) -> dict[str, bytes]:
    """Return every file of a cloud assembly.

    Exclude the duration, which the CDK records after a slow synth, and the stack traces of
    constructs, which name the kernel's temporary folder.
    """
    found = {
        path.relative_to(assembly).as_posix(): path.read_bytes()
        for path in assembly.rglob("*")
        if path.is_file() and not path.name.endswith("-counters.json")
    }
    for name in [name for name in found if name.endswith(".metadata.json")]:
        entries = {
            path: [
                {key: value for key, value in entry.items() if key != "trace"}
                for entry in metadata
                if entry["type"] != "aws:cdk:creationStack"
            ]
            for path, metadata in json.loads(found[name]).items()
        }
        assert any(entries.values())
        found[name] = json.dumps(entries).encode()
    assert any(name.endswith(".template.json") for name in found)
    assert any(name.startswith("asset.") for name in found)
    return found


def broken(project: Path) -> Path:
    """Let a project change its process as much as possible, and then fail within a stack."""
    stack = project / "infra" / "base.py"
    stack.write_text(
        "import os, sys\nimport infra.settings\n"
        + stack.read_text(encoding="utf-8").replace(
            "        self.alarms = Alarms(",
            "        os.environ.update(JSII_DEPRECATED='quiet', CDK_OUTDIR='/nowhere')\n"
            "        os.environ['CDK_CONTEXT_JSON'] = '{\"soiled\": true}'\n"
            "        sys.path.insert(0, '/nowhere')\n"
            "        os.chdir('/')\n"
            "        infra.settings.PROJECT = 'soiled'\n"
            "        if self.stack_name: raise RuntimeError('the project is broken')\n"
            "        self.alarms = Alarms(",
            1,
        ),
        encoding="utf-8",
    )
    return project


def test_first_last_and_single_synths_are_identical(rendered: Rendered, synth: WarmProcess) -> None:
    first = outcome(synth(rendered(FIRST)))
    for other in (OTHER, variants.default()):
        synth(rendered(other))
    with pytest.raises(SynthFailed, match="the project is broken"):
        synth(broken(rendered(OTHER)))
    last = outcome(synth(rendered(FIRST)))
    alone = WarmProcess()
    assert last == first
    assert outcome(alone(rendered(FIRST))) == first
    alone.close()


def test_a_failed_variant_does_not_affect_the_next(rendered: Rendered, synth: WarmProcess) -> None:
    with pytest.raises(SynthFailed, match="the project is broken"):
        synth(broken(rendered(FIRST)))
    project = rendered(OTHER)
    found = outcome(synth(project))
    assert b"soiled" not in b"".join(found.values())
    assert found == outcome(cold_process.synthesize(project, project / "cold.out"))


def test_a_folder_that_changed_gives_another_asset(rendered: Rendered, synth: WarmProcess) -> None:
    """The CDK would cache the hash of a folder by its path."""
    project = rendered(FIRST)
    before = outcome(synth(project, project / "before"))
    (project / "service" / "items.py").write_text("# changed\n", encoding="utf-8")
    after = outcome(synth(project, project / "after"))
    assert {name.partition("/")[0] for name in before} != {name.partition("/")[0] for name in after}


def test_the_machine_needs_no_node(
    rendered: Rendered, synth: WarmProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    assert outcome(synth(rendered(FIRST)))


def test_calling_something_deprecated_fails(rendered: Rendered, warm_synth: WarmProcess) -> None:
    project = rendered(FIRST)
    app = project / "infra" / "app.py"
    call = (
        "    from aws_cdk import aws_dynamodb as dynamodb\n"
        "    key = dynamodb.Attribute(name='pk', type=dynamodb.AttributeType.STRING)\n"
        "    dynamodb.Table(cdk.Stack(app, 'Old'), 'Table', partition_key=key,"
        " point_in_time_recovery=True)\n"
    )
    source = app.read_text(encoding="utf-8")
    app.write_text(source.replace("    return app", f"{call}    return app"), encoding="utf-8")
    with pytest.raises(SynthFailed, match="deprecated"):
        warm_synth(project)


@pytest.mark.parametrize("variant", SPREAD, ids=str)
def test_the_cdk_cli_gives_the_same_assembly(
    variant: Variant, rendered: Rendered, warm_synth: WarmProcess, tmp_path: Path
) -> None:
    project = rendered(variant)
    by_cli = outcome(cold_process.synthesize(project, tmp_path / "by-cli"))
    assert outcome(warm_synth(project, tmp_path / "warm")) == by_cli


def test_modules_paths_and_environment_are_restored(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "infra").mkdir()
    (tmp_path / "infra" / "__init__.py").touch()
    (tmp_path / "helper.py").touch()
    mine = type(sys)("infra")
    monkeypatch.setitem(sys.modules, "infra", mine)
    before = dict(sys.modules), list(sys.path), dict(os.environ), Path.cwd()
    with warm._isolated(tmp_path):
        # Both exist only in the test's project.
        import helper  # type: ignore[import-not-found]
        import infra

        assert infra.__file__ == str(tmp_path / "infra" / "__init__.py")
        assert helper.__file__ == str(tmp_path / "helper.py")
        os.environ["SOILED"] = "yes"
        os.chdir(tmp_path)
    assert sys.modules["infra"] is mine
    assert (dict(sys.modules), list(sys.path), dict(os.environ), Path.cwd()) == before


def test_a_process_that_already_has_a_kernel_is_rejected(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "jsii", type(sys)("jsii"))
    with pytest.raises(ColdOnly, match="before importing aws_cdk"):
        WarmSynth()
