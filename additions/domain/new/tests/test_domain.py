"""The API's domain name: settings, mapping and DNS record."""

import json
from dataclasses import replace

import aws_cdk as cdk
import pytest
from aws_cdk import aws_route53 as route53

from infra.app import ROOT
from infra.domain import Domain
from infra.environment import Environment
from infra.environment.domain import DomainSettings
from infra.settings import ENVIRONMENTS
from infra.stack import ServiceStack

ANY = next(iter(ENVIRONMENTS.values()))
DOMAIN = DomainSettings(
    name="api.example.com", certificate_id="11111111-2222-3333-4444-555555555555"
)


def domain_of(settings: Environment) -> Domain:
    """Return the construct in a stack with these settings and the context of cdk.json."""
    context = json.loads((ROOT / "cdk.json").read_text(encoding="utf-8"))["context"]
    stack = ServiceStack(cdk.App(context=context), "Example", settings=settings)
    (domain,) = (node for node in stack.node.find_all() if isinstance(node, Domain))
    return domain


@pytest.mark.parametrize(
    ("change", "message"),
    [
        pytest.param({"name": "https://api.example.com"}, "try 'api.example.com'", id="name"),
        pytest.param({"certificate_id": "certificate/1"}, "acm list-certificates", id="certificate"),
        pytest.param({"hosted_zone_id": "/hostedzone/Z1"}, "without /hostedzone/", id="zone"),
    ],
)
def test_invalid_settings_are_rejected(change: dict[str, str], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        replace(ANY, domain=replace(DOMAIN, **change))


@pytest.mark.parametrize(("zone", "records"), [(None, 0), ("Z1", 1)])
def test_the_domain_leads_to_the_api(zone: str | None, records: int) -> None:
    domain = domain_of(replace(ANY, domain=replace(DOMAIN, hosted_zone_id=zone)))
    found = domain.node.find_all()
    kinds = [node.cfn_resource_type for node in found if isinstance(node, cdk.CfnResource)]
    assert any(kind.endswith("Mapping") for kind in kinds)
    assert len([node for node in found if isinstance(node, route53.CfnRecordSet)]) == records


def test_without_settings_there_is_no_domain() -> None:
    assert not domain_of(replace(ANY, domain=None)).node.children
