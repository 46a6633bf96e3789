"""The code behind make's commands: find, bootstrap, deploy and destroy stacks, beside the CDK CLI.

Maintained by the template and replaced by its updates, so don't edit it: a checksum finds edits
(TAP611). Commands of your own go to the Makefile, and guardrails of your own to infra/rules.py.
"""
