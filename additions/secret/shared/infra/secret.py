"""Secrets."""

from aws_cdk import aws_iam as iam
from aws_cdk import aws_secretsmanager as secretsmanager
from constructs import Construct

from infra.common import base_of, data_removal_policy
from tap_project.cdk import acknowledge, label_of, output


class Secret(secretsmanager.Secret):
    """A secret with a generated value of 32 characters, read over TLS only.

    The value is in no template. Whoever issues a value, such as a key of another company, replaces
    the generated one (docs/operations.md, Secrets).
    """

    def __init__(self, scope: Construct, construct_id: str) -> None:
        base = base_of(scope)
        super().__init__(
            scope,
            construct_id,
            description=f"{construct_id} of {base.stack_name}",
{% if cookiecutter.__has_key %}
            encryption_key=base.encryption.key,
{% endif %}
            generate_secret_string=secretsmanager.SecretStringGenerator(
                exclude_punctuation=True, password_length=32
            ),
            removal_policy=data_removal_policy(base.settings),
        )
        self.add_to_resource_policy(
            iam.PolicyStatement(
                sid="TlsOnly",
                effect=iam.Effect.DENY,
                principals=[iam.AnyPrincipal()],
                actions=["secretsmanager:*"],
                resources=["*"],
                conditions={"Bool": {"aws:SecureTransport": "false"}},
            )
        )
        acknowledge(
            self,
            "AwsSolutions-SMG4",
            "The issuer of the value has to accept a new one; docs/operations.md has the steps",
        )
        label = label_of(self)
        output(self, f"{label}Arn", self.secret_arn, label)
