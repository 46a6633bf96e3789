"""The CDK app: one stack for each environment."""

import os
import sys

from infra.app import build

assembly = build().synth()
if "CDK_OUTDIR" not in os.environ:  # the CDK CLI shows by itself what the stacks have to say
    for stack in assembly.stacks:
        for message in stack.messages:
            print(f"{message.id.removeprefix('/')}: {message.entry.data}", file=sys.stderr)
