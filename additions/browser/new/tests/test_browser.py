{% set rest, cognito = cookiecutter.api == 'rest', cookiecutter.api_auth == 'cognito' %}
"""Browser applications: their origins{{ ', and how people sign in' if cognito }}."""

import json
{% if rest %}
from collections.abc import Callable
{% endif %}
from dataclasses import replace
{% if rest %}
from types import ModuleType, SimpleNamespace
{% endif %}
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import assertions

from infra.app import ROOT
from infra.environment.browser import BrowserSettings
from infra.settings import ENVIRONMENTS
from infra.stack import ServiceStack
{% if rest %}
from tests.requests import event
{% endif %}

ANY = next(iter(ENVIRONMENTS.values()))
ONE, TWO, FOREIGN = "https://app.example.com", "http://localhost:8080", "https://example.org"


def resources(*origins: str, **settings: Any) -> dict[str, dict[str, Any]]:
    """Return the resources of a stack with these settings and the context of cdk.json."""
    context = json.loads((ROOT / "cdk.json").read_text(encoding="utf-8"))["context"]
    changed = replace(ANY, browser=BrowserSettings(origins=origins, **settings))
    stack = ServiceStack(cdk.App(context=context), "Example", settings=changed)
    found: dict[str, dict[str, Any]] = assertions.Template.from_stack(stack).to_json()["Resources"]
    return found


def properties(found: dict[str, dict[str, Any]], kind: str) -> list[dict[str, Any]]:
    return [each["Properties"] for each in found.values() if each["Type"] == kind]


@pytest.mark.parametrize(
    "origin",
    [
        "*",
        "https://*.example.com",
        "https://app.example.com/",
        "https://app.example.com/items",
        "https://App.example.com",
        "http://app.example.com",
        "http://localhost.example.com",
        "app.example.com",
        "https://app.example.com:",
        "https://user@app.example.com",
        "https://app.example.com:443",
        "http://localhost:80",
        "null",
        "",
    ],
)
def test_what_is_no_origin_is_rejected(origin: str) -> None:
    with pytest.raises(ValueError, match="is not an origin"):
        replace(ANY, browser=BrowserSettings(origins=(origin,)))


@pytest.mark.parametrize("origin", [ONE, TWO, "http://127.0.0.1:3000", "https://localhost:8443"])
def test_an_origin_is_accepted(origin: str) -> None:
    assert replace(ANY, browser=BrowserSettings(origins=(origin,))).browser.origins == (origin,)


def test_origins_are_a_tuple_without_repeats() -> None:
    text: Any = ONE
    with pytest.raises(ValueError, match=r"try \('https://app\.example\.com',\)"):
        replace(ANY, browser=BrowserSettings(origins=text))
    with pytest.raises(ValueError, match="an origin twice"):
        replace(ANY, browser=BrowserSettings(origins=(ONE, ONE)))


{% if rest %}
@pytest.mark.parametrize("origins", [(), (ONE,), (ONE, TWO)], ids=len)
def test_the_gateway_knows_the_origins(origins: tuple[str, ...]) -> None:
    found = resources(*origins)
    methods = properties(found, "AWS::ApiGateway::Method")
    preflights = [each for each in methods if each["HttpMethod"] == "OPTIONS"]
    assert bool(preflights) == bool(origins)
    for each in preflights:
        assert each["AuthorizationType"] == "NONE"
        (answer,) = each["Integration"]["IntegrationResponses"]
        assert all(origin in json.dumps(answer) for origin in origins)
    allowed = {
        each["ResponseParameters"].get("gatewayresponse.header.Access-Control-Allow-Origin")
        for each in properties(found, "AWS::ApiGateway::GatewayResponse")
    }
    expected = [None, f"'{ONE}'", "method.request.header.Origin"][len(origins)]
    assert allowed == {expected}


@pytest.fixture
def allowed(
    load: Callable[[str], ModuleType],
    context: SimpleNamespace,
    aws: SimpleNamespace,
) -> Callable[..., dict[str, Any]]:
    """Return a function that returns the CORS headers of a response to an origin."""

    def request(origin: str, path: str, *origins: str) -> dict[str, Any]:
        aws.environments["api"] |= {"ALLOWED_ORIGINS": " ".join(origins)}
        aws.environments["api"] |= {"EXPOSED_HEADERS": "Retry-After"}
        made = event("GET", path, None, {})
        made["headers"]["Origin"] = origin
        headers = load("api").handler(made, context)["multiValueHeaders"]
        return {name: values for name, values in headers.items() if "Access-Control" in name}

    return request


