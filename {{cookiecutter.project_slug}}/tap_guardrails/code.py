"""The code of a function: its runtime, files and handler.

Code is a folder or an archive of the assembly, or text in the template. Modules are parsed and
never imported.
"""

from __future__ import annotations

import ast
import io
import os
import re
import sys
import tokenize
import warnings
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path

from tap_guardrails.model import App, MissingHandler, NotJudged, Resource, syntax_tree

LAYER = "AWS::Lambda::LayerVersion"
# The files of a handler by runtime: its path (`a/b` of a.b.handler), or a fixed name.
HANDLERS: dict[str, tuple[str, ...]] = {
    "python": ("{path}.py", "{path}/__init__.py"),
    "nodejs": ("{path}.js", "{path}.mjs", "{path}.cjs"),
    "ruby": ("{path}.rb",),
    "provided": ("bootstrap",),
    "dotnet": ("{path}.dll",),
    "go": ("{path}",),
}
# The name of the module in inline code.
INLINE = {"python": "index.py", "nodejs": "index.js"}
# Where the runtime looks for modules of a layer.
LAYER_FOLDERS = {
    "python": ("python/", "python/lib/python{version}/site-packages/"),
    "nodejs": ("nodejs/node_modules/", "nodejs/node{version}/node_modules/"),
    "ruby": ("ruby/lib/",),
    "provided": ("",),
}
# The start of a handler's path that runtimes ignore or that points into a layer.
PLACE = re.compile(r"\./|/var/task/|/opt/nodejs/node_modules/|/opt/python/")
# Monitoring extensions have their own handler in a layer, and the function's in a variable, such
# as DD_LAMBDA_HANDLER, NEW_RELIC_LAMBDA_HANDLER or LUMIGO_ORIGINAL_HANDLER.
WRAPPED = re.compile(r"(?:.*_)?HANDLER")
HANDLER_TEXT = re.compile(r"[\w./-]+\.\w+")


class Files:
    """The files of an asset, which is a folder or an archive."""

    def __init__(self, place: Path) -> None:
        self.place = place
        self._texts: dict[str, str] = {}
        self._top_below: dict[tuple[str, ...], frozenset[str]] = {}

    @cached_property
    def modes(self) -> dict[str, int]:
        """The modes of all files and folders by path; 0 if the archive records none.

        Paths have slashes, those of folders one at the end.
        """
        if self.place.is_dir():
            return dict(_listing(self.place, ""))
        status = self.place.stat()
        return _recorded(self.place.resolve(), status.st_mtime_ns, status.st_size)

    @cached_property
    def names(self) -> frozenset[str]:
        """The paths of all files, with slashes."""
        return frozenset(name for name in self.modes if not name.endswith("/"))

    @cached_property
    def top(self) -> frozenset[str]:
        """The names of the modules and packages at the top, which an import can name."""
        return modules(self.names)

    def below(self, folders: Iterable[str]) -> list[str]:
        """Return the paths of the files in folders, relative to these."""
        return [
            name.removeprefix(folder)
            for folder in folders
            for name in self.names
            if name.startswith(folder)
        ]

    def top_below(self, folders: tuple[str, ...]) -> frozenset[str]:
        """Return the names of the modules and packages at the top of folders; computed once."""
        if folders not in self._top_below:
            self._top_below[folders] = modules(self.below(folders))
        return self._top_below[folders]

    def read(self, name: str) -> str:
        """Return the text of a file, in its declared encoding; read once."""
        if name not in self._texts:
            self._texts[name] = decoded(self._bytes(name))
        return self._texts[name]

    def _bytes(self, name: str) -> bytes:
        if self.place.is_dir():
            return (self.place / name).read_bytes()
        with zipfile.ZipFile(self.place) as archive:
            return archive.read(name)


