"""Refuses bad answers once more, where the extension of this folder did not judge them."""

import json
import sys
from pathlib import Path
from typing import Any

ANSWERS: dict[str, Any] = json.loads(r"""{{ cookiecutter | tojson }}""")
TEMPLATE_ROOT: str = json.loads(r"""[{{ template_root | tojson }}]""")[0]

sys.path.insert(0, TEMPLATE_ROOT)

# Found only after the path was set (E402).
from local_extensions import answers  # noqa: E402


def main() -> int:
    """Print every problem on a line of its own; return the exit code."""
    problems = answers.problems(ANSWERS)
    for problem in problems:
        print(problem, file=sys.stderr)
    return 1 if problems else 0


if __name__ == "__main__":
    # cookiecutter leaves the rendered hook, answers and all, in the temporary folder:
    # https://github.com/cookiecutter/cookiecutter/blob/2.7.1/cookiecutter/hooks.py#L118
    Path(__file__).unlink()
    sys.exit(main())
