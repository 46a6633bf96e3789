"""The synth of one project, without any effect on the next.

It runs the project's own code path, `build(...).synth()` of `infra.app`.

The kernel reads its environment and its working folder once, when it starts. They are cleaned
before that, and no project can change them for the next. In Python, a project's modules, paths,
environment variables and working folder are reset after each synth. The packages that all projects
import are shared: a project that changes a class of the CDK changes it for the next project, too.
"""

from __future__ import annotations

import gc
import importlib
import itertools
import multiprocessing
import os
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager, nullcontext
from functools import cache
from importlib.machinery import FileFinder, SourceFileLoader
from pathlib import Path
from types import CodeType
from typing import Any
from unittest import mock

from proof.warm_kernel import arguments, direct, guardrails

# Environment variables that would change a synth.
FOREIGN = ("AWS_", "CDK_", "JSII_", "NODE_OPTIONS", "NODE_PATH")
SYNTHS_PER_COLLECTION = 8
# Top-level names that a project's synth imports from its own folder.
PROJECT_PACKAGES = ("app", "infra", "service", "tap_emulator", "tap_guardrails", "tap_project")


class ColdOnly(RuntimeError):
    """This process has already started a kernel with another environment."""


class WarmSynth:
    """Synthesize projects in this process; only the first call is cold.

    Nothing of one project reaches the next: neither modules, `sys.path`, environment variables and
    the working folder, nor the CDK's cache of asset hashes. This also holds for a project that
    raises an exception.

    Raises:
        ColdOnly: jsii was loaded in this process before.
    """

    def __init__(self) -> None:
        if "jsii" in sys.modules:
            raise ColdOnly("jsii is loaded already; make the WarmSynth before importing aws_cdk")
        for name in list(os.environ):
            if name.startswith(FOREIGN):
                del os.environ[name]
        os.environ["JSII_NODE"] = _node()
        # As in the project's own Makefile: a call of deprecated code fails.
        os.environ["JSII_DEPRECATED"] = "fail"
        sys.dont_write_bytecode = False
        direct.connect()
        arguments.install()
        self.plugins: list[str] = []

    def __call__(self, project: Path, out: Path | None = None) -> Path:
        """Synthesize a project into `out`, its own cdk.out by default, and return that folder.

        Afterwards `plugins` names the plugins that checked it: a report without plugins has no
        findings either.

        Raises:
            Exception: any exception of the project, such as a finding of its guardrails.
        """
        project = project.resolve()
        out = (out or project / "cdk.out").resolve()
        self.plugins = []
        with _collected_once(), _isolated(project), _noted(self.plugins):
            build = importlib.import_module("infra.app").build
            try:
                build(outdir=str(out)).synth()
            finally:
                _forget_assets()
        return out


@contextmanager
def _isolated(project: Path) -> Iterator[None]:
    modules = {name: module for name, module in sys.modules.items() if _is_project(name)}
    path, environment, folder = list(sys.path), dict(os.environ), Path.cwd()
    hooks = list(sys.path_hooks)
    for name in modules:
        del sys.modules[name]
    sys.path.insert(0, str(project))
    sys.path_hooks.insert(0, _finder_below(project))
    importlib.invalidate_caches()
    raised = True
    try:
        with guardrails.shared(project) if guardrails.fits(project) else nullcontext():
            yield
        raised = False
    finally:
        os.chdir(folder)
        os.environ.clear()
        os.environ.update(environment)
        sys.path[:] = path
        sys.path_hooks[:] = hooks
        for entry in list(sys.path_importer_cache):
            if _lies_in(entry, project):
                del sys.path_importer_cache[entry]
        for name, module in list(sys.modules.items()):
            if _is_project(name) or _is_below(module, project):
                del sys.modules[name]
                # The CDK keeps references to its plugins, and through them to all of this. An error
                # may still need it for its message.
                if not raised:
                    vars(module).clear()
        sys.modules.update(modules)


@contextmanager
def _collected_once() -> Iterator[None]:
    """Let the garbage collector scan the objects of several synths once, all others never.

    The CDK's classes are never freed, and repeated scans took a fifth of Python's time.
    """
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
        if next(_synths) % SYNTHS_PER_COLLECTION == 0:
            gc.collect()
            gc.freeze()


@contextmanager
def _noted(plugins: list[str]) -> Iterator[None]:
    """Record the validation plugins that a project passes to the CDK."""
    validations: Any = importlib.import_module("aws_cdk").Validations
    add = validations.add_plugins

    def noting(self: Any, *added: Any) -> None:
        plugins.extend(type(plugin).__name__ for plugin in added)
        add(self, *added)

    with mock.patch.object(validations, "add_plugins", noting):
        yield


class _Remembering(SourceFileLoader):
    """Compile equal source files once for all projects, and write no bytecode beside them.

    Projects share most of their modules. A traceback names the folder of the first project.
    """

    def get_code(self, fullname: str) -> CodeType:
        """Return the code of the same source, compiled before."""
        file = self.get_filename(fullname)
        source = self.get_data(file)
        if source not in _compiled:
            _compiled[source] = self.source_to_code(source, file)
        return _compiled[source]


_compiled: dict[bytes, CodeType] = {}
_synths = itertools.count()


def _finder_below(project: Path) -> Callable[[str], FileFinder]:
    """Return a finder that imports only from a project's folders."""

    def hook(entry: str) -> FileFinder:
        if not _lies_in(entry, project):
            raise ImportError
        return FileFinder(entry, (_Remembering, [".py"]))

    return hook


def _is_project(name: str) -> bool:
    return name.partition(".")[0] in PROJECT_PACKAGES


def _is_below(module: Any, project: Path) -> bool:
    file = getattr(module, "__file__", None)
    return isinstance(file, str) and _lies_in(file, project)


def _lies_in(path: str, folder: Path) -> bool:
    # With a few thousand paths, pathlib would take a tenth of the time of a whole variant.
    return path == str(folder) or path.startswith(f"{folder}{os.sep}")


def _node() -> str:
    """Return the Node.js that the tests install; the machine's may be missing or too old."""
    # Imported here, because merging shares needs only the standard library.
    from proof.cold_process import NODE

    return str(NODE)


def _forget_assets() -> None:
    """Clear the CDK's cache of folder hashes by path, which lasts as long as the process."""
    aws_cdk: Any = sys.modules["aws_cdk"]
    aws_cdk.AssetStaging.clear_asset_hash_cache()


class SynthFailed(RuntimeError):
    """A project raised an exception in another process; the text is its message."""


class WarmProcess:
    """A `WarmSynth` in a separate process, for callers that may have loaded jsii already."""

    def __init__(self) -> None:
        context = multiprocessing.get_context("spawn")
        self._pool = ProcessPoolExecutor(1, mp_context=context)
        self.plugins: list[str] = []

    def __call__(self, project: Path, out: Path | None = None) -> Path:
        """Synthesize a project as `WarmSynth` does.

        Raises:
            SynthFailed: the project raised an exception.
        """
        failure, self.plugins = self._pool.submit(_synthesize, project, out).result()
        if failure is not None:
            raise SynthFailed(failure)
        return out or project / "cdk.out"

    def close(self) -> None:
        """End the process and its kernel."""
        self._pool.shutdown()


@cache
def _warm_synth() -> WarmSynth:
    return WarmSynth()


def _synthesize(project: Path, out: Path | None) -> tuple[str | None, list[str]]:
    synth, failure = _warm_synth(), None
    # An exception of jsii can't be sent to another process.
    try:
        synth(project, out)
    except Exception as error:
        failure = f"{type(error).__name__}: {error}"
    return failure, synth.plugins
