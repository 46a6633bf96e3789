"""Makes the rule package importable: it is the same in every project, so it needs no rendering."""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parents[2] / "{{cookiecutter.project_slug}}"))
