"""AWS on this machine: starts the emulator, deploys to it, and serves the live tests.

Maintained by the template and replaced by its updates, so don't edit it: a checksum finds edits
(TAP611). Tests of your own go to tests/live, and guardrails of your own to infra/rules.py.

extension/ runs in the emulator's environment (requirements/live.txt), not in the project's.
"""
