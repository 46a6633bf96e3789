"""A project's commands give the same results in any shell and folder, with any home folder.

The settings are those of public bug reports. Each is applied to a copy of one installed project, to
the command that it used to break, and the output of a synth is compared with a normal synth's.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from proof import dependencies
from proof.live import harness
from tests.conftest import Bake
from tests.support import pythons
from tests.support.memory import tmp_path as tmp_path

pytestmark = pytest.mark.skipif(os.name == "nt", reason="a project's commands need POSIX")

DEAD = "http://127.0.0.1:9"
# Without these, file modes also apply to root.
NO_OVERRIDE = ("setpriv", "--bounding-set", "-dac_override,-dac_read_search")
READ_ONLY = NO_OVERRIDE if os.geteuid() == 0 else ()
FOLDERS = os.environ["PATH"].split(os.pathsep)
WITHOUT_UV = os.pathsep.join(name for name in FOLDERS if not Path(name, "uv").exists())
SYNTH, CLI, LAYER = "cdk.out/manifest.json", "node_modules/.bin/cdk", "build/dependencies/python"
START = (
    "import sys; from pathlib import Path; import boto3\n"
    "from tap_emulator.emulator import running\n"
    "with running(Path(sys.argv[1]), Path('build/live.log')) as emulator:\n"
    "    import os; os.environ |= emulator.environment(emulator.account)\n"
    "    print(boto3.client('sts', region_name='us-east-1').get_caller_identity()['Account'])"
)


@dataclass(frozen=True, kw_only=True)
class HostileSetting:
    """A setting, a command of the project, and its expected result.

    Args:
        command: the command that runs in the project's folder.
        makes: a path that the command creates; it is deleted before.
        variables: exported variables; `{tmp}` is a folder of the test.
        folder: the name of the folder above the project.
        prepare: changes the surroundings of the project before.
        output: part of the command's output.
    """

    command: Sequence[str]
    makes: str = ""
    variables: Mapping[str, str] = field(default_factory=dict)
    folder: str = "projects"
    prepare: Callable[[Path], object] = lambda project: None
    output: str = ""


def workspace(project: Path) -> None:
    """Turn the folder above the project into an npm workspace."""
    text = '{"private": true, "workspaces": ["*"]}'
    (project.parent / "package.json").write_text(text, encoding="utf-8")


def pip_alone(project: Path) -> None:
    """Give the project an environment with pip, unlike the environments of uv."""
    shutil.rmtree(project / ".venv")
    subprocess.run([sys.executable, "-m", "venv", ".venv"], cwd=project, check=True)
    for stamp in (".python", ".synth"):
        (project / ".venv" / stamp).touch()


def read_only_home(project: Path) -> None:
    """Create a read-only home folder."""
    (project.parent / "home").mkdir(mode=0o555)


MAKE_SYNTH, MAKE_CLI = ("make", "synth"), ("make", CLI.replace(".bin/cdk", ".package-lock.json"))
SETTINGS = {
    "an AWS profile that does not exist": HostileSetting(
        command=(".venv/bin/python", "-m", "pytest", "-q", "tests/test_api.py"),
        variables={"AWS_PROFILE": "nosuch", "AWS_ENDPOINT_URL": DEAD, "AWS_REGION": "nowhere-1"},
        output=" passed",
    ),
    "variables of other tools": HostileSetting(
        command=MAKE_SYNTH,
        makes=SYNTH,
        variables={
            "AWS_PROFILE": "nosuch",
            "CDK_CONTEXT": "x=y",
            "CDK_VALIDATION": "false",
            "ENV": "{tmp}/.shinit",
            "HTTPS_PROXY": DEAD,
            "HTTP_PROXY": DEAD,
            "NODE_OPTIONS": "--require=nosuch",
            "PYTHONOPTIMIZE": "2",
            "PYTHONSAFEPATH": "1",
            "PYTHONWARNINGS": "error",
        },
        output="tap-service-prod",
    ),
    "no script folder in Python's path": HostileSetting(
        command=(".venv/bin/python", "app.py"),
        makes=SYNTH,
        variables={"CDK_OUTDIR": "cdk.out", "CDK_VALIDATION": "false", "PYTHONSAFEPATH": "1"},
    ),
    "a home folder that does not exist": HostileSetting(
        command=MAKE_SYNTH, makes=SYNTH, variables={"HOME": "/dev/null"}
    ),
    "a home folder that can't be written to": HostileSetting(
        command=(*READ_ONLY, *MAKE_SYNTH),
        makes=SYNTH,
        variables={"HOME": "{tmp}/home"},
        prepare=read_only_home,
    ),
    "NODE_ENV": HostileSetting(command=MAKE_CLI, makes=CLI, variables={"NODE_ENV": "production"}),
    "npm without development dependencies": HostileSetting(
        command=MAKE_CLI, makes=CLI, variables={"NPM_CONFIG_OMIT": "dev", "npm_config_global": "1"}
    ),
    "a workspace of npm above": HostileSetting(command=MAKE_CLI, makes=CLI, prepare=workspace),
    "pip for the user": HostileSetting(
        command=("make", "build/.dependencies"),
        makes=LAYER,
        variables={"PATH": WITHOUT_UV, "PIP_USER": "1", "PIP_NO_BINARY": ":all:"},
        prepare=pip_alone,
    ),
    "uv for the system": HostileSetting(
        command=("make", "build/.dependencies"),
        makes=LAYER,
        variables={"UV_SYSTEM_PYTHON": "1", "UV_COMPILE_BYTECODE": "1", "UV_LINK_MODE": "symlink"},
    ),
    "a folder that is a pattern": HostileSetting(
        command=("make", "lint", "synth"), makes=SYNTH, folder="[x] 'é' $HOME \"q\""
    ),
    "a proxy that is down": HostileSetting(
        command=(".venv/bin/python", "-c", START, "{emulator}"),
        variables={"HTTPS_PROXY": DEAD, "HTTP_PROXY": DEAD, "https_proxy": DEAD},
        output="111111111111",
    ),
}


@pytest.fixture(scope="module")
def installed(bake_on_disk: Bake) -> Iterator[Path]:
    """Return a project with all installed packages and its cloud assembly."""
    project = bake_on_disk()
    run(("make", "install-dev", "synth"), project)
    yield project
    shutil.rmtree(project)


def run(
    command: Sequence[str], project: Path, **variables: str
) -> subprocess.CompletedProcess[str]:
    """Run a project's command in a normal shell with these additional variables.

    uv comes from the tests' environment, and the user's caches are used.
    """
    home = Path(variables.get("HOME", Path.home()))
    caches = {"UV_CACHE_DIR": str(Path.home() / ".cache" / "uv")}
    mine = {name: value for name, value in os.environ.items() if not name.startswith("JSII_")}
    path = f"{dependencies.UV.parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        command,
        cwd=project,
        env={**mine, **caches, "HOME": str(home), "PATH": path, **variables},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, done.stdout[-3000:]
    return done


def copied(project: Path, folder: Path, *, packages: Sequence[str]) -> Path:
    """Copy an installed project, these packages included; the others are links to folders."""
    folder.mkdir()
    copy = folder / project.name
    shared = {".venv", "node_modules", "build/dependencies"} - set(packages)

    def skipped(at: str, names: list[str]) -> list[str]:
        return [name for name in names if os.path.relpath(f"{at}/{name}", project) in shared]

    shutil.copytree(project, copy, symlinks=True, ignore=skipped)
    for name in shared:
        (copy / name).symlink_to(project / name)
    return copy


@pytest.mark.parametrize("setting", SETTINGS.values(), ids=SETTINGS.keys())
def test_a_command_gives_the_same_result_in_a_hostile_shell(
    installed: Path, tmp_path: Path, setting: HostileSetting
) -> None:
    changed = [".venv"] if setting.prepare is pip_alone else []
    changed += ["node_modules"] if setting.makes == CLI else []
    changed += ["build/dependencies"] if setting.makes == LAYER else []
    project = copied(installed, tmp_path / setting.folder, packages=changed)
    if setting.makes:
        made = project / setting.makes
        (shutil.rmtree if made.is_dir() else Path.unlink)(made)
    for stamp in ("node_modules/.package-lock.json", "build/.dependencies"):
        if stamp in setting.command:
            (project / stamp).unlink()
    setting.prepare(project)
    variables = {
        name: value.format(tmp=project.parent) for name, value in setting.variables.items()
    }
    emulator = {"{emulator}": str(harness.installed())} if "{emulator}" in setting.command else {}
    done = run([emulator.get(word, word) for word in setting.command], project, **variables)
    assert setting.output in done.stdout
    assert not setting.makes or (project / setting.makes).exists()
    if setting.makes in (SYNTH, LAYER):
        folder = Path(setting.makes).parent
        assert contents(project / folder) == contents(installed / folder)


def contents(folder: Path) -> dict[str, bytes | list[str]]:
    """Return the files in a folder; of files with outside paths, the parts that must be equal."""
    files = [path for path in folder.rglob("*") if path.is_file() and not path.is_symlink()]
    assert files, "nothing to compare"
    found: dict[str, bytes | list[str]] = {}
    for path in files:
        name = path.relative_to(folder).as_posix()
        if name == "validation-report.json":
            reports = json.loads(path.read_bytes())["pluginReports"]
            found[name] = sorted(report["pluginName"] for report in reports)
        elif not name.endswith(".metadata.json"):  # stack traces
            found[name] = path.read_bytes()
    return found


def test_uv_uses_the_named_python(bake_on_disk: Bake) -> None:
    _, *others = pythons.installed().values()
    if not others:
        pytest.skip("this machine has no second Python that is new enough")
    named = others[-1]
    project = bake_on_disk()
    run(("make", ".venv/.synth", f"PYTHON={named}", "INSTALL=true"), project)
    version = ("-c", "import sys; print(sys.version)")
    made = run((".venv/bin/python", *version), project)
    asked = run((str(named), *version), project)
    assert made.stdout == asked.stdout
