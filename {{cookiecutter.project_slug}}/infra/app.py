"""Builds the CDK app the same way for the CDK CLI, for plain Python and for the tests."""

import json
from pathlib import Path

import aws_cdk as cdk
from cdk_nag import AwsSolutionsChecks

import infra.rules  # noqa: F401  the project's own guardrails, which register themselves
from infra.settings import ENVIRONMENTS, PROJECT
from infra.stack import ServiceStack
from tap_guardrails.plugin import Guardrails
from tap_project.assets import make_readable

ROOT = Path(__file__).resolve().parent.parent


def build(outdir: str | None = None, *, raises: bool = True) -> cdk.App:
    """Return the app with one stack for each environment, checked at every synth.

    The context is read from cdk.json here, because only the CDK CLI would pass it
    (https://github.com/aws/aws-cdk/issues/17553): the tests and `python app.py` see the same
    feature flags.

    Args:
        outdir: where the cloud assembly goes; the CDK CLI sets it in the environment.
        raises: whether `synth()` raises on findings, instead of writing its report only.
    """
    context = json.loads((ROOT / "cdk.json").read_text(encoding="utf-8"))["context"]
    context["@aws-cdk/core:failSynthOnValidationErrors"] = raises
    app = cdk.App(analytics_reporting=False, context=context, outdir=outdir)
    for environment in ENVIRONMENTS.values():
        ServiceStack(app, f"{PROJECT}-{environment.name}", settings=environment)
    make_readable(Path(app.outdir))
    cdk.Validations.of(app).add_plugins(AwsSolutionsChecks(app), Guardrails(ROOT))
    return app
