"""Rejects invalid answers again, in case another extension was loaded."""

import json
import sys
from pathlib import Path
from typing import Any

ANSWERS: dict[str, Any] = json.loads(r"""{{ cookiecutter | tojson }}""")
TEMPLATE_ROOT: str = json.loads(r"""[{{ template_root | tojson }}]""")[0]

sys.path.insert(0, TEMPLATE_ROOT)

# Importable only now (E402).
from local_extensions import answers  # noqa: E402


def main() -> int:
    """Print each problem on one line; return the exit code."""
    problems = answers.problems(ANSWERS)
    for problem in problems:
        print(problem, file=sys.stderr)
    return 1 if problems else 0


if __name__ == "__main__":
    # cookiecutter leaves the rendered hook, answers and all, in the temporary folder:
    # https://github.com/cookiecutter/cookiecutter/blob/2.7.1/cookiecutter/hooks.py#L118
    Path(__file__).unlink()
    sys.exit(main())
