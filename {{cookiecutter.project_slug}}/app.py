"""The CDK app: one stack for each environment."""

from infra.app import build

build().synth()
