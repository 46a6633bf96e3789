"""A local AWS emulator: starting it, deploying to it, and the fixtures of the live tests.

Maintained by the template and replaced by its updates, so don't edit it: a checksum detects edits
(TAP611). Add your own tests to tests/live, and your own rules to infra/rules.py.

extension/ runs in the emulator's environment (requirements/live.txt), not in the project's.
"""
