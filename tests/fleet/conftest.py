"""The command imports the rules from the template."""

import sys

# Byte-code beside the rules would be rendered.
sys.dont_write_bytecode = True
