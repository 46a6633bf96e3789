"""Write a password into the source of the app."""

import aws_cdk as cdk

SOURCE = "infra/partner.py"


def fault() -> str:
    return "https://orders:4711@partner.example.com/"  # TAP755


def fix() -> cdk.SecretValue:
    return cdk.SecretValue.secrets_manager("partner", json_field="token")
