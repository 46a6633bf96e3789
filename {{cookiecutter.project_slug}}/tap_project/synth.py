"""Synthesizes the app of infra/app.py: `python app.py`, which the CDK CLI runs."""

from __future__ import annotations

import sys
import traceback
from importlib import import_module
from pathlib import Path

from tap_guardrails import report
from tap_guardrails.permissions import InvalidPermissionsError
from tap_project.assembly import ROOT, OperationError
from tap_project.environments import environments


def main() -> None:
    """Write the cloud assembly; print every finding, and exit with 1 if there is one."""
    try:
        environments()  # a value that the settings reject is one line
        app = import_module("infra.app").build(raises=False)
    except (InvalidPermissionsError, OperationError) as error:
        sys.exit(str(error))
    except RuntimeError as error:
        sys.exit(report.of_error(error, ROOT) or traceback.format_exc())
    app.synth()
    if found := report.of_assembly(Path(app.outdir)):
        places = report.places_in(ROOT, "infra/**/*.py")
        print(report.text(found, places, "make rules RULE={}"), file=sys.stderr)
        sys.exit(1)
