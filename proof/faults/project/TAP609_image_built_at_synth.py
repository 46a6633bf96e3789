"""Build an image at every synth."""

from pathlib import Path

from aws_cdk import aws_lambda as lambda_

SOURCE = "infra/image.py"
SERVICE = Path(__file__).resolve().parent.parent / "service"


def fault() -> lambda_.DockerImageCode:
    return lambda_.DockerImageCode.from_image_asset(str(SERVICE))  # TAP609
