"""Lambda can read and import assets, independent of the build machine."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any

import pytest

from tap_guardrails.code import Files
from tap_guardrails.model import App
from tap_guardrails.rules import RULES
from tests.guardrails.assembly import Assembly, ref, resource

CODE, LAYER = "a" * 64, "b" * 64
AARCH64, X86_64 = b"\xb7\x00", b"\x3e\x00"


def app(folder: Path, *, runtime: str = "python3.14", machine: str = "arm64") -> App:
    """Return an app with a function and a layer; their assets are `code` and `layer`."""
    function = {
        "Architectures": [machine],
        "Code": {"S3Bucket": "x", "S3Key": f"{CODE}.zip"},
        "Layers": [ref("Layer")],
        "Runtime": runtime,
    }
    layer = {"Content": {"S3Bucket": "x", "S3Key": f"{LAYER}.zip"}}
    assembly = Assembly(folder).stack(
        {
            "Function": resource("AWS::Lambda::Function", properties=function),
            "Layer": resource("AWS::Lambda::LayerVersion", properties=layer),
        }
    )
    return App(assembly.assets({CODE: "code", LAYER: "layer"}).folder)


def found(rule: str, judged: App) -> list[tuple[str, str]]:
    """Return the path and the message of each finding of one rule."""
    results: Any = RULES[rule].check(judged)
    return [(resource.path, message) for resource, message in results]


@pytest.fixture
def readable(tmp_path: Path) -> Path:
    """Return assets that everyone can read."""
    for name in ("code/api.py", "layer/python/package/module.py"):
        file = tmp_path / name
        file.parent.mkdir(parents=True)
        file.touch(0o644)
    for folder in ("code", "layer", "layer/python", "layer/python/package"):
        (tmp_path / folder).chmod(0o755)
    return tmp_path


def test_readable_assets_are_accepted(readable: Path) -> None:
    judged = app(readable)
    assert len(judged.assets) == 2
    assert all(path.is_dir() for path in judged.assets.values())
    assert found("TAP314", judged) == []


@pytest.mark.parametrize(
    ("name", "mode", "construct"),
    [
        ("code/api.py", 0o600, "Function"),
        ("code/api.py", 0o640, "Function"),
        ("layer/python/package/module.py", 0o600, "Layer"),
        ("layer/python/package", 0o700, "Layer"),
        ("layer/python", 0o754, "Layer"),
        ("layer", 0o711, "Layer"),
    ],
)
def test_an_asset_that_only_its_owner_may_read_is_rejected(
    readable: Path, name: str, mode: int, construct: str
) -> None:
    (readable / name).chmod(mode)
    ((path, message),) = found("TAP314", app(readable))
    assert path.endswith(construct)
    assert f"can read {name.partition('/')[2] or '.'} of its asset" in message


def test_links_that_lead_nowhere_are_no_files(readable: Path) -> None:
    module = readable / "layer" / "python" / "package" / "module.py"
    for name, target in {
        "alias.py": "module.py",
        "loop.py": "loop.py",
        "missing.py": "gone.py",
        "below.py": "module.py/x",
        "parent": "..",
    }.items():
        module.with_name(name).symlink_to(target)
    names = Files(readable / "layer").names
    assert names == {"python/package/module.py", "python/package/alias.py"}
    assert found("TAP314", app(readable)) == []
    module.chmod(0o600)
    ((_, message),) = found("TAP314", app(readable))
    assert "can read python/package/module.py of its asset" in message


def test_modes_in_an_archive_are_checked(tmp_path: Path) -> None:
    for name, attributes in (("code", 0o600 << 16), ("layer", 0x20)):
        with zipfile.ZipFile(tmp_path / name, "w") as archive:
            entry = zipfile.ZipInfo("module.py")
            entry.external_attr = attributes  # 0x20: of Windows, which has no modes
            archive.writestr(entry, "x")
    ((path, message),) = found("TAP314", app(tmp_path))
    assert path.endswith("Function")
    assert "module.py" in message


def compiled(folder: Path, name: str, machine: bytes, magic: bytes = b"\x7fELF") -> None:
    """Put a shared library of a processor into the layer."""
    content = magic + bytes(14) + machine
    (folder / "layer" / "python" / "package" / name).write_bytes(content)


@pytest.mark.parametrize(
    ("name", "machine", "runtime"),
    [
        ("fast.cpython-314-aarch64-linux-gnu.so", AARCH64, "python3.14"),
        ("fast.abi3.so", AARCH64, "python3.12"),
        ("libbundled.so", X86_64, "python3.14"),
        ("fast.cpython-311-x86_64-linux-gnu.so", X86_64, "nodejs24.x"),
    ],
)
def test_compatible_compiled_modules_are_accepted(
    readable: Path, name: str, machine: bytes, runtime: str
) -> None:
    compiled(readable, name, machine)
    assert found("TAP315", app(readable, runtime=runtime)) == []


@pytest.mark.parametrize(
    ("name", "machine", "magic", "made"),
    [
        ("fast.cpython-311-aarch64-linux-gnu.so", AARCH64, b"\x7fELF", "Python 3.11 on arm64"),
        ("fast.cpython-314-x86_64-linux-gnu.so", X86_64, b"\x7fELF", "Python 3.14 on x86_64"),
        ("fast.cpython-314-darwin.so", AARCH64, b"\xcf\xfa\xed\xfe", "on another system"),
        ("fast.abi3.so", X86_64, b"\x7fELF", "Python 3 on x86_64"),
    ],
)
def test_modules_of_another_python_or_processor_are_rejected(
    readable: Path, name: str, machine: bytes, magic: bytes, made: str
) -> None:
    compiled(readable, name, machine, magic)
    ((path, message),) = found("TAP315", app(readable))
    assert path.endswith("Function")
    assert message.startswith("runs Python 3.14 on arm64, python/package/fast is for ")
    assert message.endswith(made)


def test_one_compatible_build_is_enough(readable: Path) -> None:
    compiled(readable, "fast.cpython-313-aarch64-linux-gnu.so", AARCH64)
    compiled(readable, "fast.cpython-314-aarch64-linux-gnu.so", AARCH64)
    assert found("TAP315", app(readable)) == []
    assert found("TAP315", app(readable, runtime="python3.12")) != []


HANDLERS = {
    "a-name": ("app = APIGatewayRestResolver()", "REST"),
    "a-function": ("def made():\n    return APIGatewayHttpResolver()\napp = made()", "HTTP"),
    "another-module": ("from shared import resolver as made\napp = made()", "REST"),
    "two-modules": ("from other import resolver\napp = resolver()", "REST"),
    "another-package": ("from package import resolver\napp = resolver()", ""),
    "two-resolvers": ("from shared import either\napp = either()", ""),
    "a-circle": ("from circle import made\napp = made()", ""),
}
BESIDE = {
    "shared": "def resolver():\n    app = APIGatewayRestResolver(debug=False)\n    return app\n"
    "def either():\n    return APIGatewayRestResolver() or APIGatewayHttpResolver()\n",
    "other": "from shared import resolver\n",
    "circle": "from circle import made\n",
}


@pytest.mark.parametrize("case", HANDLERS)
def test_the_resolver_of_a_handler_is_found_in_its_modules(tmp_path: Path, case: str) -> None:
    from tap_guardrails.rules import consistency

    source, event = HANDLERS[case]
    code = tmp_path / "code"
    code.mkdir()
    for name, text in {**BESIDE, "api": f'{source}\n@app.get("/items")\ndef f(): ...\n'}.items():
        (code / f"{name}.py").write_text(text, encoding="utf-8")
    function = resource(
        "AWS::Lambda::Function",
        properties={
            "Code": {"S3Bucket": "x", "S3Key": f"{CODE}.zip"},
            "Handler": "api.handler",
            "Runtime": "python3.14",
        },
    )
    judged = App(Assembly(tmp_path).stack({"Function": function}).assets({CODE: "code"}).folder)
    (found_function,) = judged.resources("AWS::Lambda::Function")
    resolver, routes = consistency._handled(found_function)
    assert consistency.RESOLVERS.get(resolver, "") == event
    assert routes == ({("GET", "/items")} if event else set())
