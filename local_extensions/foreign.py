"""Variables of the caller's shell that must not reach a project's commands.

The hook that runs those commands and the project's Makefile drop the same variables. Each would
select another Python, folder, environment or package than the project's. Whole families are
dropped, because tools add variables in each release; the exceptions configure access to indexes and
registries.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

FAMILIES = "CDK_ JSII_ NPM_CONFIG_ PIP_ PYTEST_ PYTHON UV_ npm_config_".split()
NAMES = (
    "CONDA_DEFAULT_ENV CONDA_PREFIX ENV NODE_ENV NODE_OPTIONS NODE_PATH TY_CONFIG_FILE VIRTUAL_ENV"
    " __PYVENV_LAUNCHER__"
).split()
EXCEPTIONS = (
    "CDK_HOME JSII_NODE JSII_RUNTIME_PACKAGE_CACHE_ROOT NPM_CONFIG_%PROXY NPM_CONFIG_CACHE"
    " NPM_CONFIG_CAFILE NPM_CONFIG_FETCH_% NPM_CONFIG_REGISTRY NPM_CONFIG_STRICT_SSL"
    " NPM_CONFIG_USERCONFIG NPM_CONFIG__AUTH PIP_%CERT PIP_%INDEX_URL PIP_%TIMEOUT PIP_CACHE_DIR"
    " PIP_CONFIG_FILE PIP_FIND_LINKS PIP_KEYRING_PROVIDER PIP_NO_INDEX PIP_PROXY PIP_RETRIES"
    " PIP_TRUSTED_HOST PYTHON UV_%INDEX UV_CACHE_DIR UV_CONFIG_FILE UV_EXTRA_INDEX_URL"
    " UV_FIND_LINKS UV_HTTP_% UV_INDEX_% UV_INSECURE_HOST UV_KEYRING_PROVIDER UV_NATIVE_TLS"
    " UV_OFFLINE UV_PYTHON_% UV_SYSTEM_CERTS"
).split()
"""% is make's wildcard; npm's lower-case names are exceptions like the upper-case ones."""

# Variables of make and its command line, because `make` may run the hook.
OF_MAKE = (
    "APPROVAL ARGS GNUMAKEFLAGS MAKEFILES MAKEFLAGS MAKELEVEL MAKEOVERRIDES MFLAGS OUT"
).split()

_KEPT = re.compile("|".join(name.replace("%", ".*") for name in EXCEPTIONS))


def without(environment: Mapping[str, str]) -> dict[str, str]:
    """Return an environment without the variables that must not reach a project's commands."""
    return {name: value for name, value in environment.items() if not is_foreign(name)}


def is_foreign(name: str) -> bool:
    """Return whether a variable must not reach a project's commands."""
    if name in NAMES or name in OF_MAKE:
        return True
    known = name.upper() if name.startswith("npm_config_") else name
    return name.startswith(tuple(FAMILIES)) and not _KEPT.fullmatch(known)


def makefile_exceptions() -> list[str]:
    """Return the exceptions as make compares them, with npm's lower-case names."""
    lower = [name.lower() for name in EXCEPTIONS if name.startswith("NPM_CONFIG_")]
    return EXCEPTIONS + lower
