"""File modes of assets."""

import os
import stat
from pathlib import Path

_FILE, _EXECUTABLE = 0o644, 0o755


def make_readable(outdir: Path) -> None:
    """Make assets of a cloud assembly readable for everyone, and writable for the owner only.

    Lambda runs functions as a user that owns no files. The CLI zips files with their modes, which
    depend on the umask at checkout or installation, and an asset's hash ignores modes:
    https://github.com/aws/aws-cdk/issues/8233
    """
    for asset in outdir.glob("asset.*"):
        for folder, _, files in os.walk(asset):
            for path in (Path(folder), *(Path(folder, name) for name in files)):
                _set_mode(path)
        if asset.is_file():
            _set_mode(asset)


def _set_mode(path: Path) -> None:
    status = path.lstat()
    if stat.S_ISLNK(status.st_mode):
        return
    runs = path.is_dir() or status.st_mode & stat.S_IXUSR
    mode = _EXECUTABLE if runs else _FILE
    if stat.S_IMODE(status.st_mode) != mode:
        path.chmod(mode)
