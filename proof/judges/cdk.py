"""cdk-nag AwsSolutions and the CDK's validation as judges, in this process's warm kernel.

cdk-nag reads constructs, so it judges the broken template through `CfnInclude`. A template that
CfnInclude can't read has no finding of cdk-nag. The CDK's validation reads template files: its
plugin, which every synth of the CDK runs, is called with the broken template itself. Strict means
that warnings count, as in the synth of a rendered project.
"""

from __future__ import annotations

import json
import tempfile
from functools import cache
from pathlib import Path
from typing import Any

from proof.judges.good import Good

ACCOUNT, REGION = "111122223333", "us-east-1"
NAG, VALIDATION = "cdk-nag", "CDK validation"


def findings(good: Good, template: dict[str, Any]) -> dict[str, set[str]]:
    """Return the findings of both judges, by judge."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "broken.template.json"
        file.write_text(json.dumps(template), encoding="utf-8")
        return {NAG: _nag(good, file), VALIDATION: _validation(file)}


def _nag(good: Good, file: Path) -> set[str]:
    import aws_cdk as cdk  # loads Node.js, which the caller has to choose before
    from aws_cdk import cloudformation_include
    from cdk_nag import AwsSolutionsChecks

    context = json.loads((good.project / "cdk.json").read_text(encoding="utf-8"))["context"]
    with tempfile.TemporaryDirectory() as out:
        app = cdk.App(analytics_reporting=False, context=context, outdir=out)
        environment = cdk.Environment(account=ACCOUNT, region=REGION)
        stack = cdk.Stack(app, "Stack", env=environment)
        try:
            cloudformation_include.CfnInclude(stack, "Broken", template_file=str(file))
        except RuntimeError:
            return set()
        report = AwsSolutionsChecks().validate_scope(stack)
    return _named(report)


def _validation(file: Path) -> set[str]:
    return _named(_validator().validate(_context()(file)))


@cache
def _validator() -> Any:
    """Return the plugin; each instance compiles the engine, and would keep its memory."""
    import aws_cdk as cdk

    return cdk.CloudFormationValidatePlugin()


@cache
def _context() -> Any:
    """Return the class of the context that the CDK passes to its plugins."""
    import aws_cdk as cdk
    import jsii

    @jsii.implements(cdk.IPolicyValidationContext)
    class Context:
        def __init__(self, file: Path) -> None:
            self._file = str(file)

        @property
        def app_construct(self) -> cdk.App:
            return cdk.App()

        @property
        def stack_templates(self) -> list[cdk.PolicyValidationStack]:
            return [
                cdk.PolicyValidationStack(
                    stack_construct_path="Stack",
                    template_path=self._file,
                    account_id=ACCOUNT,
                    region=REGION,
                )
            ]

        @property
        def template_paths(self) -> list[str]:
            return [self._file]

        @property
        def account_id(self) -> str:
            return ACCOUNT

        @property
        def region(self) -> str:
            return REGION

    return Context


def _named(report: Any) -> set[str]:
    """Return a line for each rule and resource of a plugin's report."""
    return {
        f"{violation.rule_name} {resource.resource_logical_id or resource.construct_path}: "
        f"{violation.description}"
        for violation in report.violations
        for resource in violation.violating_resources
    }
