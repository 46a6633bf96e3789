"""Rules that reject known faults of an AWS CDK app at every synth; `make rules` lists them.

Maintained by the template and replaced by its updates, so don't edit it: a checksum detects edits
(TAP611). Add your own rules to infra/rules.py, with the same `@rule`.

rule.py registers and runs rules, rules/ contains them by subject, model.py reads the cloud
assembly, policy.py evaluates IAM policies, calls.py reads the calls that a handler declares,
plugin.py is the CDK plugin, and __main__.py checks a cloud assembly from the command line.
"""

__version__ = "1.0.0"
REPOSITORY = "https://github.com/org/tap-template"
SITE = "https://org.github.io/tap-template"
"""Where the documentation is published; `make docs` in the template builds it."""
