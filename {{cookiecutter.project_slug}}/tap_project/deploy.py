"""Deploys one environment from any state of its stack: `python -m tap_project.deploy dev`.

The CDK CLI deploys, but it stops if an earlier operation failed or is still running. A failed first
deployment is the most frequent case: termination protection keeps the CLI from deleting that stack.
This module therefore prints the stack's state and repairs it first. It never deletes a stack that
was deployed successfully.
"""

import argparse
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any

from botocore.exceptions import ClientError

from tap_project.assembly import ASSEMBLY, ROOT, OperationError, Stack, stack_of
from tap_project.command import CONTINUES, reported
from tap_project.network import require_no_placeholders
from tap_project.session import confirm, deployment_session, session_for

POLL_SECONDS = 5.0
# The session of the CDK's deploy role lasts an hour, the default for roles.
TIMEOUT_SECONDS = 3600.0
ABSENT = "not deployed"
# A stack that was ever in one of these states has been in use.
DEPLOYED = {"CREATE_COMPLETE", "IMPORT_COMPLETE"}
CREATED = {"CREATE_IN_PROGRESS", "REVIEW_IN_PROGRESS"}


class Action(Enum):
    """The action required before the CDK CLI can deploy."""

    NOTHING = auto()
    WAIT = auto()
    DELETE = auto()
    ROLL_BACK = auto()


@dataclass(frozen=True)
class Step:
    """The meaning of a state, and the next step of `make deploy`."""

    meaning: str
    next: str
    action: Action = Action.NOTHING


@dataclass(frozen=True, kw_only=True)
class State:
    """The state of a stack, as CloudFormation describes it."""

    status: str
    stack_id: str = ""
    protected: bool = False


@dataclass(frozen=True, kw_only=True)
class Command:
    """The command that deploys a stack, and the texts to type if it stops.

    Args:
        name: the command, such as `make deploy`.
        option: its option that confirms the stack's name.
        deletion: how to delete a stack that was deployed.
        skip: how to continue a rollback without the resources in `{skipped}`, one or more.
        separator: text between these resources.
    """

    name: str
    option: str
    deletion: str
    skip: str
    separator: str


DEPLOY = Command(
    name="make deploy",
    option="--yes",
    deletion="make destroy ENV={stack.environment}",
    skip="make deploy ENV={stack.environment} ARGS='--yes={stack.name} --skip={skipped}'",
    separator=" --skip=",
)
DELETE_AND_CREATE = "delete the stack, then create it again"
UPDATE = Step("it is deployed", "update it")
WAIT = Step("another operation is running", "wait until it has ended", Action.WAIT)
# https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/view-stack-events.html
STEPS = {
    ABSENT: Step("there is no such stack", "create it"),
    # The CLI replaces its own change set, without loss.
    "REVIEW_IN_PROGRESS": Step(
        "a change set was never executed, and no resource exists", "replace the change set"
    ),
    "CREATE_FAILED": Step("its first deployment failed", DELETE_AND_CREATE, Action.DELETE),
    "ROLLBACK_COMPLETE": Step(
        "its first deployment failed and was rolled back", DELETE_AND_CREATE, Action.DELETE
    ),
    "ROLLBACK_FAILED": Step(
        "its first deployment failed, and so did the rollback", DELETE_AND_CREATE, Action.DELETE
    ),
    "DELETE_FAILED": Step("its deletion failed", DELETE_AND_CREATE, Action.DELETE),
    "UPDATE_FAILED": Step(
        "an update failed and was not rolled back",
        "roll the update back, then update again",
        Action.ROLL_BACK,
    ),
    "UPDATE_ROLLBACK_COMPLETE": Step("its last update failed and was rolled back", "update it"),
    "UPDATE_ROLLBACK_FAILED": Step(
        "an update failed, and so did its rollback",
        "continue the rollback, then update again",
        Action.ROLL_BACK,
    ),
}


def step_for(status: str) -> Step:
    """Return the meaning of a state and the next step."""
    return STEPS.get(status, WAIT if status.endswith("_IN_PROGRESS") else UPDATE)


