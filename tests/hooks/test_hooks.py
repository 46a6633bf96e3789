"""The hooks after valid answers: pruning, verification and report."""

from __future__ import annotations

import ast
import json
import os
import shlex
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from jinja2 import Environment

from local_extensions import answers, foreign, pruning, rendered, screen, verification
from tests.conftest import TEMPLATE, Bake, Command
from tests.support.defaults import defaults

needs_make = pytest.mark.skipif(os.name == "nt", reason="a project's commands need POSIX")


@pytest.mark.parametrize("hook", ["pre_gen_project", "post_gen_project"])
def test_a_hook_reads_back_any_answer(hook: str) -> None:
    """Answers are literals in the hooks' source; no answer may end its literal."""
    hostile = {
        "a": '"""',
        "b": "\\",
        "c": "'''",
        "d": 'ends with "',
        "e": "\n",
        "f": True,
        "g": "é",
    }
    source = (TEMPLATE / f"hooks/{hook}.py").read_text(encoding="utf-8")
    rendered = Environment().from_string(source).render(cookiecutter=hostile, template_root='a"b\\')
    tree = ast.parse(rendered)
    literals = {
        node.target.id: ast.unparse(node.value)
        for node in tree.body
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.value
    }
    scope = {"json": json}
    assert eval(literals["ANSWERS"], scope) == hostile
    assert eval(literals["TEMPLATE_ROOT"], scope) == 'a"b\\'