@pytest.mark.parametrize("path", ["/items", "/items/unknown", "/nothing"])
@pytest.mark.parametrize("origin", [ONE, TWO])
def test_pages_of_the_origins_read_responses(
    allowed: Callable[..., dict[str, Any]], path: str, origin: str
) -> None:
    headers = allowed(origin, path, ONE, TWO)
    assert headers["Access-Control-Allow-Origin"] == [origin]
    assert headers["Access-Control-Expose-Headers"] == ["Retry-After"]
    assert "Access-Control-Allow-Credentials" not in headers


@pytest.mark.parametrize(("origin", "origins"), [(FOREIGN, (ONE, TWO)), (ONE, ())])
def test_other_pages_read_no_responses(
    allowed: Callable[..., dict[str, Any]], origin: str, origins: tuple[str, ...]
) -> None:
    assert "Access-Control-Allow-Origin" not in allowed(origin, "/items", *origins)


def test_functions_behind_the_api_know_the_origins() -> None:
    for origins in ((), (ONE, TWO)):
        (known,) = (
            function["Environment"]["Variables"].get("ALLOWED_ORIGINS", "")
            for function in properties(resources(*origins), "AWS::Lambda::Function")
            if function["Handler"] == "api.handler"
        )
        assert known == " ".join(origins)
{% else %}
@pytest.mark.parametrize("origins", [(), (ONE,), (ONE, TWO)], ids=len)
def test_the_gateway_knows_the_origins(origins: tuple[str, ...]) -> None:
    (api,) = properties(resources(*origins), "AWS::ApiGatewayV2::Api")
    cors = api.get("CorsConfiguration", {})
    assert cors.get("AllowOrigins", []) == list(origins)
    assert not cors.get("AllowCredentials")
    if origins:
        assert {"Authorization", "Content-Type"} <= set(cors["AllowHeaders"])
{% endif %}
{% if cognito %}


def test_people_sign_in_with_a_code_only() -> None:
    clients = properties(resources(ONE, TWO), "AWS::Cognito::UserPoolClient")
    (browser,) = (each for each in clients if each.get("AllowedOAuthFlowsUserPoolClient"))
    assert browser["AllowedOAuthFlows"] == ["code"]
    assert browser["CallbackURLs"] == browser["LogoutURLs"] == [f"{ONE}/", f"{TWO}/"]
    assert browser["GenerateSecret"] is False
    minutes = {browser[f"{kind}Validity"] for kind in ("AccessToken", "IdToken", "RefreshToken")}
    assert minutes == {60}


def test_without_origins_there_is_no_login_page() -> None:
    found = resources()
    assert not properties(found, "AWS::Cognito::UserPoolDomain")
    assert len(properties(found, "AWS::Cognito::UserPoolClient")) == 1


def test_people_sign_in_on_a_page_with_a_style() -> None:
    found = resources(ONE)
    (domain,) = properties(found, "AWS::Cognito::UserPoolDomain")
    assert domain["ManagedLoginVersion"] == 2
    assert "AWS::StackId" in json.dumps(domain["Domain"])
    assert len(properties(found, "AWS::Cognito::ManagedLoginBranding")) == 1


def test_mail_is_sent_by_ses_if_the_settings_have_a_sender() -> None:
    (pool,) = properties(resources(), "AWS::Cognito::UserPool")
    assert "EmailConfiguration" not in pool
    (pool,) = properties(resources(mail_from="no-reply@example.com"), "AWS::Cognito::UserPool")
    assert pool["EmailConfiguration"]["EmailSendingAccount"] == "DEVELOPER"
    assert json.dumps(pool["EmailConfiguration"]["SourceArn"]).count(":identity/example.com") == 1
    with pytest.raises(ValueError, match=r"try 'no-reply@example\.com'"):
        replace(ANY, browser=BrowserSettings(mail_from="example.com"))
{% endif %}
