"""Single breakages of good templates, and which judge notices each: `python -m proof.judges`."""

import sys

from local_extensions import answers

# The guardrails are imported from the template, and byte-code beside them would be rendered.
sys.dont_write_bytecode = True
PROJECT = str(answers.TEMPLATE_ROOT / answers.PROJECT_FOLDER)
if PROJECT not in sys.path:
    sys.path.append(PROJECT)