@pytest.mark.parametrize("hook", ["pre_gen_project", "post_gen_project"])
def test_a_hook_needs_only_the_standard_library(hook: str) -> None:
    allowed = {*sys.stdlib_module_names, "local_extensions"}
    files = [TEMPLATE / f"hooks/{hook}.py"]
    modules = ["answers", "foreign", "literals", "processes", "pruning", "rendered"]
    modules += ["screen", "verification"]
    files += [TEMPLATE / f"local_extensions/{name}.py" for name in modules]
    imported: set[str] = set()
    for file in files:
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                imported.update(alias.name.split(".")[0] for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and node.module:
                imported.add(node.module.split(".")[0])
    assert "json" in imported
    assert imported <= allowed


def test_only_empty_files_and_folders_are_pruned(tmp_path: Path) -> None:
    template, project = tmp_path / "template", tmp_path / "project"
    for folder in (template, project):
        (folder / "kept/inner").mkdir(parents=True)
        (folder / "emptied/inner").mkdir(parents=True)
        (folder / "kept/inner/__init__.py").touch()
    (template / "emptied/inner/{{cookiecutter.__module}}").write_text("content")
    (template / "kept/nothing.py").write_text("{% if false %}x{% endif %}\n")
    (template / "kept/something.py").write_text("x\n")
    (project / "kept/nothing.py").write_text("\n")
    (project / "kept/something.py").write_text("x\n")
    for folder in (template, project):
        (folder / "kept/__pycache__").mkdir()
        (folder / "kept/__pycache__/something.cpython-311.pyc").write_bytes(b"\x89")
    (project / ".git/refs/tags").mkdir(parents=True)
    (project / "users/own").mkdir(parents=True)
    pruning.prune(project, template)
    assert sorted(str(p.relative_to(project)) for p in project.rglob("*")) == [
        ".git",
        ".git/refs",
        ".git/refs/tags",
        "kept",
        "kept/inner",
        "kept/inner/__init__.py",
        "kept/something.py",
        "users",
        "users/own",
    ]


@pytest.mark.parametrize("folder", sorted(pruning.CACHES))
def test_a_cache_in_the_template_is_not_rendered(
    folder: str, environment: dict[str, str], tmp_path: Path
) -> None:
    """Importing or linting the template's modules leaves a cache beside them."""
    template = tmp_path / "template"
    for part in ("hooks", "local_extensions", "templates", answers.PROJECT_FOLDER):
        shutil.copytree(TEMPLATE / part, template / part)
    shutil.copy(TEMPLATE / "cookiecutter.json", template)
    cache = template / answers.PROJECT_FOLDER / "tests" / folder
    cache.mkdir(exist_ok=True)
    (cache / "leftover").write_bytes(b"\x89\x00{{")
    command = [sys.executable, "-m", "cookiecutter", str(template), "--no-input", "verify=no"]
    run = subprocess.run(
        [*command, "--output-dir", str(tmp_path)],
        cwd=tmp_path,
        env={name: value for name, value in environment.items() if name != "PYTHONPATH"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    assert (tmp_path / "tap-service/app.py").is_file()
    assert not (tmp_path / "tap-service/tests" / folder).exists()


def test_rendered_hooks_do_not_leave_answers_in_temporary_files(
    cookiecutter: Command, tmp_path: Path
) -> None:
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    run = cookiecutter("--no-input", "verify=no", TMPDIR=str(temporary), TEMP=str(temporary))
    assert run.returncode == 0, run.stderr
    assert list(temporary.iterdir()) == []


def test_an_unverified_project_is_reported_as_unverified(
    cookiecutter: Command, tmp_path: Path
) -> None:
    output = tmp_path / "with a blank"
    run = cookiecutter("--no-input", "verify=no", output=output)
    project = output / "tap-service"
    assert run.stdout.splitlines() == [
        f"tap-service is rendered into {project}",
        "tap-service is not verified: verify is false",
        f"To verify it later: cd '{project}' && make synth",
        "",
        "Open",
        "  No one is subscribed to the alarms yet: set alarm_email in infra/settings.py.",
        "",
        "Next",
        f"  cd '{project}'",
        "  git init --initial-branch=main",
        "  git add . && git commit --message 'New project'",
        f"  {'make check':51}  # lint, types, synth and tests",
        f"  {'make dev':51}  # runs the service here, without AWS",
        "  make bootstrap ENV=dev ARGS=--repository=OWNER/NAME  # once per environment; asks first",
        f"  {'make doctor ENV=dev':51}  # credentials, quotas, subscriptions",
        "  make deploy ENV=dev",
    ]
    assert run.stderr == ""


@pytest.mark.parametrize(
    ("given", "notes"),
    [
        ({}, ["No one is subscribed"]),
        ({"alarm_email": "a@example.com"}, []),
        ({"alarm_email": "a@example.com", "network": "existing"}, ["The ids of the VPC are"]),
        (
            {"environments": "dev,test"},
            ["No one is subscribed", "Without a production environment"],
        ),
        ({"environments": "dev", "audit_trail": False}, ["No one is subscribed"]),
    ],
)
def test_open_settings_are_reported(given: dict[str, object], notes: list[str]) -> None:
    lines = screen.notes(defaults() | given)
    assert len(lines) == len(notes)
    for line, beginning in zip(lines, notes, strict=True):
        assert line.startswith(beginning)


@pytest.mark.parametrize(("ci", "copied"), [("github", True), ("gitlab", True), ("none", False)])
def test_a_project_in_a_repository_copies_its_pipelines(
    tmp_path: Path, ci: str, copied: bool
) -> None:
    project = tmp_path / "repository" / "services" / "tap-service"
    given = defaults() | {"ci": ci}

    def commands(folder: Path) -> list[str]:
        return [command for command, _ in screen.next_commands(folder, given)]

    init = "git init --initial-branch=main"
    assert "make pipelines" not in commands(project)
    assert init in commands(project)
    (tmp_path / "repository" / ".git").mkdir(parents=True)
    assert ("make pipelines" in commands(project)) == copied
    assert init not in commands(project)
    assert "make pipelines" not in commands(project.parents[1])


# Replaces the project's commands; records its targets and environment.
FAKE_MAKE = """#!{python}
import json, os, sys
from pathlib import Path

target, outcome = sys.argv[1], os.environ["OUTCOME"]
with open(os.environ["CALLS"], "a") as calls:
    print(json.dumps({{"target": target, "folder": os.getcwd(), "environment": dict(os.environ)}}),
          file=calls)
if outcome == "refused":
    for part in (".venv", "node_modules/.bin", "build/dependencies/python"):
        os.makedirs(part)
    Path(".venv/.synth").touch()
    print("error: Connection refused")
    sys.exit(1)
if outcome == target:
    print("first line")
    print("error: could not reach the package index")
    sys.exit("make: *** [Makefile:1: it] Error 1")
if target == "synth":
    stacks = ["tap-service-dev", "tap-service-prod"][: 1 if outcome == "one stack" else 2]
    assembly = Path("cdk.out")
    assembly.mkdir()
    artifacts = {{"Tree": {{"type": "cdk:tree", "properties": {{}}}}}}
    for stack in stacks:
        resources = {{"A": {{}}, "B": {{}}}} if outcome != "no resources" else {{}}
        (assembly / f"{{stack}}.template.json").write_text(json.dumps({{"Resources": resources}}))
        artifacts[stack] = {{"type": "aws:cloudformation:stack",
                             "properties": {{"templateFile": f"{{stack}}.template.json"}}}}
    (assembly / "manifest.json").write_text(json.dumps({{"artifacts": artifacts}}))
"""


class Verified:
    """A run of cookiecutter with verification, by a make with a given outcome."""

    def __init__(self, cookiecutter: Command, folder: Path, outcome: str, **variables: str) -> None:
        programs = folder / "programs"
        programs.mkdir()
        make = programs / "make"
        make.write_text(FAKE_MAKE.format(python=sys.executable), encoding="utf-8")
        make.chmod(0o755)
        calls = folder / "calls"
        calls.touch()
        self.project = folder / "some folder" / "tap-service"
        self.run = cookiecutter(
            "--no-input",
            output=self.project.parent,
            OUTCOME=outcome,
            CALLS=str(calls),
            PATH=f"{programs}{os.pathsep}{os.environ['PATH']}",
            **variables,
        )
        self.calls = [json.loads(line) for line in calls.read_text(encoding="utf-8").splitlines()]
        self.targets = [call["target"] for call in self.calls]


@needs_make
def test_a_verified_project_is_reported_as_verified(cookiecutter: Command, tmp_path: Path) -> None:
    verified = Verified(cookiecutter, tmp_path, "fine")
    assert (verified.run.returncode, verified.run.stderr) == (0, "")
    assert verified.targets == ["install", "synth"]
    assert {call["folder"] for call in verified.calls} == {str(verified.project)}
    line = (
        "  Synthesized without findings of the guardrails and cdk-nag:"
        " tap-service-dev (2 resources), tap-service-prod (2 resources)."
    )
    lines = verified.run.stdout.splitlines()
    assert "tap-service is verified" in lines
    assert line in lines
    assert [line.split(" took ")[0] for line in lines if " took " in line] == [
        "Installing the locked packages (make install)",
        "Synthesizing every environment (make synth)",
    ]
    assert "\x1b" not in verified.run.stdout


@needs_make
def test_without_packages_the_project_is_kept_unverified(
    cookiecutter: Command, tmp_path: Path
) -> None:
    verified = Verified(cookiecutter, tmp_path, "install")
    assert verified.run.returncode == 0
    assert verified.targets == ["install"]
    assert (verified.project / "app.py").is_file()
    why = "make install failed: error: could not reach the package index"
    assert f"tap-service is not verified: {why}" in verified.run.stdout.splitlines()
    assert "is verified" not in verified.run.stdout


@needs_make
@pytest.mark.parametrize(
    ("outcome", "line"),
    [
        ("synth", "error: could not reach the package index"),
        ("one stack", "make synth wrote no resources for prod"),
        ("no resources", "make synth wrote no resources for dev, prod"),
    ],
)
def test_a_project_that_does_not_synthesize_is_deleted(
    cookiecutter: Command, tmp_path: Path, outcome: str, line: str
) -> None:
    verified = Verified(cookiecutter, tmp_path, outcome)
    assert verified.run.returncode == 1
    assert line in verified.run.stderr.splitlines()
    assert "tap-service does not synthesize" in verified.run.stderr.splitlines()
    assert "is verified" not in verified.run.stdout
    assert not verified.project.exists()


@needs_make
def test_commands_do_not_inherit_cookiecutters_environment(
    cookiecutter: Command, tmp_path: Path
) -> None:
    families = [f"{family}X" for family in foreign.FAMILIES]
    names = [*families, *foreign.NAMES, *foreign.OF_MAKE]
    # Some of them would affect cookiecutter, unless they are empty.
    misleading = {name: "" if "PY" in name else "foreign" for name in names}
    kept = {"AWS_PROFILE": "kept", "PIP_INDEX_URL": "kept", "npm_config_registry": "kept"}
    verified = Verified(cookiecutter, tmp_path, "fine", **misleading, **kept)
    assert verified.run.returncode == 0, verified.run.stderr
    assert verified.calls
    for call in verified.calls:
        assert not misleading.keys() & call["environment"].keys()
        assert kept.items() <= call["environment"].items()


@needs_make
def test_a_recipe_sees_the_variables_that_the_hook_passes_on(bake: Bake, tmp_path: Path) -> None:
    exceptions = [name.replace("%", "X") for name in foreign.makefile_exceptions()]
    families = [f"{family}X" for family in foreign.FAMILIES]
    others = ["AWS_PROFILE", "OTHER", "PIP_INDEX_URL"]
    given = dict.fromkeys([*exceptions, *families, *foreign.NAMES, *others], "x")
    probe = tmp_path / "probe.mk"
    probe.write_text("probe:\n\t@env\n", encoding="utf-8")
    run = subprocess.run(
        ["make", "-f", "Makefile", "-f", str(probe), "probe"],
        cwd=bake(),
        env={"HOME": str(tmp_path), "PATH": os.environ["PATH"], **given},
        capture_output=True,
        text=True,
        check=True,
    )
    seen = {line.partition("=")[0] for line in run.stdout.splitlines()}
    passed_on = foreign.without(given).keys()
    assert {"AWS_PROFILE", "PIP_INDEX_URL", "npm_config_registry"} <= passed_on < given.keys()
    assert seen & given.keys() == passed_on


@pytest.mark.parametrize("umask", ["022", "077"])
def test_modes_of_a_project_do_not_depend_on_the_umask(
    cookiecutter: Command, tmp_path: Path, umask: str
) -> None:
    umasked = os.umask(int(umask, 8))
    try:
        run = cookiecutter("--no-input", "verify=no")
    finally:
        os.umask(umasked)
    assert run.returncode == 0, run.stderr
    project = tmp_path / "tap-service"
    paths = list(project.rglob("*"))
    assert len(paths) > 50
    odd = [p for p in paths if stat.S_IMODE(p.stat().st_mode) != (0o755 if p.is_dir() else 0o644)]
    assert odd == []


def test_modes_of_a_project_do_not_depend_on_the_templates_checkout(tmp_path: Path) -> None:
    file = tmp_path / "service" / "items.py"
    own = tmp_path / "own.py"
    file.parent.mkdir(mode=0o700)
    for each in (file, own):
        each.touch(0o600)
    rendered.normalise_modes(tmp_path, defaults())
    modes = [stat.S_IMODE(path.stat().st_mode) for path in (file.parent, file, own)]
    assert modes == [0o755, 0o644, 0o600]


def test_rendering_over_a_project_names_the_files_of_other_answers(
    cookiecutter: Command, tmp_path: Path
) -> None:
    project = tmp_path / "tap-service"
    first = cookiecutter("--no-input", "verify=no")
    before = {path.relative_to(project).as_posix() for path in project.rglob("*")}
    other = ["worker=none", "network=none", "ci=gitlab"]
    again = cookiecutter("--no-input", "--overwrite-if-exists", "verify=no", *other)
    alone = cookiecutter("--no-input", "verify=no", *other, output=tmp_path / "alone")
    assert [run.returncode for run in (first, again, alone)] == [0, 0, 0]
    note = "  Files of other answers remain; to delete them: rm "
    lines = [line for line in again.stdout.splitlines() if line.startswith(note)]
    assert len(lines) == 1
    named = set(shlex.split(lines[0].removeprefix(note)))
    folder = tmp_path / "alone" / "tap-service"
    belong = {path.relative_to(folder).as_posix() for path in folder.rglob("*")}
    stale = {name for name in before - belong if (project / name).is_file()}
    assert named == stale
    assert ".github/workflows/deploy.yml" in named
    assert note not in first.stdout + alone.stdout


def test_every_conditional_file_of_the_template_is_known_by_name() -> None:
    names = {path.name for path in (TEMPLATE / answers.PROJECT_FOLDER).rglob("{{*}}*")}
    variables = {name.removeprefix("{{cookiecutter.").removesuffix("}}") for name in names}
    assert "__api_module" in variables
    assert variables <= rendered._conditional_names(answers.questions()).keys()


@needs_make
def test_without_make_the_project_is_kept_unverified(cookiecutter: Command, tmp_path: Path) -> None:
    run = cookiecutter("--no-input", PATH=str(tmp_path))
    assert run.returncode == 0, run.stderr
    assert "tap-service is not verified: make is not installed" in run.stdout.splitlines()
    assert (tmp_path / "tap-service/app.py").is_file()


REQUIRED = {"TAP_VERIFY": "required"}


@needs_make
def test_a_required_verification_that_succeeds_is_a_success(
    cookiecutter: Command, tmp_path: Path
) -> None:
    verified = Verified(cookiecutter, tmp_path, "fine", **REQUIRED)
    assert (verified.run.returncode, verified.run.stderr) == (0, "")
    assert "tap-service is verified" in verified.run.stdout


@needs_make
def test_a_required_verification_without_packages_is_a_failure(
    cookiecutter: Command, tmp_path: Path
) -> None:
    verified = Verified(cookiecutter, tmp_path, "install", **REQUIRED)
    assert verified.run.returncode == 1
    why = "make install failed: error: could not reach the package index"
    reason = f"tap-service is not verified, and TAP_VERIFY=required: {why}"
    assert reason in verified.run.stderr.splitlines()
    assert "Traceback" not in verified.run.stdout + verified.run.stderr
    assert not verified.project.exists()


@needs_make
def test_a_make_that_can_not_be_started_is_reported_in_one_line(
    cookiecutter: Command, tmp_path: Path
) -> None:
    make = tmp_path / "programs" / "make"
    make.parent.mkdir()
    make.write_bytes(b"no program")
    make.chmod(0o755)
    run = cookiecutter("--no-input", PATH=str(make.parent))
    assert (run.returncode, run.stderr) == (0, "")
    why = "make install can't be run: Exec format error"
    assert f"tap-service is not verified: {why}" in run.stdout.splitlines()


@needs_make
def test_a_required_verification_without_make_is_a_failure(
    cookiecutter: Command, tmp_path: Path
) -> None:
    run = cookiecutter("--no-input", PATH=str(tmp_path), **REQUIRED)
    assert run.returncode == 1
    assert (
        "tap-service is not verified, and TAP_VERIFY=required: make is not installed"
        in run.stderr.splitlines()
    )


@pytest.mark.parametrize(
    ("value", "given", "line"),
    [
        ("required", ["verify=no"], "verify False contradicts TAP_VERIFY=required; try verify=yes"),
        ("yes", [], "TAP_VERIFY 'yes' is not known; try TAP_VERIFY=required"),
        ("Required", ["verify=no"], "TAP_VERIFY 'Required' is not known; try TAP_VERIFY=required"),
    ],
)
def test_a_requirement_that_can_not_be_met_is_rejected_before_anything_is_written(
    cookiecutter: Command, tmp_path: Path, value: str, given: list[str], line: str
) -> None:
    output = tmp_path / "output"
    run = cookiecutter("--no-input", *given, output=output, TAP_VERIFY=value)
    assert (run.returncode, run.stdout, run.stderr) == (1, "", f"Error: {line}\n")
    assert not output.exists()


@pytest.mark.parametrize(
    ("output", "reason"),
    [
        pytest.param(
            "WARNING: Retrying (Retry(total=0, connect=None, read=None, redirect=None,"
            " status=None)) after connection broken by 'NewConnectionError('<pip._vendor.urllib3."
            "connection.HTTPConnection object at 0x7f83d>: Failed to establish a new connection:"
            " [Errno 111] Connection refused')': /simple/attrs/\n"
            "ERROR: Could not find a version that satisfies the requirement attrs==25.4.0\n"
            "ERROR: No matching distribution found for attrs==25.4.0\n"
            "make: *** [Makefile:60: .venv/.synth] Error 1",
            "Failed to establish a new connection: [Errno 111] Connection refused')':"
            " /simple/attrs/",
            id="pip, dead index",
        ),
        pytest.param(
            "error: Failed to fetch: `http://127.0.0.1:9/simple/attrs/`\n"
            "  Caused by: error sending request for url\n"
            "  Caused by: tcp connect error\n"
            "  Caused by: Connection refused (os error 111)\n",
            "Caused by: Connection refused (os error 111)",
            id="uv, dead index",
        ),
        pytest.param(
            "ERROR: HTTP error 403 while getting x\nERROR: No matching distribution found for y",
            "ERROR: HTTP error 403 while getting x",
            id="forbidden",
        ),
        pytest.param(
            "ERROR: Could not install: [Errno 28] No space left on device\nerror: something else",
            "ERROR: Could not install: [Errno 28] No space left on device",
            id="full disk",
        ),
        pytest.param(
            "WARNING: the folder aws-cdk-asset-node-proxy-agent-v6 is ignored\n"
            "ERROR: No matching distribution found for jsii==1.4040",
            "ERROR: No matching distribution found for jsii==1.4040",
            id="names that look like causes",
        ),
        pytest.param("one\ntwo\nmake: *** Error 2\n", "two", id="no cause"),
        pytest.param("", "it printed nothing", id="silence"),
    ],
)
def test_the_error_line_of_a_failed_installation_is_shown(output: str, reason: str) -> None:
    assert verification._reason(output)[0] == reason


@pytest.mark.parametrize(
    ("line", "remedy"),
    [
        ("tcp connect error: Connection refused", "check the network, HTTPS_PROXY and the package"),
        ("HTTP error 401 while getting x", "check the network, HTTPS_PROXY and the package"),
        ("OSError: [Errno 28] No space left on device", "free space on this disk"),
        ("invalid peer certificate: UnknownIssuer", "set SSL_CERT_FILE, PIP_CERT and NODE_EXTRA"),
        ("error: unknown", ""),
    ],
)
def test_a_failed_installation_has_a_next_step(line: str, remedy: str) -> None:
    found = verification._reason(f"first\n{line}\nlast\n")[1]
    assert found.startswith(remedy)
    assert bool(found) is bool(remedy)


@needs_make
def test_the_next_step_of_a_failed_installation_is_printed(
    cookiecutter: Command, tmp_path: Path
) -> None:
    """What is complete is kept, because the next installation starts from it."""
    verified = Verified(cookiecutter, tmp_path, "refused")
    lines = verified.run.stdout.splitlines()
    why = "tap-service is not verified: make install failed: error: Connection refused"
    step = lines[lines.index(why) + 1]
    assert step.startswith("First check the network, HTTPS_PROXY and the package indexes: ")
    left = {path.name for path in verified.project.iterdir()}
    assert ".venv" in left
    assert not {"node_modules", "build"} & left


@needs_make
def test_a_command_that_never_ends_is_stopped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "Makefile").write_text("install:\n\t@echo $$$$ >process; exec sleep 1000\n")
    monkeypatch.setattr(verification, "INSTALL_SECONDS", 0.5)
    with pytest.raises(verification.NotVerified, match="make install took longer than"):
        verification.verify(tmp_path, defaults(), screen.Console())
    process = int((tmp_path / "process").read_text())
    with pytest.raises(ProcessLookupError):
        os.kill(process, 0)


def test_a_missing_assembly_has_no_stacks(tmp_path: Path) -> None:
    assert verification.synthesized(tmp_path) == {}


@needs_make
def test_a_terminal_gets_colours_unless_disabled() -> None:
    pty = pytest.importorskip("pty")
    source = (
        "from local_extensions.screen import Console\n"
        "console = Console()\nconsole.tick('half')\nconsole.line('green', 'whole')\n"
    )
    shown = {}
    for declines in ("", "1"):
        ours, theirs = pty.openpty()
        variables = {**os.environ, "NO_COLOR": declines, "TERM": "xterm"}
        command = [sys.executable, "-c", source]
        subprocess.run(command, cwd=TEMPLATE, env=variables, stdout=theirs, check=True)
        os.close(theirs)
        shown[declines] = os.read(ours, 4096).decode()
        os.close(ours)
    assert shown[""].endswith("\r\x1b[K\x1b[32mwhole\x1b[0m\r\n")
    assert shown["1"].endswith("\r\x1b[Kwhole\r\n")
