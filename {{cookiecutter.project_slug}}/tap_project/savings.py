"""Cheaper alternatives to what a template contains, with their consequences."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from tap_project import cost
from tap_project.usage import Template, Usage, needed_units

# DynamoDB's smallest capacity in a new project, and its scaling policies for a table or an index.
SMALLEST_UNITS, POLICIES = 5, 2
SHORT_RETENTION_DAYS = 30
SAMPLED = 0.01


@dataclass(frozen=True)
class Bill:
    """One template, and what it costs under assumptions."""

    template: Template
    given: Mapping[str, float]

    def usd(self, *items: str) -> float:
        """Return the monthly cost of items, fixed or used; of 0 where the template has none."""
        fixed = sum(line.usd for line in cost.fixed(self.template) if line.item in items)
        return fixed + sum(self._used_usd(item) for item in items)

    def _used_usd(self, item: str) -> float:
        if item not in cost.used(self.template):
            return 0.0
        return cost.usage_usd(item, self.usage.of(item) or 0.0)

    def has(self, kind: str) -> bool:
        """Return whether the template has a resource of a type."""
        return any(found == kind for found, _ in cost.resources(self.template))

    @property
    def usage(self) -> Usage:
        """The usage of the template."""
        return Usage(self.template, self.given)


@dataclass(frozen=True)
class Alternative:
    """A cheaper choice: what it replaces, what to do, and the consequence."""

    choice: str
    change: str
    consequence: str
    saving: Callable[[Bill], float]


def _http(bill: Bill) -> float:
    if bill.has("AWS::WAFv2::WebACL"):  # it protects REST APIs only
        return 0.0
    requests = bill.usage.requests
    return bill.usd("rest_request") and (
        cost.usage_usd("rest_request", requests) - cost.usage_usd("http_request", requests)
    )


def _one_nat_gateway(bill: Bill) -> float:
    gateway = cost.monthly("nat_gateway") + cost.monthly("address")
    data = cost.usage_usd("nat_data", bill.given["NETWORK_GB"])
    return bill.usd("interface_endpoint", "endpoint_data") - gateway - data


PROVISIONED = ("write_unit", "read_unit", "scaled_write", "scaled_read", "scaling_alarm")
ON_DEMAND = ("table_write", "index_write", "table_read")


def _on_demand(bill: Bill) -> float:
    usage = bill.usage
    usd = cost.usage_usd("table_write", usage.write_units() + usage.index_units())
    return bill.usd(*PROVISIONED) - usd - cost.usage_usd("table_read", usage.read_units())


def _provisioned(bill: Bill) -> float:
    """Compare on-demand capacity with the smallest that auto scaling keeps, or what is needed."""
    if not bill.usd(*ON_DEMAND):
        return 0.0
    usage, tables = bill.usage, [*bill.usage.properties("AWS::DynamoDB::Table")]
    places = sum(1 + len(each.get("GlobalSecondaryIndexes", [])) for each in tables)
    least = SMALLEST_UNITS * places
    writes = max(least, needed_units(usage.write_units() + usage.index_units()))
    reads = max(least, needed_units(usage.read_units()))
    alarms = POLICIES * places * cost.ALARMS_OF_A_SCALING_POLICY * cost.monthly("scaling_alarm")
    usd = writes * cost.monthly("write_unit") + reads * cost.monthly("read_unit") + alarms
    return bill.usd(*ON_DEMAND) - usd


def _retention(bill: Bill) -> float:
    days = bill.usage.retention_days()
    return bill.usd("log_storage") * (1 - SHORT_RETENTION_DAYS / days) if days else 0.0


def _sampled(bill: Bill) -> float:
    sampled = cost.usage_usd("trace", bill.usage.invocations * SAMPLED)
    return bill.usd("trace") and bill.usd("trace") - sampled


ALTERNATIVES = (
    Alternative(
        "NAT gateway",
        "make change network=endpoints",
        "functions reach S3 and DynamoDB only; each other service needs an interface endpoint",
        lambda bill: bill.usd("nat_gateway", "address", "nat_data"),
    ),
    Alternative(
        "interface endpoints",
        "make change network=nat, without the endpoints",
        "functions reach the internet",
        _one_nat_gateway,
    ),
    Alternative(
        "customer-managed key",
        "make change encryption=aws_managed",
        "no key policy of yours, and no record of the key's use",
        lambda bill: bill.usd("key"),
    ),
    Alternative(
        "REST API",
        "make change api=http",
        "no request validation, X-Ray or web ACL; another URL",
        _http,
    ),
    Alternative(
        "web ACL",
        "delete the Waf statement of infra/stack.py",
        "the throttling of the API is the only limit",
        lambda bill: bill.usd("web_acl", "web_acl_rule", "web_acl_request"),
    ),
    Alternative(
        "Cognito",
        "make change api_auth=iam",
        "callers need AWS credentials",
        lambda bill: bill.usd("user"),
    ),
    Alternative(
        "provisioned capacity",
        "make change billing_mode=on_demand",
        "each request is billed, up to the maximum throughput",
        _on_demand,
    ),
    Alternative(
        "on-demand capacity",
        "make change billing_mode=provisioned",
        "sudden load is throttled until the capacity has grown, for some minutes",
        _provisioned,
    ),
    Alternative(
        "audit trail",
        "make change audit_trail=false",
        "no record of who wrote objects and items",
        lambda bill: bill.usd("audit"),
    ),
    Alternative(
        "X-Ray",
        f"an X-Ray sampling rule of {SAMPLED * 100:.0f} %, without a reservoir",
        f"{(1 - SAMPLED) * 100:.0f} % of the requests leave no trace",
        _sampled,
    ),
    Alternative(
        "log retention",
        f"log_retention_days={SHORT_RETENTION_DAYS} in infra/settings.py",
        "older logs are gone",
        _retention,
    ),
    Alternative(
        "secrets",
        "SecureString parameters of Systems Manager",
        "no rotation, no policy, and made with the AWS CLI: CloudFormation can't make them",
        lambda bill: bill.usd("secret"),
    ),
)
"""The cheaper choices, the expensive ones first."""


@dataclass(frozen=True)
class Saving:
    """A cheaper alternative, and what it saves each month in each environment, in USD."""

    alternative: Alternative
    usd: tuple[float, ...]


def savings(templates: Mapping[str, Template], given: Mapping[str, float]) -> list[Saving]:
    """Return the alternatives that save a cent or more under these assumptions."""
    found = []
    for each in ALTERNATIVES:
        usd = tuple(max(0.0, each.saving(Bill(t, given))) for t in templates.values())
        if any(saved >= 0.005 for saved in usd):
            found.append(Saving(each, usd))
    return found