def state_of(cloudformation: Any, stack: str) -> State:
    """Return the state of a stack, by name or id."""
    try:
        (found,) = cloudformation.describe_stacks(StackName=stack)["Stacks"]
    except ClientError as error:
        if "does not exist" in str(error):
            return State(status=ABSENT)
        raise
    return State(
        status=found["StackStatus"],
        stack_id=found["StackId"],
        protected=found.get("EnableTerminationProtection", False),
    )


def settled(cloudformation: Any, stack_id: str, command: str = DEPLOY.name) -> str:
    """Wait until CloudFormation has finished with a stack, and return its status.

    Raises:
        OperationError: it takes more than an hour.
    """
    deadline = time.monotonic() + TIMEOUT_SECONDS
    while True:
        status = state_of(cloudformation, stack_id).status
        if step_for(status).action is not Action.WAIT:
            return status
        if time.monotonic() > deadline:
            raise OperationError(f"the stack is still {status}; try {command} again later")
        time.sleep(POLL_SECONDS)


def was_deployed(cloudformation: Any, stack_id: str) -> bool:
    """Return whether a deployment of the stack ever succeeded, or could have.

    CloudFormation keeps events for 90 days: without the stack's first event, it could have.
    https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/view-stack-events.html
    """
    pages = cloudformation.get_paginator("describe_stack_events").paginate(StackName=stack_id)
    history = [
        event["ResourceStatus"]
        for page in pages
        for event in page["StackEvents"]  # the newest first
        if event.get("PhysicalResourceId") == stack_id
    ]
    return not history or history[-1] not in CREATED or not DEPLOYED.isdisjoint(history)


def delete_failed_creation(cloudformation: Any, stack: Stack, state: State) -> None:
    """Delete a stack that was never deployed, and list the resources that remain.

    CloudFormation lets a resource be retained only after its deletion failed
    (https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_DeleteStack.html).

    Raises:
        OperationError: the stack still exists.
    """
    if state.protected:
        cloudformation.update_termination_protection(
            StackName=stack.name, EnableTerminationProtection=False
        )
    cloudformation.delete_stack(StackName=state.stack_id)
    retained: dict[str, dict[str, Any]] = {}
    while (status := settled(cloudformation, state.stack_id)) == "DELETE_FAILED":
        failed = _resources(cloudformation, state.stack_id, "DELETE_FAILED")
        if failed.keys() <= retained.keys():
            break
        retained |= failed
        cloudformation.delete_stack(StackName=state.stack_id, RetainResources=list(retained))
    if status not in {ABSENT, "DELETE_COMPLETE"}:
        raise OperationError(
            f"stack {stack.name!r} is {status} and could not be deleted;"
            " its events in CloudFormation have the reason"
        )
    left = retained | _resources(cloudformation, state.stack_id, "DELETE_SKIPPED")
    print(
        f"Deleted stack {stack.name}."
        + (" These resources remain:" if left else " Nothing remains.")
    )
    for resource in left.values():
        reason = resource.get("ResourceStatusReason")
        print(
            f"  {resource['ResourceType']} {resource['PhysicalResourceId']}"
            + (f": {reason}" if reason else "")
        )


def _resources(cloudformation: Any, stack_id: str, status: str) -> dict[str, dict[str, Any]]:
    """Return the resources of a stack, deleted or not, that are in a state, by logical id."""
    try:
        pages = list(
            cloudformation.get_paginator("list_stack_resources").paginate(StackName=stack_id)
        )
    except ClientError as error:
        if "does not exist" in str(error):
            return {}
        raise
    return {
        resource["LogicalResourceId"]: resource
        for page in pages
        for resource in page["StackResourceSummaries"]
        if resource["ResourceStatus"] == status and resource.get("PhysicalResourceId")
    }


