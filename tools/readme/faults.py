"""The sixteen faults of a model-written stack: what prevents each, and what proves it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple


class Fault(NamedTuple):
    """A fault.

    Args:
        id: the key of `CHECKS` in proof/seed_faults.py.
        fault: the fault.
        prevention: what a rendered project has instead.
        rules: what rejects the fault if it is put back.
    """

    id: str
    fault: str
    prevention: str
    rules: tuple[str, ...]


FAULTS = (
    Fault("1.1", "alarm actions not imported", "a linter, a type checker and a synth in `make check`", ("TAP621", "TAP101")),
    Fault("1.2", "`bucket.grant()`, which does not exist", "roles generated from the calls that a handler declares", ("TAP622", "TAP302")),
    Fault("1.3", "deprecated point-in-time recovery", "deprecated calls fail the synth", ("TAP622", "TAP212")),
    Fault("2.1", "10 concurrent executions reserved", "event sources limit concurrency instead", ("TAP306",)),
    Fault("2.2", "key policy without CloudTrail", "statements for each service, conditioned on its source", ("TAP251", "TAP252")),
    Fault("2.3", "elaborate trail", "one trail, in production, for this stack's data", ("TAP253", "TAP254", "TAP255", "TAP261")),
    Fault("3.1", "plain HTTP accepted", "TLS-only buckets, topics and queues", ("TAP201",)),
    Fault("3.2", "IAM far too broad", "exact actions on exact ARNs; wildcards from a short list", ("TAP301", "TAP302", "TAP317")),
    Fault("3.3", "public access not blocked", "all four blocks on every bucket", ("TAP202",)),
    Fault("4.1", "128 MB for every function", "memory per function and environment, with the reason", ("TAP307",)),
    Fault("4.2", "NAT gateway without a thought", "asked with its price; free gateway endpoints otherwise", ("TAP404",)),
    Fault("4.3", "on-demand billing without a thought", "asked; a maximum, or auto scaling both ways", ("TAP213", "TAP214")),
    Fault("5.1", "no alarms on table and bucket", "alarms that can fire and reach someone", ("TAP110", "TAP106", "TAP103")),
    Fault("5.2", "no tracing", "X-Ray on every function and REST stage", ("TAP308", "TAP506")),
    Fault("6.1", "no tags", "Project, Owner, Environment on everything taggable", ("TAP601", "TAP602")),
    Fault("6.2", "no outputs", "the ARN of every key resource, and the API's URL", ("TAP603",)),
)  # fmt: skip


def table() -> Iterator[str]:
    """Yield the table as Markdown."""
    yield "| | fault | prevention | rejected by |"
    yield "|---|---|---|---|"
    for each in FAULTS:
        rules = ", ".join(f"[{rule}](docs/rules.md#{rule.lower()})" for rule in each.rules)
        yield f"| {each.id} | {each.fault} | {each.prevention} | {rules} |"
