"""Breakages that no rule refuses, because an owner may have a reason for them."""

from __future__ import annotations

CHOICES: dict[str, str] = {
    "alarm-no-dashboard": "alarms tell when something fails; a dashboard is a convenience",
    "known-batch-failures": "in a batch of one record, no other record is repeated",
    "known-memory": "128 MiB are enough for some functions; a size that is not given is refused",
    "known-untagged": "CloudFormation adds the tags of the stack to its resources",
    "limit-batch-of-ten": "how many records one run processes depends on their size",
    "limit-capacity-maximum": "the quota of the account is a limit; an alarm watches its use",
}
"""The reason, by the breakage's id."""
