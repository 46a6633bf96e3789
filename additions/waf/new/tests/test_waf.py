"""The API's web ACL: settings and association."""

from dataclasses import replace
from types import SimpleNamespace

import pytest

from infra.environment.waf import WafSettings
from infra.settings import ENVIRONMENTS

ANY = next(iter(ENVIRONMENTS.values()))


@pytest.mark.parametrize("requests", [9, 2_000_000_001])
def test_a_limit_that_waf_does_not_support_is_rejected(requests: int) -> None:
    with pytest.raises(ValueError, match="try 2000"):
        replace(ANY, waf=WafSettings(requests_per_address=requests))


def test_the_web_acl_protects_the_stage_of_the_api(stack: SimpleNamespace) -> None:
    (association,) = stack.of_type("AWS::WAFv2::WebACLAssociation").values()
    (stage,) = stack.of_type("AWS::ApiGateway::Stage")
    assert f"'Ref': '{stage}'" in str(association["Properties"]["ResourceArn"])


def test_one_address_has_the_limit_of_the_settings(stack: SimpleNamespace) -> None:
    (acl,) = stack.of_type("AWS::WAFv2::WebACL").values()
    (limit,) = (
        rule["Statement"]["RateBasedStatement"]["Limit"]
        for rule in acl["Properties"]["Rules"]
        if "RateBasedStatement" in rule["Statement"]
    )
    assert limit == stack.settings.waf.requests_per_address
