{% if cookiecutter.api == 'rest' %}
from infra.browser import allow_origins, gateway_headers, preflight


class Api:
    def __init__(self) -> None:
        self.rest_api = apigateway.RestApi(
            self, "RestApi", default_cors_preflight_options=preflight(base.settings)
        )
        answer_with_problems(self.rest_api, headers=gateway_headers(base.settings))

    def add_routes(self, function: ServiceFunction) -> None:
        allow_origins(function)
{% else %}
from infra.browser import preflight


class Api:
    def __init__(self) -> None:
        self.http_api = apigatewayv2.HttpApi(self, "HttpApi", cors_preflight=preflight(base.settings))
{% endif %}
