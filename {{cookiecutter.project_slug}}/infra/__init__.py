"""The infrastructure: one module for each capability, composed in `stack.py`."""

import tap_project.jsii  # noqa: F401  before the first import of the CDK
