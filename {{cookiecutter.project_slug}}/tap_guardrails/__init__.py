"""Rules that refuse known faults of an AWS CDK app at every synth; `make rules` lists them.

Maintained by the template and replaced by its updates, so don't edit it: a checksum finds edits
(TAP611). Rules of your own go to infra/rules.py, with the same `@rule`.

rule.py is what a rule is, rules/ has them by subject, model.py reads what was synthesized,
policy.py says who may do what, calls.py how a handler declares what it calls, plugin.py connects
the CDK, and __main__.py judges any cloud assembly from the command line.
"""

__version__ = "1.0.0"
