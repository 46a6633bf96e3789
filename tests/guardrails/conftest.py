"""The rules are the same in every project; tests import them from the template."""

import os
import sys

from proof import cold_process
from tests.support.memory import tmp_path as tmp_path

# The machine's Node.js may be missing, or too old for the CDK.
os.environ["JSII_NODE"] = str(cold_process.NODE)

# Byte-code beside the rules would be rendered.
sys.dont_write_bytecode = True
