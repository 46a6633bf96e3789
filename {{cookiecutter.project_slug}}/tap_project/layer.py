"""The Lambda layer with the functions' dependencies."""

from pathlib import Path

import aws_cdk as cdk
from aws_cdk import aws_lambda as lambda_

from tap_project.archive import hash_file
from tap_project.cdk import acknowledge

# The newest Python of Lambda in cdk-nag.
NEWEST = "python3.14"
DEPENDENCIES = Path(__file__).resolve().parent.parent / "build" / "dependencies.zip"


def dependencies_layer(stack: cdk.Stack, runtime: lambda_.Runtime) -> list[lambda_.ILayerVersion]:
    """Return the stack's layer of locked packages, which `make install` vendors.

    Without them the stack can be synthesized, but not deployed.
    """
    if not DEPENDENCIES.is_file():
        _prevent_deployment(stack)
        return []
    existing = stack.node.try_find_child("Dependencies")
    if isinstance(existing, lambda_.LayerVersion):
        return [existing]
    return [
        lambda_.LayerVersion(
            stack,
            "Dependencies",
            code=lambda_.Code.from_asset(
                str(DEPENDENCIES),
                asset_hash=hash_file(DEPENDENCIES).read_text(encoding="utf-8").strip(),
                asset_hash_type=cdk.AssetHashType.CUSTOM,
            ),
            compatible_architectures=[lambda_.Architecture.ARM_64],
            compatible_runtimes=[runtime],
            description="Locked in requirements/lambda.txt",
        )
    ]


def acknowledge_runtime(function: lambda_.Function, runtime: lambda_.Runtime) -> None:
    """Accept cdk-nag's finding on a Python that is not the newest: Lambda supports it."""
    if runtime.name != NEWEST:
        reason = f"{runtime.name} was chosen, and Lambda supports it"
        acknowledge(function, "AwsSolutions-L1", reason)


def _prevent_deployment(stack: cdk.Stack) -> None:
    if stack.node.try_find_child("DependenciesAreVendored") is not None:
        return
    message = "build/dependencies.zip was missing at synth: run 'make install', then deploy again"
    cdk.Annotations.of(stack).add_info(message)
    cdk.CfnRule(
        stack,
        "DependenciesAreVendored",
        assertions=[
            cdk.CfnRuleAssertion(
                assert_=cdk.Fn.condition_equals(cdk.Aws.REGION, "missing"),
                assert_description=message,
            )
        ],
    )
