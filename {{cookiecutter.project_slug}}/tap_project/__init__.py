"""The make commands: find, bootstrap, deploy, check and destroy the project's stacks.

Maintained by the template and replaced by its updates, so don't edit it: a checksum detects edits
(TAP611). Add your own commands to the Makefile, and your own rules to infra/rules.py.
"""
