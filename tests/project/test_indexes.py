"""uv uses pip's indexes, and every supported platform can install the locks."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
import zipfile
from pathlib import Path
from types import ModuleType

import pytest

from local_extensions import answers
from proof import dependencies
from tests.conftest import TEMPLATE

PROJECT = TEMPLATE / answers.PROJECT_FOLDER
PATH = f"{dependencies.UV.parent}{os.pathsep}{os.environ['PATH']}"


def load(name: str) -> ModuleType:
    """Import a module of the project's operations without leaving bytecode beside it."""
    spec = importlib.util.spec_from_file_location(name, PROJECT / "tap_project" / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    kept, sys.dont_write_bytecode = sys.dont_write_bytecode, True
    try:
        spec.loader.exec_module(module)
    finally:
        sys.dont_write_bytecode = kept
    return module


uv, wheels = load("uv"), load("wheels")


@pytest.fixture
def unconfigured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """Return an environment without configuration of pip or uv."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setattr(uv, "SYSTEM", tmp_path / "etc")
    return {"XDG_CONFIG_DIRS": str(tmp_path / "xdg"), "XDG_CONFIG_HOME": str(tmp_path / "own")}


def configure(file: Path, *lines: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("\n".join(lines), encoding="utf-8")


def indexes(environ: dict[str, str], tmp_path: Path) -> dict[str, str]:
    """Return the variables for uv without the machine's certificates."""
    made: dict[str, str] = uv.variables(environ, prefix=str(tmp_path / "prefix"))
    return {name: value for name, value in made.items() if name != "UV_SYSTEM_CERTS"}


def test_uv_gets_no_settings_without_a_pip_configuration(
    unconfigured: dict[str, str], tmp_path: Path
) -> None:
    assert indexes(unconfigured, tmp_path) == {}


def test_uv_gets_all_settings_of_pip(unconfigured: dict[str, str], tmp_path: Path) -> None:
    wheelhouse = tmp_path / "wheels"
    wheelhouse.mkdir()
    configure(
        tmp_path / "own/pip/pip.conf",
        "[global]",
        "index-url = https://pypi.example.com/simple",
        "extra_index_url =",
        "    https://one.example.com/simple",
        "    https://two.example.com/simple",
        f"find-links = {wheelhouse} {tmp_path}/missing https://wheels.example.com",
        "trusted-host = pypi.example.com one.example.com",
        "cert = /etc/my ca.pem",
        "client-cert = /etc/me.pem",
        "proxy = http://proxy.example.com:3128",
    )
    assert indexes(unconfigured, tmp_path) == {
        "UV_DEFAULT_INDEX": "https://pypi.example.com/simple",
        "UV_INDEX": "https://one.example.com/simple https://two.example.com/simple",
        "UV_INDEX_STRATEGY": "unsafe-best-match",
        "UV_FIND_LINKS": f"{wheelhouse},https://wheels.example.com",
        "UV_INSECURE_HOST": "pypi.example.com one.example.com",
        "SSL_CERT_FILE": "/etc/my ca.pem",
        "SSL_CLIENT_CERT": "/etc/me.pem",
        "ALL_PROXY": "http://proxy.example.com:3128",
    }


def test_settings_have_pips_precedence(unconfigured: dict[str, str], tmp_path: Path) -> None:
    def default_index() -> str:
        return indexes(unconfigured, tmp_path)["UV_DEFAULT_INDEX"]

    for name in ("xdg/pip/pip.conf", "etc/pip.conf", "own/pip/pip.conf", "prefix/pip.conf"):
        configure(tmp_path / name, "[global]", f"index-url = https://{name}")
        assert default_index() == f"https://{name}"
    configure(tmp_path / "named", "[global]", "index-url = https://named")
    unconfigured["PIP_CONFIG_FILE"] = str(tmp_path / "named")
    assert default_index() == "https://named"
    configure(tmp_path / "own/pip/pip.conf", "[install]", "index-url = https://install")
    assert default_index() == "https://install"
    unconfigured["PIP_INDEX_URL"] = "https://variable"
    assert default_index() == "https://variable"
    del unconfigured["PIP_INDEX_URL"]
    unconfigured["PIP_CONFIG_FILE"] = os.devnull
    assert indexes(unconfigured, tmp_path) == {}


@pytest.mark.parametrize("own", [{"UV_INDEX": "https://mine"}, {}], ids=["variable", "file"])
def test_an_index_configured_for_uv_takes_precedence(
    unconfigured: dict[str, str], tmp_path: Path, own: dict[str, str]
) -> None:
    configure(
        tmp_path / "etc/pip.conf", "[global]", "index-url = https://pips", "cert = /etc/ca.pem"
    )
    if not own:
        configure(tmp_path / "own/uv/uv.toml", 'index-url = "https://mine"')
    assert indexes({**unconfigured, **own}, tmp_path) == {"SSL_CERT_FILE": "/etc/ca.pem"}


def test_an_invalid_pip_configuration_is_left_to_pip(
    unconfigured: dict[str, str], tmp_path: Path
) -> None:
    configure(tmp_path / "etc/pip.conf", "no section")
    assert indexes(unconfigured, tmp_path) == {}


@pytest.mark.parametrize(("value", "options"), [("true", ["--no-index"]), ("0", [])])
def test_uv_ignores_the_index_where_pip_does(
    unconfigured: dict[str, str], tmp_path: Path, value: str, options: list[str]
) -> None:
    environ = {**unconfigured, "PIP_NO_INDEX": value}
    assert uv.options(environ, prefix=str(tmp_path / "prefix")) == options


def wheel(folder: Path, name: str, platform: str) -> None:
    """Write an empty wheel that any Python 3 can install on a platform."""
    folder.mkdir(exist_ok=True)
    about = f"{name}-1.dist-info"
    files = {
        f"{about}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: 1\n",
        f"{about}/WHEEL": f"Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-{platform}\n",
        f"{about}/RECORD": "",
    }
    with zipfile.ZipFile(folder / f"{name}-1-py3-none-{platform}.whl", "w") as archive:
        for file, text in files.items():
            archive.writestr(file, text)


EVERYWHERE = ("manylinux_2_17_x86_64", "manylinux_2_28_aarch64", "macosx_11_0_universal2")


@pytest.mark.parametrize(
    ("platforms", "missing"),
    [
        (("any",), []),
        (EVERYWHERE, []),
        (EVERYWHERE[1:], ["Linux on x86_64"]),
        ((*EVERYWHERE[:2], "macosx_11_0_arm64"), ["macOS on x86_64"]),
    ],
    ids=["pure", "everywhere", "no Linux on x86_64", "no macOS on x86_64"],
)
def test_a_lock_without_wheels_for_a_platform_is_rejected(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    platforms: tuple[str, ...],
    missing: list[str],
) -> None:
    for platform in platforms:
        wheel(tmp_path / "wheels", "fast", platform)
    lock = tmp_path / "dev.txt"
    lock.write_text("fast==1\n", encoding="utf-8")
    settings = {"PATH": PATH, "PIP_FIND_LINKS": str(tmp_path / "wheels"), "PIP_NO_INDEX": "1"}
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(wheels, "PYTHONS", ("3.11", "3.14"))
    assert wheels.main([str(lock)]) == (1 if missing else 0)
    printed = capsys.readouterr().err.splitlines()
    lacking = [line for line in printed if line.startswith(f"{lock} lacks wheels for ")]
    assert [line.partition(": ")[0].partition(" for ")[2] for line in lacking] == [
        f"{name}, Python {python}" for name in missing for python in ("3.11", "3.14")
    ]
    assert all("fast==1 has no " in line for line in lacking)
    hint = "Try: restrict the package in requirements/*.in, then: make lock"
    assert printed[len(lacking) :] == [hint] * len(missing)


@pytest.mark.parametrize("name", ["dev", "live", "synth", "uv"])
def test_every_supported_platform_can_install_the_locks(
    monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setenv("PATH", PATH)
    monkeypatch.setattr(wheels, "PYTHONS", ("3.11", "3.14"))
    assert len(wheels.PLATFORMS) == 4
    assert list(wheels.problems(PROJECT / "requirements" / f"{name}.txt")) == []


def test_a_machine_without_uv_gets_installation_instructions() -> None:
    done = subprocess.run(
        [sys.executable, str(PROJECT / "tap_project" / "uv.py"), "--version"],
        env={"PATH": "/nowhere"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    (line,) = done.stderr.splitlines()
    assert line.startswith("uv is not installed; see https://docs.astral.sh/uv/")
