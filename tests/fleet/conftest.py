"""The command imports the rules from the template."""

import sys

from tests.support.memory import tmp_path as tmp_path

# Byte-code beside the rules would be rendered.
sys.dont_write_bytecode = True