def _listing(folder: Path, prefix: str) -> Iterator[tuple[str, int]]:
    """Yield the path and mode of a folder and of everything in it."""
    yield prefix or "./", folder.stat().st_mode
    try:
        entries = list(os.scandir(folder))
    except PermissionError:
        return  # its mode says it
    for entry in entries:
        if entry.is_dir(follow_symlinks=False):
            yield from _listing(Path(entry.path), f"{prefix}{entry.name}/")
        elif _is_file(entry):
            yield prefix + entry.name, entry.stat(follow_symlinks=False).st_mode


def _is_file(entry: os.DirEntry[str]) -> bool:
    """Return whether an entry is a file, or a link to one that can be followed."""
    try:
        return entry.is_file()
    except OSError:  # a loop, or a link below a file or into a folder that can't be read
        return False


# Apps that are judged one after another share their layers.
@lru_cache(maxsize=16)
def _recorded(archive: Path, changed: int, size: int) -> dict[str, int]:
    """Return the modes that an archive records, of the version with this time and size."""
    with zipfile.ZipFile(archive) as opened:
        return {entry.filename: entry.external_attr >> 16 for entry in opened.infolist()}


def modules(names: Iterable[str]) -> frozenset[str]:
    """Return the modules and packages at the top of paths: `a` of a/b.py, a.py and a.abi3.so."""
    return frozenset(name.partition("/")[0].partition(".")[0] for name in names)


def decoded(content: bytes) -> str:
    """Return the text of a module; bytes that don't fit its encoding are replaced."""
    try:
        encoding, _ = tokenize.detect_encoding(io.BytesIO(content).readline)
    except SyntaxError:
        encoding = "utf-8"
    return content.decode(encoding, errors="replace")


