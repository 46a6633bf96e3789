"""The stacks of the last synth, one for each environment, read from cdk.out.

`python -m tap_project.assembly` lists the stacks; `--stack dev` prints the name of one.
"""

import argparse
import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
ASSEMBLY = ROOT / "cdk.out"
# Where the CDK's default bootstrap keeps its version.
VERSION = "/cdk-bootstrap/hnb659fds/version"

SUBSCRIPTION = "AWS::SNS::Subscription"
NO_SUBSCRIBER = "No one is subscribed to its alarms yet: set alarm_email in infra/settings.py."


class OperationError(Exception):
    """An error that the user can fix; its text is the line to print."""


@dataclass(frozen=True, kw_only=True)
class Stack:
    """One stack of the assembly; `account` is None for the caller's account.

    `deploy_role` is the ARN of the role that the CDK CLI deploys with, with its placeholders.
    """

    name: str
    environment: str
    account: str | None
    region: str
    production: bool
    template: Path
    qualifier: str = "hnb659fds"  # of the CDK bootstrap that deploys it
    deploy_role: str | None = None


def stacks(assembly: Path = ASSEMBLY) -> dict[str, Stack]:
    """Return the stacks by environment name, in the order of the settings.

    Stacks with termination protection are production.

    Raises:
        OperationError: there is no complete assembly.
    """
    manifest = assembly / "manifest.json"
    if not manifest.exists():
        raise OperationError(f"{assembly.name} contains no assembly; try: make synth")
    artifacts: dict[str, Any] = json.loads(manifest.read_text(encoding="utf-8"))["artifacts"]
    found = {}
    for name, artifact in artifacts.items():
        if artifact["type"] == "aws:cloudformation:stack":
            stack = _stack(name, artifact, assembly)
            found[stack.environment] = stack
    return found


def stack_of(environment: str, assembly: Path = ASSEMBLY) -> Stack:
    """Return the stack of one environment.

    Raises:
        OperationError: no such environment; the message names those that exist.
    """
    found = stacks(assembly)
    if environment not in found:
        known = " or ".join(f"ENV={name}" for name in found)
        raise OperationError(f"no environment {environment!r} in infra/settings.py; try {known}")
    return found[environment]


def _stack(name: str, artifact: dict[str, Any], assembly: Path) -> Stack:
    properties = artifact["properties"]
    account, region = artifact["environment"].removeprefix("aws://").split("/")
    return Stack(
        name=properties.get("stackName", name),
        environment=properties["tags"]["Environment"],
        account=None if account == "unknown-account" else account,
        region=region,
        production=properties.get("terminationProtection", False),
        template=assembly / properties["templateFile"],
        qualifier=properties.get("bootstrapStackVersionSsmParameter", VERSION).split("/")[2],
        deploy_role=properties.get("assumeRoleArn"),
    )


def main(arguments: list[str] | None = None) -> int:
    """List the stacks of the last synth, or print the name of one."""
    parser = argparse.ArgumentParser(
        prog="python -m tap_project.assembly", description=main.__doc__
    )
    parser.add_argument("environment", nargs="?", help="list only this environment")
    parser.add_argument("--stack", metavar="ENVIRONMENT", help="print only the name of its stack")
    given = parser.parse_args(arguments)
    try:
        if given.stack is not None:
            print(stack_of(given.stack).name)
            return 0
        listed = [stack_of(given.environment)] if given.environment else stacks().values()
    except OperationError as error:
        print(error, file=sys.stderr)
        return 1
    for stack in listed:
        account = stack.account or "the caller's account"
        resources = json.loads(stack.template.read_text(encoding="utf-8"))["Resources"].values()
        print(f"{stack.name}: {len(resources)} resources, for {account} in {stack.region}")
        if not any(each["Type"] == SUBSCRIPTION for each in resources):
            print(f"  {NO_SUBSCRIBER}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
