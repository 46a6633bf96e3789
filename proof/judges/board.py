"""The scoreboard: which judge notices which breakage. A judge notices a breakage if it has a
finding about the broken template that it does not have about the good one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from proof.judges.breakage import SUBJECTS, Breakage
from proof.judges.cdk import NAG, VALIDATION
from proof.judges.choices import CHOICES
from proof.judges.outside import CHECKOV, LINT

GUARDRAILS = "guardrails"
JUDGES = (GUARDRAILS, NAG, VALIDATION, LINT, CHECKOV)
# Judges that `make check` of a project runs.
CHECKED = (GUARDRAILS, NAG, VALIDATION)
# The share of the breakages that the guardrails have to notice: 180 of 210.
SHARE = 180 / 210

Findings = Mapping[str, Mapping[str, set[str]]]


@dataclass(frozen=True)
class Row:
    """One breakage, and the rules of each judge that noticed it."""

    breakage: Breakage
    rules: Mapping[str, list[str]]

    def noticed(self, *judges: str) -> bool:
        """Return whether any of these judges noticed the breakage."""
        return any(self.rules[judge] for judge in judges)

    @property
    def is_excused(self) -> bool:
        """Whether the breakage is documented as the owner's choice."""
        return self.breakage.id in CHOICES


def rows(breakages: tuple[Breakage, ...], findings: Findings) -> list[Row]:
    """Compare the findings about each broken template with those about the good one.

    Args:
        breakages: the breakages.
        findings: lines by breakage or variant, and judge; each begins with its rule.
    """
    found = []
    for each in breakages:
        good, broken = findings[each.variant], findings[each.id]
        rules = {
            judge: sorted(
                {line.split()[0].partition("[")[0] for line in broken[judge] - good[judge]}
            )
            for judge in broken
        }
        found.append(Row(each, rules))
    return found


def rules_of(lines: set[str]) -> list[str]:
    """Return the rules at the start of findings; cdk-nag appends the subject in brackets."""
    return sorted({line.split()[0].partition("[")[0] for line in lines})


def problems(table: list[Row]) -> Iterator[str]:
    """Yield the reasons why the scoreboard is not good enough."""
    mine = sum(row.noticed(GUARDRAILS) for row in table)
    if mine < SHARE * len(table):
        yield f"guardrails notice {mine} of {len(table)}, less than {SHARE:.0%}"
    for row in table:
        name = row.breakage.id
        others = [judge for judge in JUDGES if row.noticed(judge)]
        if others and not row.noticed(*CHECKED):
            yield f"{name} is noticed by {', '.join(others)}, but not by make check"
        elif not row.noticed(*CHECKED) and not row.is_excused:
            yield f"{name} is noticed by no one, and is not documented in choices.py"
        elif row.noticed(GUARDRAILS) and row.is_excused:
            yield f"{name} is noticed, and need not be documented in choices.py"


def figures(table: list[Row]) -> Iterator[list[str]]:
    """Yield a line for each subject and one for all, with the count of each judge."""
    for subject, title in [*SUBJECTS.items(), ("", "all")]:
        some = [row for row in table if subject in ("", row.breakage.kind)]
        if some:
            counts = [str(sum(row.noticed(judge) for row in some)) for judge in JUDGES]
            only = sum(row.noticed(GUARDRAILS) and not row.noticed(*JUDGES[1:]) for row in some)
            yield [title, str(len(some)), *counts, str(only)]
