"""Unpacks layers once for all functions."""

import hashlib
import importlib.util
import io
import os
import shutil
import tempfile
import threading
import zipfile
from pathlib import Path
from typing import Any

from ministack.core import lambda_runtime
from ministack.services import lambda_svc


def unpack_once() -> None:
    """Share the unpacked layers between functions and their cold starts.

    ministack unpacks all files of a layer at each cold start, in its only process. Thousands of
    files take seconds, and no other request is answered meanwhile.
    """
    spawn = lambda_runtime.Worker._spawn

    def spawn_beside_layers(worker: Any) -> None:
        plain = worker.config
        layers = [lambda_svc._resolve_layer_zip(layer) for layer in plain.get("Layers", [])]
        folders = os.pathsep.join(str(_unpacked(layer)) for layer in layers if layer)
        variables = {**plain.get("Environment", {}).get("Variables", {})}
        variables["_LAMBDA_LAYERS_DIRS"] = folders
        worker.config = {**plain, "Layers": [], "Environment": {"Variables": variables}}
        try:
            spawn(worker)
        finally:
            worker.config = plain

    lambda_runtime.Worker._spawn = spawn_beside_layers


_folders: dict[str, Path] = {}
_lock = threading.Lock()


def _unpacked(layer: bytes) -> Path:
    """Return the folder of a layer, below the emulator's temporary folder."""
    name = hashlib.sha256(layer).hexdigest()
    with _lock:
        if name not in _folders:
            folder = Path(tempfile.mkdtemp(prefix="layer-"))
            with zipfile.ZipFile(io.BytesIO(layer)) as archive:
                archive.extractall(folder)
            _drop_compiled(folder / "python")
            _folders[name] = folder
        return _folders[name]


def _drop_compiled(packages: Path) -> None:
    """Delete packages that are compiled for Lambda's processor and Python.

    Functions run in the emulator's environment, which has the same versions for this machine.
    """
    compiled = {file.relative_to(packages).parts[0] for file in packages.rglob("*.so")}
    for name in compiled:
        if (packages / name).is_dir() and importlib.util.find_spec(name) is not None:
            shutil.rmtree(packages / name)