def parsed(source: str) -> ast.Module | None:
    """Return the syntax tree of a Python module, or None if it can't be parsed."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about the module, such as an invalid escape sequence
        try:
            return syntax_tree(source)
        except (SyntaxError, ValueError, RecursionError):
            return None


def asset(resource: Resource, *path: str) -> Path | None:
    """Return the path of the code of a function or layer, or None if it is not in this app."""
    found = re.search(r"[0-9a-f]{64}", resource.text(*path, "S3Key"))
    return resource.app.assets.get(found.group()) if found else None


def _listed(_: App) -> dict[Path, Files | None]:
    """Return the files of assets, which are listed once for all functions and rules."""
    return {}


def files(resource: Resource, *path: str) -> Files | None:
    """Return the files of a function or layer, or None if they are not in this app."""
    place = asset(resource, *path)
    if place is None:
        return None
    listed = resource.app.remembered(_listed)
    if place not in listed:
        readable = place.is_dir() or zipfile.is_zipfile(place)
        listed[place] = Files(place) if readable else None
    return listed[place]


def runtime(function: Resource) -> tuple[str, str]:
    """Return the language and version of a runtime: ('python', '3.13'), or ('', '')."""
    found = re.match(r"([a-z]+)([\w.]*)", _text(function, "Runtime"))
    return (found.group(1), found.group(2)) if found else ("", "")


def _text(function: Resource, name: str) -> str:
    """Return a property as text, or '' if only CloudFormation knows it."""
    try:
        return function.text(name)
    except NotJudged:
        return ""


def is_python(function: Resource) -> bool:
    """Return whether a function has a Python runtime."""
    return runtime(function)[0] == "python"


def newer_than_here(function: Resource) -> bool:
    """Return whether a function's Python knows syntax that this Python can't parse."""
    numbers = re.findall(r"\d+", runtime(function)[1])
    return tuple(map(int, numbers)) > sys.version_info[:2]


@dataclass(frozen=True)
class Handler:
    """The module that a runtime imports, and the name of the function in it."""

    file: str
    source: str
    name: str


def handler_of(function: Resource) -> Handler | None:
    """Return the handler of a function, or None if its code or module is not in this app.

    Raises:
        MissingHandler: its code is in this app, and the module is missing.
    """
    language, _ = runtime(function)
    given = _text(function, "Handler")
    if inline := function.get("Code", "ZipFile"):
        return _inline(language, given, function.template.text(inline))
    content = files(function, "Code")
    if language not in HANDLERS or content is None or given.startswith("."):
        return None  # Node.js resolves `.handler` like a folder
    found = _found(content.names, language, given)
    if found is None:
        if _wrapper_may_be_in_a_layer(function, language, given):
            found = next(filter(None, _wrapped(function, content, language)), None)
            if found is None:
                return None
        else:
            raise MissingHandler(f"its code has no {_paths(language, given)[0]}")
    file, name = found
    text = "" if language in {"provided", "dotnet", "go"} else content.read(file)
    return Handler(file, text, name)


def _inline(language: str, given: str, source: str) -> Handler | None:
    """Return the handler in inline code, whose module always has the same name."""
    if language not in INLINE:
        return None
    expected = INLINE[language]
    module, name = _split(language, given)
    if module != "index":
        raise MissingHandler(f"its handler is in {module!r}, but its code is {expected}")
    return Handler(expected, source, name)


def _split(language: str, given: str) -> tuple[str, str]:
    """Return the path and the function of a handler, as the runtime splits them."""
    if language == "python":
        module, _, name = given.rpartition(".")
        return module.replace(".", "/"), name
    if language in {"nodejs", "ruby"}:
        folder, slash, rest = given.rpartition("/")
        module, _, name = rest.partition(".")
        return folder + slash + module, name
    return given.partition("::")[0], given


def _paths(language: str, given: str) -> list[str]:
    path = PLACE.sub("", _split(language, given)[0])
    return [pattern.format(path=path) for pattern in HANDLERS[language]]


def _found(names: Iterable[str], language: str, given: str) -> tuple[str, str] | None:
    """Return the file of a handler and the name of its function, if it is among the names."""
    available = set(names)
    name = _split(language, given)[1]
    return next(((file, name) for file in _paths(language, given) if file in available), None)


def _wrapped(function: Resource, content: Files, language: str) -> Iterator[tuple[str, str] | None]:
    """Yield the handlers in variables that a wrapper in a layer calls."""
    variables = function.get("Environment", "Variables") or {}
    for variable in variables:
        text = function.text("Environment", "Variables", variable)
        if WRAPPED.fullmatch(variable) and HANDLER_TEXT.fullmatch(text):
            yield _found(content.names, language, text)


def _wrapper_may_be_in_a_layer(function: Resource, language: str, given: str) -> bool:
    """Return whether a handler is in a layer of this app, or can be in another layer."""
    for content in layers(function):
        if content is None:
            return True
        if _found(in_layer(function, content), language, given):
            return True
    return False


def layers(function: Resource) -> list[Files | None]:
    """Return the files of the layers of a function; None for a layer that is not in this app."""
    found: list[Files | None] = []
    for item in function.items("Layers"):
        layer = function.app.named(function.template.text(item))
        found.append(files(layer, "Content") if layer and layer.type == LAYER else None)
    return found


def in_layer(function: Resource, content: Files) -> list[str]:
    """Return the paths of a layer's modules, relative to where the runtime looks for them."""
    return content.below(_layer_folders(function))


def importable(function: Resource, content: Files) -> frozenset[str]:
    """Return the modules and packages at the top of a layer."""
    return content.top_below(_layer_folders(function))


def _layer_folders(function: Resource) -> tuple[str, ...]:
    language, version = runtime(function)
    patterns = LAYER_FOLDERS.get(language, ())
    return tuple(pattern.format(version=version.partition(".x")[0]) for pattern in patterns)


def unknown(function: Resource) -> str:
    """Return why the handler of a function is not judged, or '' if it is, or is in an image."""
    if function.get("Code", "ImageUri") or _text(function, "PackageType") == "Image":
        return ""
    language, _ = runtime(function)
    if not language:
        return "its runtime is known to CloudFormation only"
    if language not in HANDLERS or function.get("Code", "ZipFile"):
        return ""  # a class in a compiled archive, or inline code
    return "" if files(function, "Code") else "its code is not in this app"
