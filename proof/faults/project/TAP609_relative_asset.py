"""Name an asset relative to the working directory."""

from pathlib import Path

from aws_cdk import aws_lambda as lambda_

ROOT = Path(__file__).resolve().parent.parent
SOURCE = "infra/code.py"


def fault() -> lambda_.AssetCode:
    return lambda_.Code.from_asset("service")  # TAP609


def fix() -> lambda_.AssetCode:
    return lambda_.Code.from_asset(str(ROOT / "service"))
