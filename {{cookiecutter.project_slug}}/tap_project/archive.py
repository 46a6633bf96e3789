"""Pack the functions' dependencies: `python archive.py FOLDER ARCHIVE`.

The CDK copies one archive to cdk.out much faster than thousands of files. Beside it, a file with
the suffix .sha256 contains a hash of the content, because compressed bytes depend on the version of
zlib. Only the standard library is used: `make install` runs this file.
"""

from __future__ import annotations

import hashlib
import sys
import zipfile
from pathlib import Path

# Lambda needs to read the files, whoever installed them, and no time may differ between machines.
MODE, TIME = 0o644, (1980, 1, 1, 0, 0, 0)


def pack(folder: Path, archive: Path) -> str:
    """Write the files of a folder to an archive, and return the hash of their content."""
    digest = hashlib.sha256()
    files = sorted(file for file in folder.rglob("*") if file.is_file() and file != archive)
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as packed:
        for file in files:
            name, content = file.relative_to(folder).as_posix(), file.read_bytes()
            digest.update(f"{name}\0{len(content)}\0".encode())
            digest.update(content)
            entry = zipfile.ZipInfo(name, TIME)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = MODE << 16
            packed.writestr(entry, content)
    found = digest.hexdigest()
    hash_file(archive).write_text(f"{found}\n", encoding="utf-8")
    return found


def hash_file(archive: Path) -> Path:
    """Return the file with the hash of an archive's content."""
    return archive.with_suffix(".sha256")


if __name__ == "__main__":
    pack(Path(sys.argv[1]), Path(sys.argv[2]))
