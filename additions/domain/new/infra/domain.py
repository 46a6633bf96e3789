{% set rest = cookiecutter.api == 'rest' %}
"""The API's domain name."""

from aws_cdk import aws_{{ 'apigateway' if rest else 'apigatewayv2' }} as apigateway
from aws_cdk import aws_certificatemanager as acm
from aws_cdk import aws_route53 as route53
from constructs import Construct

from infra.api import Api
from infra.common import base_of
from tap_project.cdk import output


class Domain(Construct):
    """A domain name for the API, if the settings have one; its record in Route 53 included.

{% if rest %}
    It accepts TLS 1.2 with forward secrecy, and TLS 1.3 with key exchange that withstands quantum
    computers. STRICT rejects requests whose TLS handshake names another host.
    https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-security-policies.html
{% else %}
    It accepts TLS 1.2 and 1.3, the only policy of HTTP APIs.
    https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-custom-domain-tls-version.html
{% endif %}
    """

    def __init__(self, scope: Construct, construct_id: str, *, api: Api) -> None:
        super().__init__(scope, construct_id)
        base = base_of(self)
        settings = base.settings.domain
        if settings is None:
            return
        certificate_arn = base.format_arn(
            service="acm", resource="certificate", resource_name=settings.certificate_id
        )
        domain = apigateway.DomainName(
            self,
            "Name",
            certificate=acm.Certificate.from_certificate_arn(
                self, "Certificate", certificate_arn
            ),
            domain_name=settings.name,
{% if rest %}
            endpoint_access_mode=apigateway.EndpointAccessMode.STRICT,
            endpoint_type=apigateway.EndpointType.REGIONAL,
            security_policy=apigateway.SecurityPolicy.TLS13_1_2_PFS_PQ_2025_09,
{% else %}
            endpoint_type=apigateway.EndpointType.REGIONAL,
            security_policy=apigateway.SecurityPolicy.TLS_1_2,
{% endif %}
        )
{% if rest %}
        domain.add_base_path_mapping(api.rest_api, stage=api.rest_api.deployment_stage)
        target, zone = domain.domain_name_alias_domain_name, domain.domain_name_alias_hosted_zone_id
{% else %}
        stage = api.http_api.node.find_child("Live")
        if not isinstance(stage, apigateway.HttpStage):
            raise TypeError(f"{stage!r} is not the stage of the API")
        apigateway.ApiMapping(self, "Mapping", api=api.http_api, domain_name=domain, stage=stage)
        target, zone = domain.regional_domain_name, domain.regional_hosted_zone_id
{% endif %}
        if settings.hosted_zone_id is not None:
            route53.CfnRecordSet(
                self,
                "Record",
                name=settings.name,
                type="A",
                alias_target=route53.CfnRecordSet.AliasTargetProperty(
                    dns_name=target, hosted_zone_id=zone
                ),
                hosted_zone_id=settings.hosted_zone_id,
            )
        output(self, "DomainUrl", f"https://{settings.name}/", "The API: URL with its domain name")
        output(self, "DomainTarget", target, "The API: where DNS has to send the domain name")
