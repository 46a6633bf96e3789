"""The CDK app: one stack for each environment."""

import sys
from pathlib import Path

# Python doesn't look beside a script where PYTHONSAFEPATH is set.
sys.path.insert(0, str(Path(__file__).resolve().parent))

from tap_project.synth import main

main()
