"""Synthesize one rendered project after another with one warm jsii kernel.

A cold synth spends most of its time starting Node.js, loading the CDK and compiling its validation;
a warm one does none of this. docs/performance.md has the times.

| | |
|---|---|
| `synth.py` | the synth of one project, without any effect on the next |
| `direct.py` | Python talks to the kernel without another process between them |
| `guardrails.py` | one import of the guardrails for all projects that have the template's |
| `arguments.py` | the CDK's checks of arguments, faster |
"""

from proof.warm_kernel.synth import ColdOnly, SynthFailed, WarmProcess, WarmSynth

__all__ = ["ColdOnly", "SynthFailed", "WarmProcess", "WarmSynth"]
