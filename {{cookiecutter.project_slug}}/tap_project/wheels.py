"""Rejects locks that a supported platform can't install: `python -m tap_project.wheels LOCK...`.

uv also locks packages that have only a source distribution for a platform, which needs a compiler
there. On other platforms this goes unnoticed.
"""

import argparse
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from itertools import product
from pathlib import Path

UV = Path(__file__).with_name("uv.py")
# Platforms of developers and pipelines (Windows: Linux in WSL), and their Python versions.
PLATFORMS = {
    "Linux on x86_64": "x86_64-manylinux_2_28",
    "Linux on arm64": "aarch64-manylinux_2_28",
    "macOS on x86_64": "x86_64-apple-darwin",
    "macOS on arm64": "aarch64-apple-darwin",
}
PYTHONS = ("3.11", "3.12", "3.13", "3.14")


def problems(lock: Path) -> Iterator[str]:
    """Yield one line for each platform and Python that a lock can't be installed on."""
    with tempfile.TemporaryDirectory() as target:
        for (name, platform), python in product(PLATFORMS.items(), PYTHONS):
            command = (
                f"pip install --dry-run --quiet --no-deps --only-binary :all: --target {target}"
            )
            command += f" --python-platform {platform} --python-version {python}"
            done = subprocess.run(  # noqa: S603
                [sys.executable, str(UV), *command.split(), "--requirements", str(lock)],
                capture_output=True,
                text=True,
                check=False,
            )
            if done.returncode != 0:
                output = " ".join(done.stderr.split())
                yield f"{lock} lacks wheels for {name}, Python {python}: {_reason(output)}"


def _reason(output: str) -> str:
    """Return the part of uv's explanation that names the package."""
    return output.partition("Because ")[2].partition(" and you require")[0] or output[-200:]


def main(arguments: Sequence[str] | None = None) -> int:
    """Check the locks; 1 when a platform can't install one."""
    parser = argparse.ArgumentParser(prog="python -m tap_project.wheels", description=__doc__)
    parser.add_argument("lock", nargs="+", type=Path)
    found = [line for lock in parser.parse_args(arguments).lock for line in problems(lock)]
    for line in found:
        print(line, file=sys.stderr)
    if found:
        print("Try: restrict the package in requirements/*.in, then: make lock", file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    raise SystemExit(main())
