"""Rules by subject. Importing this package registers all of them."""

from tap_guardrails.rule import RULES, WHEN, Fault, Finding, Note, Rule, judge, rule
from tap_guardrails.rules import (
    access,
    alarms,
    api,
    credentials,
    data,
    events,
    functions,
    network,
    pipelines,
    project,
    regions,
    roles,
    sources,
    trail,
)

__all__ = ["RULES", "WHEN", "Fault", "Finding", "Note", "Rule", "judge", "rule"]
__all__ += ["access", "alarms", "api", "credentials", "data", "events", "functions", "network"]
__all__ += ["pipelines", "project", "regions", "roles", "sources", "trail"]
