"""What Jinja compiled, kept over many projects.

Cookiecutter makes a Jinja environment for each project, and with it would compile the same
templates anew each time, which takes longer than to render them.
"""

from __future__ import annotations

from typing import Any

from jinja2.bccache import Bucket, BytecodeCache

_KEPT: dict[str, tuple[str, Any]] = {}


class Compiled(BytecodeCache, dict[str, Any]):
    """Keeps compiled templates by what they were compiled from, for as long as the process lives.

    Cookiecutter also writes everything that it is given as JSON: an empty dict, here.
    """

    def load_bytecode(self, bucket: Bucket) -> None:
        """Use what the same source was compiled to before."""
        checksum, code = _KEPT.get(bucket.key, ("", None))
        if checksum == bucket.checksum:
            bucket.code = code

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep what a source was compiled to."""
        _KEPT[bucket.key] = (bucket.checksum, bucket.code)
