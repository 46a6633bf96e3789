"""Runs uv with pip's indexes, certificates and proxy: `python tap_project/uv.py pip install ...`.

Companies configure their package index for pip, whose configuration uv doesn't read. uv's own
settings have priority. https://pip.pypa.io/en/stable/topics/configuration/
https://docs.astral.sh/uv/reference/environment/
"""

import os
import shutil
import ssl
import sys
from collections.abc import Iterator, Mapping
from configparser import Error, RawConfigParser
from pathlib import Path

SYSTEM = Path("/etc")
# Options of pip, variables of uv, and the separator of their values.
INDEXES = (
    ("index-url", "UV_DEFAULT_INDEX", " "),
    ("extra-index-url", "UV_INDEX", " "),
    ("find-links", "UV_FIND_LINKS", ","),
)
CONNECTION = (
    ("trusted-host", "UV_INSECURE_HOST", " "),
    ("cert", "SSL_CERT_FILE", ""),
    ("client-cert", "SSL_CLIENT_CERT", ""),
    ("proxy", "ALL_PROXY", ""),
)
UV_INDEXES = {"UV_EXTRA_INDEX_URL", "UV_INDEX_URL", *(name for _, name, _ in INDEXES)}


def pip_settings(environ: Mapping[str, str], prefix: str = sys.prefix) -> dict[str, str]:
    """Return pip's configuration by option, from the same files as pip."""
    found: dict[str, str] = {}
    for section in ("global", "install"):
        for file in _pip_files(environ, prefix):
            parser = RawConfigParser()
            try:
                parser.read(file, encoding="utf-8")
            except (Error, OSError, UnicodeError):
                continue  # pip reports the error
            if parser.has_section(section):
                items = parser.items(section)
                found |= {name.replace("_", "-"): value for name, value in items}
    for name, value in environ.items():
        if name.startswith("PIP_") and value:
            found[name.removeprefix("PIP_").lower().replace("_", "-")] = value
    return found


def variables(environ: Mapping[str, str], prefix: str = sys.prefix) -> dict[str, str]:
    """Return pip's configuration as variables of uv, without those that are set already."""
    settings = pip_settings(environ, prefix)
    wanted = list(CONNECTION)
    if not UV_INDEXES & environ.keys() and not any(f.is_file() for f in _uv_files(environ)):
        wanted += INDEXES
    made = {}
    for option, name, separator in wanted:
        given = settings.get(option, "")
        value = separator.join(filter(_exists, given.split())) if separator else given
        if value and name not in environ:
            made[name] = value
    if "UV_INDEX" in made:  # pip takes the best version of all indexes, uv that of the first one
        made["UV_INDEX_STRATEGY"] = environ.get("UV_INDEX_STRATEGY", "unsafe-best-match")
    trusted = ssl.get_default_verify_paths()
    if "SSL_CERT_FILE" not in environ.keys() | made.keys() and (trusted.cafile or trusted.capath):
        made["UV_SYSTEM_CERTS"] = environ.get("UV_SYSTEM_CERTS", "true")
    return made


def options(environ: Mapping[str, str], prefix: str = sys.prefix) -> list[str]:
    """Return the options of `uv pip` that have no variable."""
    ignored = pip_settings(environ, prefix).get("no-index", "").lower()
    return ["--no-index"] if ignored in {"1", "on", "true", "yes"} else []


def _pip_files(environ: Mapping[str, str], prefix: str) -> Iterator[Path]:
    """Yield pip's configuration files; later ones have priority."""
    named = environ.get("PIP_CONFIG_FILE")
    if named == os.devnull:
        return
    home = Path("~").expanduser()
    own = Path(environ.get("XDG_CONFIG_HOME") or home / ".config")
    if sys.platform == "darwin":
        yield Path("/Library/Application Support/pip/pip.conf")
    else:
        for folder in (environ.get("XDG_CONFIG_DIRS") or "/etc/xdg").split(os.pathsep):
            yield Path(folder, "pip", "pip.conf")
    yield SYSTEM / "pip.conf"
    yield home / ".pip" / "pip.conf"
    support = home / "Library" / "Application Support" / "pip"
    yield (support if support.is_dir() else own / "pip") / "pip.conf"
    yield Path(prefix, "pip.conf")
    if named:
        yield Path(named)


def _uv_files(environ: Mapping[str, str]) -> Iterator[Path]:
    own = Path(environ.get("XDG_CONFIG_HOME") or Path("~/.config").expanduser())
    yield own / "uv" / "uv.toml"
    yield SYSTEM / "uv" / "uv.toml"
    if "UV_CONFIG_FILE" in environ:
        yield Path(environ["UV_CONFIG_FILE"])


def _exists(value: str) -> bool:
    """Return whether a location exists; pip ignores missing folders, and uv fails."""
    path = value.removeprefix("file://")
    return not path.startswith(("/", ".", "~")) or Path(path).expanduser().exists()


if __name__ == "__main__":
    command = shutil.which("uv")
    if command is None:
        sys.exit("uv is not installed; see https://docs.astral.sh/uv/getting-started/installation/")
    environment = {**os.environ, **variables(os.environ)}
    os.execve(command, ["uv", *sys.argv[1:], *options(os.environ)], environment)  # noqa: S606
