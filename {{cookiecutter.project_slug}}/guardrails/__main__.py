"""List the rules (`python -m guardrails`), or print docs/guardrails.md (`--markdown`)."""

from __future__ import annotations

import sys
from collections.abc import Iterator

from guardrails.rules import RULES, WHEN, Rule

# What no rule here can see in a template, a manifest or the sources, and what guards it instead.
ELSEWHERE = (
    (
        "A missing import, a method that does not exist, a parameter of the wrong type or name",
        "ruff and ty in `make check`, and Python itself at synth",
    ),
    (
        "A deprecated parameter or method",
        "`JSII_DEPRECATED=fail`, which the Makefile sets: the synth stops at the call",
    ),
    (
        "Two new indexes in one update, or a changed key schema: a template does not know the one"
        " before it",
        "`make diff`; production tables have deletion protection (TAP209)",
    ),
    (
        "TableV2 with a customer-managed key, without a region",
        "the CDK refuses to synthesize it; environments name their region",
    ),
    (
        "Whether the policy of an imported key lets in who must use it",
        "nothing here: it is not in any template; who owns the key has to see to it",
    ),
    (
        "Whether an address confirmed its subscription",
        "nothing before the deployment: SNS sends a message to confirm, see docs/operations.md",
    ),
    (
        "Whether X-Ray is reached from an isolated subnet: AWS doesn't document it",
        "the traces in CloudWatch after a deployment, or that there are none",
    ),
)
INTRODUCTION = """\
# Guardrails

Rules that refuse known faults of this stack at every `cdk synth`, in the tests and in the
pipelines. They read what was synthesized, not how it was written. This page is made by
`python -m guardrails --markdown`.

A finding stops the synth, names the construct and prints the fix. An exception is an
acknowledgement of one rule on one construct, with a reason; one without a reason, one for a whole
stack, or one that matches nothing any more stops the synth as well (TAP001). So does what can't be
judged (TAP002).

```python
cdk.Validations.of(bucket).acknowledge(
    cdk.Acknowledgment(id="tap::TAP211", reason="Partners have this name in their contracts")
)
```

Each handler says in `CALLS` what it calls, and its role may do exactly that (TAP301, TAP302):
see `guardrails/calls.py`.
"""


def in_order() -> list[Rule]:
    """The rules by id."""
    return [RULES[rule_id] for rule_id in sorted(RULES)]


def markdown() -> Iterator[str]:
    """The lines of docs/guardrails.md."""
    yield from INTRODUCTION.splitlines()
    yield from ("", "| rule | broken, | what it asks for |", "|---|---|---|")
    for rule in in_order():
        yield f"| [{rule.id}](#{rule.id.lower()}) | {WHEN[rule.when]} | {rule.title} |"
    for rule in in_order():
        yield from ("", f"## {rule.id}", "", f"**{rule.title}** {rule.why}")
        yield from ("", "```text", *rule.fix.splitlines(), "```", "", f"<{rule.evidence}>")
    yield from ("", "## What no rule sees", "", "| fault | what guards it |", "|---|---|")
    yield from (f"| {fault} | {guard} |" for fault, guard in ELSEWHERE)


def main(arguments: list[str]) -> int:
    """Print to stdout; 2 when an argument is not known."""
    if arguments not in ([], ["--markdown"]):
        print(f"{' '.join(arguments)!r} is not known; try --markdown, or nothing", file=sys.stderr)
        return 2
    plain = (f"{rule.id}  {rule.when:9} {rule.title}" for rule in in_order())
    print("\n".join(markdown() if arguments else plain))
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
