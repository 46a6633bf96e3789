"""Makes the rule package importable: it is the same in every project, so it needs no rendering."""

import os
import sys
from pathlib import Path

from proof import cold_process

# A machine may have no Node.js, or one too old for the CDK.
os.environ["JSII_NODE"] = str(cold_process.NODE)

# Byte-code beside the rules would be part of what is rendered.
sys.dont_write_bytecode = True
sys.path.append(str(Path(__file__).parents[2] / "{{cookiecutter.project_slug}}"))
