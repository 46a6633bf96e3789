"""Prints what the last synth made: resources by kind and environment, and their fixed cost.

The template prints it after a project was rendered: `python -m tap_project.summary`.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator, Mapping

from tap_project import bill, cost
from tap_project.assembly import stacks
from tap_project.command import reported
from tap_project.cost import Template

# Types that people think in; several can be of one kind.
KINDS = {
    "AWS::ApiGateway::RestApi": "REST APIs",
    "AWS::ApiGatewayV2::Api": "HTTP APIs",
    "AWS::Cognito::UserPool": "user pools",
    "AWS::WAFv2::WebACL": "web ACLs",
    "AWS::Lambda::Function": "functions",
    "AWS::StepFunctions::StateMachine": "state machines",
    "AWS::DynamoDB::Table": "tables",
    "AWS::S3::Bucket": "buckets",
    "AWS::SQS::Queue": "queues",
    "AWS::SNS::Topic": "topics",
    "AWS::Events::EventBus": "event buses",
    "AWS::Events::Rule": "event rules",
    "AWS::Scheduler::Schedule": "schedules",
    "AWS::EC2::VPC": "VPCs",
    "AWS::EC2::NatGateway": "NAT gateways",
    "AWS::KMS::Key": "KMS keys",
    "AWS::SecretsManager::Secret": "secrets",
    "AWS::CloudTrail::Trail": "audit trails",
    "AWS::CloudWatch::Alarm": "alarms",
    "AWS::CloudWatch::Dashboard": "dashboards",
}
OTHERS = "others, such as roles and policies"


def rows(templates: Mapping[str, Template]) -> Iterator[tuple[str, ...]]:
    """Yield the rows of the table: kinds of resources, then items of the fixed cost."""
    found = {name: _kinds(template) for name, template in templates.items()}
    yield ("Resources", *templates, "")
    for kind in (*dict.fromkeys(KINDS.values()), OTHERS):
        counts = [each[kind] for each in found.values()]
        if any(counts):
            yield (f"  {kind}", *map(str, counts), "")
    yield ("  total", *(str(each.total()) for each in found.values()), "")
    yield ("USD a month, idle (make cost: with usage)", *("" for _ in templates), "")
    yield from bill.fixed_rows(templates)


def _kinds(template: Template) -> Counter[str]:
    return Counter(KINDS.get(kind, OTHERS) for kind, _ in cost.resources(template))


def main() -> int:
    """Print the table."""

    def work() -> int:
        templates = {name: cost.template_of(stack) for name, stack in stacks().items()}
        print("\n".join(bill.aligned(*rows(templates))))
        return 0

    return reported(work)


if __name__ == "__main__":
    sys.exit(main())