def roll_back(
    cloudformation: Any, stack: Stack, state: State, skip: Sequence[str], command: Command = DEPLOY
) -> None:
    """Roll a stack back to its state before the failed update.

    Raises:
        OperationError: the rollback failed again; the message lists the resources, and how to skip
            them.
    """
    if state.status == "UPDATE_FAILED":
        cloudformation.rollback_stack(StackName=state.stack_id)
    else:
        cloudformation.continue_update_rollback(
            StackName=state.stack_id, ResourcesToSkip=list(skip)
        )
    status = settled(cloudformation, state.stack_id, command.name)
    if status == "UPDATE_ROLLBACK_COMPLETE":
        print(f"Stack {stack.name} is {status}: {step_for(status).meaning}.")
        return
    failed = _resources(cloudformation, state.stack_id, "UPDATE_FAILED")
    for name, resource in failed.items():
        print(
            f"  {name} ({resource['PhysicalResourceId']}): {resource.get('ResourceStatusReason')}"
        )
    skipping = command.skip.format(stack=stack, skipped=command.separator.join(failed))
    raise OperationError(
        f"stack {stack.name!r} is {status}; fix the cause and try again, or skip these"
        f" resources: {skipping}"
    )


def prepare(
    cloudformation: Any,
    stack: Stack,
    yes: str | None,
    skip: Sequence[str],
    command: Command = DEPLOY,
) -> None:
    """Print the stack's state and the next step, and bring it into a state that can be deployed.

    Ask before removing termination protection, and before changing a stack in use.

    Raises:
        OperationError: not confirmed, or the stack needs another command.
    """
    state = state_of(cloudformation, stack.name)
    step = step_for(state.status)
    if state.status == "DELETE_FAILED" and was_deployed(cloudformation, state.stack_id):
        raise OperationError(
            f"stack {stack.name!r} is DELETE_FAILED: it was deployed, and only its deletion can"
            f" continue; try: {command.deletion.format(stack=stack)}"
        )
    print(f"Stack {stack.name} is {state.status}: {step.meaning}. Next: {step.next}.", flush=True)
    if step.action is Action.WAIT:
        settled(cloudformation, state.stack_id, command.name)
        prepare(cloudformation, stack, yes, skip, command)
    elif step.action is Action.DELETE:
        if state.protected:
            print("It has termination protection, which is removed to delete it.")
            print("Resources that are retained or can't be deleted are listed.")
            confirm("Type the stack's name to continue:", stack.name, yes, command.option)
        delete_failed_creation(cloudformation, stack, state)
    elif step.action is Action.ROLL_BACK:
        confirm("Type the stack's name to continue:", stack.name, yes, command.option)
        roll_back(cloudformation, stack, state, skip, command)


def run_cli(stack: Stack, approval: str | None) -> int:
    """Deploy through the CDK CLI, and return its exit code.

    The stack's outputs are written to build/outputs-<environment>.json.
    """
    (ROOT / "build").mkdir(exist_ok=True)
    outputs = ROOT / "build" / f"outputs-{stack.environment}.json"
    cdk = ROOT / "node_modules" / ".bin" / "cdk"
    command = [str(cdk), "deploy", "--app", str(ASSEMBLY), "--outputs-file", str(outputs)]
    if approval:
        command += ["--require-approval", approval]
    # A list of the project's own making, and no shell (S603).
    return subprocess.run([*command, stack.name], cwd=ROOT, check=False).returncode  # noqa: S603


def main(arguments: list[str] | None = None) -> int:
    """Deploy one environment, from any state of its stack."""
    parser = argparse.ArgumentParser(prog="make deploy", description=main.__doc__)
    parser.add_argument("environment")
    parser.add_argument("--approval", help="when the CDK CLI asks: never, broadening, any-change")
    parser.add_argument("--yes", metavar="STACK", help="the stack's name, instead of typing it")
    parser.add_argument(
        "--skip",
        metavar="LOGICAL_ID",
        action="append",
        default=[],
        help="skip this resource when a failed rollback continues; repeatable",
    )
    given = parser.parse_args(arguments)

    def deploy() -> int:
        stack = stack_of(given.environment)
        require_no_placeholders(stack)
        session, account = session_for(stack)
        cloudformation = deployment_session(session, stack, account).client("cloudformation")
        prepare(cloudformation, stack, given.yes, given.skip)
        code = run_cli(stack, given.approval)
        if code != 0:
            state = state_of(cloudformation, stack.name)
            step = step_for(state.status)
            print(
                f"Stack {stack.name} is {state.status} now: {step.meaning}. After you fix the"
                f" cause, make deploy ENV={stack.environment} will {step.next}.",
                file=sys.stderr,
            )
        return code

    return reported(deploy, CONTINUES.format(given.environment))


if __name__ == "__main__":
    sys.exit(main())
