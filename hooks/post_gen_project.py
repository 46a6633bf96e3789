"""Removes empty files, sets file modes, verifies the project, and prints the next commands."""

import json
import sys
from pathlib import Path
from typing import Any

ANSWERS: dict[str, Any] = json.loads(r"""{{ cookiecutter | tojson }}""")
TEMPLATE_ROOT: str = json.loads(r"""[{{ template_root | tojson }}]""")[0]

sys.path.insert(0, TEMPLATE_ROOT)

# Importable only now (E402).
from local_extensions import pruning, rendered  # noqa: E402


def main(project: Path) -> int:
    """Finish the project in this folder; return the exit code."""
    pruning.prune(project)
    rendered.normalise_modes(project, ANSWERS)
    # cruft renders twice for each update, without output in between. Only the cookiecutter command
    # sets _output_dir.
    if "_output_dir" not in ANSWERS:
        return 0
    from local_extensions import verification

    return verification.finish(project, ANSWERS)


if __name__ == "__main__":
    # cookiecutter leaves the rendered hook, answers and all, in the temporary folder:
    # https://github.com/cookiecutter/cookiecutter/blob/2.7.1/cookiecutter/hooks.py#L118
    Path(__file__).unlink()
    sys.exit(main(Path.cwd()))
