"""Rules by subject. Importing this package registers all of them."""

from tap_guardrails.rule import RULES, WHEN, Finding, Rule, judge, rule
from tap_guardrails.rules import (
    alarms,
    api,
    data,
    events,
    functions,
    network,
    pipelines,
    project,
    regions,
    roles,
    trail,
)

__all__ = ["RULES", "WHEN", "Finding", "Rule", "judge", "rule"]
__all__ += ["alarms", "api", "data", "events", "functions", "network", "project"]
__all__ += ["pipelines", "regions", "roles", "trail"]
