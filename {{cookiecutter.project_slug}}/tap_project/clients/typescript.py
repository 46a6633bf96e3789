"""Generate the TypeScript client, with @hey-api/openapi-ts, and compile it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tempfile
import tomllib
from collections.abc import Sequence
from pathlib import Path

from tap_project.assembly import ROOT, OperationError
from tap_project.openapi import Document
from tap_project.openapi.document import FILE

# The packages of tap_project/clients/typescript/package-lock.json.
PACKAGES = Path("build") / "typescript"
FOLDER = Path("build") / "clients" / "typescript"
GENERATOR = Path("node_modules") / "@hey-api" / "openapi-ts" / "bin" / "run.js"
COMPILER = Path("node_modules") / "typescript" / "bin" / "tsc"
PLUGINS = ("@hey-api/client-fetch", "@hey-api/typescript", "@hey-api/sdk")
COMPILED = {
    "compilerOptions": {
        "declaration": True,
        "lib": ["ES2022", "DOM", "DOM.Iterable"],
        "module": "NodeNext",
        "noUncheckedIndexedAccess": True,
        "outDir": "dist",
        "rootDir": "src",
        "strict": True,
        "target": "ES2022",
        "types": [],
    },
    "include": ["src"],
}


def generate(document: Document, root: Path = ROOT) -> Path:
    """Write the client into build/clients/typescript, and return that folder.

    `src` has the sources, `dist` the modules for browsers and their declarations.

    Raises:
        OperationError: the generator or the compiler fails; with its reason.
    """
    folder = root / FOLDER
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    tables = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))
    package = {
        "name": f"{tables['project']['name']}-client",
        "version": document.content.get("info", {}).get("version", "0.1.0"),
        "type": "module",
        "exports": {".": "./dist/index.js", "./client": "./dist/client/index.js"},
        "files": ["dist"],
    }
    _write(folder / "package.json", package)
    _write(folder / "tsconfig.json", COMPILED)
    settings = {
        "input": str(root / FILE),
        "output": {"path": str(folder / "src"), "module": {"extension": ".js"}},
        "plugins": PLUGINS,
    }
    with tempfile.TemporaryDirectory(prefix="tap-clients-") as made:
        config = Path(made) / "config.mjs"
        config.write_text(f"export default {json.dumps(settings)};\n", encoding="utf-8")
        _run(GENERATOR, ["--file", str(config), "--no-log-file"], root, folder)
    _run(COMPILER, ["--project", str(folder)], root, folder)
    return folder


def _write(file: Path, content: object) -> None:
    file.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")


def _run(program: Path, arguments: Sequence[str], root: Path, folder: Path) -> None:
    node = root / ".venv" / "bin" / "node"
    # The locked tools; a list, and no shell (S603).
    done = subprocess.run(  # noqa: S603
        [str(node), str(root / PACKAGES / program), *arguments],
        cwd=folder,
        env={**os.environ, "NO_COLOR": "1"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        lines = [line.strip() for line in (done.stdout + done.stderr).splitlines() if line.strip()]
        reason = " ".join(lines)[-500:] or "no reason"
        raise OperationError(f"{program.stem} failed ({reason}); try: make openapi")
