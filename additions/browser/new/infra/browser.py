{% set rest, cognito = cookiecutter.api == 'rest', cookiecutter.api_auth == 'cognito' %}
"""{{ 'Browser applications: their origins, and how people sign in to them.' if cognito else 'Browser applications: the origins that may call the API.' }}"""

{% if rest %}
from collections.abc import Mapping

{% endif %}
import aws_cdk as cdk
from aws_cdk import aws_{{ 'apigateway' if rest else 'apigatewayv2' }} as apigateway
{% if cognito %}
from aws_cdk import aws_cognito as cognito
from constructs import Construct

from infra.common import base_of
{% elif rest %}
from infra.common import base_of
{% endif %}
from infra.environment import Environment
{% if rest %}
from infra.functions import ServiceFunction
{% endif %}
{% if cognito %}
from tap_project.cdk import output
{% endif %}
from tap_project.openapi import Document

# Request headers besides those of openapi.json.
{% if cognito %}
HEADERS = ("Authorization", "Content-Type")
{% else %}
HEADERS = ("Authorization", "Content-Type", "X-Amz-Date", "X-Amz-Security-Token")
{% endif %}
# How long a browser keeps the answer to a preflight request.
MAX_AGE = cdk.Duration.hours(1)


{% if rest %}
def preflight(settings: Environment) -> apigateway.CorsOptions | None:
    """Return what API Gateway answers to OPTIONS, without authorization; None without origins."""
    if not settings.browser.origins:
        return None
    return apigateway.CorsOptions(
        allow_origins=list(settings.browser.origins),
        allow_headers=_request_headers(),
        allow_methods=_methods(),
        max_age=MAX_AGE,
    )


def gateway_headers(settings: Environment) -> Mapping[str, str] | None:
    """Return the headers of API Gateway's own errors; None without origins.

    A header of these responses is a constant or copied from the request, so of several origins only
    the caller's can be named. A foreign page reads nothing by it but the text of an error: a
    request with a token or a JSON body begins with a preflight request, which names exact origins.
    Cookies are never allowed.
    https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-gatewayResponse-definition.html
    """
    origins = settings.browser.origins
    if not origins:
        return None
    if len(origins) == 1:
        return {"Access-Control-Allow-Origin": f"'{origins[0]}'"}
    return {"Access-Control-Allow-Origin": "method.request.header.Origin", "Vary": "'Origin'"}


def allow_origins(function: ServiceFunction) -> None:
    """Let a function behind the API answer pages of the origins (service/origins.py)."""
    origins = base_of(function).settings.browser.origins
    if origins:
        function.resource.add_environment("ALLOWED_ORIGINS", " ".join(origins))
        function.resource.add_environment("EXPOSED_HEADERS", " ".join(_response_headers()))
{% else %}
def preflight(settings: Environment) -> apigateway.CorsPreflightOptions | None:
    """Return the origins, for which API Gateway answers OPTIONS itself; None if there are none.

    API Gateway adds the headers to all responses, its own errors included.
    https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-cors.html
    """
    if not settings.browser.origins:
        return None
    return apigateway.CorsPreflightOptions(
        allow_origins=list(settings.browser.origins),
        allow_headers=_request_headers(),
        allow_methods=[apigateway.CorsHttpMethod[method] for method in _methods()],
        expose_headers=_response_headers(),
        max_age=MAX_AGE,
    )
{% endif %}


def _methods() -> list[str]:
    return sorted({operation.method for operation in Document.read().operations()})


def _request_headers() -> list[str]:
    named = {
        parameter["name"]
        for operation in Document.read().operations()
        for parameter in operation.content["parameters"]
        if parameter["in"] == "header"
    }
    return [*HEADERS, *sorted(named)]


def _response_headers() -> list[str]:
    named = {
        header
        for operation in Document.read().operations()
        for response in operation.content["responses"].values()
        for header in response.get("headers", ())
    }
    return sorted(named)
{% if cognito %}


class Browser(Construct):
    """Managed login for browser applications, if the settings have origins.

    People sign in on a page of Cognito. The application gets a code, which it exchanges for tokens
    with the secret of this sign-in (PKCE): it is a public client, without a secret that it could
    keep. Its tokens are valid for an hour.
    https://docs.aws.amazon.com/cognito/latest/developerguide/using-pkce-in-authorization-code.html

    Args:
        pool: the users.

    Attributes:
        clients: the clients whose tokens the API accepts.
    """

    def __init__(self, scope: Construct, construct_id: str, *, pool: cognito.UserPool) -> None:
        super().__init__(scope, construct_id)
        base = base_of(self)
        urls = [f"{origin}/" for origin in base.settings.browser.origins]
        self.clients: list[cognito.IUserPoolClient] = []
        if not urls:
            return
        # The prefix is unique among all accounts of the Region, and no word that Cognito reserves:
        # the stack's id contains a UUID.
        stack_uuid = cdk.Fn.select(2, cdk.Fn.split("/", base.stack_id))
        domain = pool.add_domain(
            "Domain",
            cognito_domain=cognito.CognitoDomainOptions(
                domain_prefix=cdk.Fn.join("-", ["login", stack_uuid])
            ),
            managed_login_version=cognito.ManagedLoginVersion.NEWER_MANAGED_LOGIN,
        )
        hour = cdk.Duration.hours(1)
        client = cognito.UserPoolClient(
            self,
            "Client",
            access_token_validity=hour,
            auth_flows=cognito.AuthFlow(),
            enable_token_revocation=True,
            generate_secret=False,
            id_token_validity=hour,
            o_auth=cognito.OAuthSettings(
                callback_urls=urls,
                flows=cognito.OAuthFlows(authorization_code_grant=True),
                logout_urls=urls,
                scopes=[cognito.OAuthScope.OPENID, cognito.OAuthScope.EMAIL],
            ),
            prevent_user_existence_errors=True,
            refresh_token_validity=hour,
            supported_identity_providers=[cognito.UserPoolClientIdentityProvider.COGNITO],
            user_pool=pool,
        )
        # Without a style, managed login shows an error.
        # https://docs.aws.amazon.com/cognito/latest/developerguide/managed-login-branding.html
        cognito.CfnManagedLoginBranding(
            self,
            "Style",
            client_id=client.user_pool_client_id,
            use_cognito_provided_values=True,
            user_pool_id=pool.user_pool_id,
        )
        self.clients.append(client)
        output(self, "BrowserClientId", client.user_pool_client_id, "Browsers: the client")
        output(self, "LoginUrl", domain.base_url(), "Browsers: where people sign in")


def mail(settings: Environment) -> cognito.UserPoolEmail | None:
    """Return the sender of the user pool's e-mail in SES; None: Cognito sends it."""
    sender = settings.browser.mail_from
    if sender is None:
        return None
    return cognito.UserPoolEmail.with_ses(
        from_email=sender,
        ses_region=settings.region,
        ses_verified_domain=sender.partition("@")[2],
    )
{% endif %}
