"""The rules are the same in every project: they are imported from the template itself."""

import os
import sys

from proof import cold_process

# A machine may have no Node.js, or one too old for the CDK.
os.environ["JSII_NODE"] = str(cold_process.NODE)

# Byte-code beside the rules would be part of what is rendered.
sys.dont_write_bytecode = True
