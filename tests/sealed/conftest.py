"""Tests of the packages that are the same in every project, imported from the template."""

import sys

# Bytecode beside them would be rendered.
sys.dont_write_bytecode = True
