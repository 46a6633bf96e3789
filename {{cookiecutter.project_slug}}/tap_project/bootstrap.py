"""Prepares an account for deployments, after confirmation: `python -m tap_project.bootstrap dev`.

It bootstraps the CDK. For a project with pipelines, it then deploys the stack of their roles.
`--print` prints instead what another team must provide, without credentials.
"""

import argparse
import re
import sys
from types import ModuleType

from tap_project import (
    answers,
    identity_github,
    identity_gitlab,
    pipeline,
    prerequisites,
    toolkit,
)
from tap_project.assembly import OperationError, Stack, stack_of, stacks
from tap_project.command import reported
from tap_project.isolation import boundary_of, require_isolation
from tap_project.pipeline import Trust
from tap_project.session import confirm, session_for

IDENTITIES = {"github": identity_github, "gitlab": identity_gitlab}
"""The trusted identities of pipeline roles, by `ci`; none without pipelines."""


def main(arguments: list[str] | None = None) -> int:
    """Bootstrap the CDK, and create the pipeline's roles, in the account of one environment."""
    return reported(lambda: _run(arguments))


def _run(arguments: list[str] | None) -> int:
    identity = IDENTITIES.get(answers.ci())
    given = _parsed(arguments, identity)
    if given.print:
        print(_prerequisites(given, identity))
    else:
        _bootstrap(given, identity)
    return 0


def _parsed(arguments: list[str] | None, identity: ModuleType | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make bootstrap", description=main.__doc__)
    toolkit.add_arguments(parser)
    parser.add_argument(
        "--print",
        action="store_true",
        help="print what another team must provide, without credentials and changes",
    )
    parser.add_argument("--account", metavar="ID", help="with --print: the environment's account")
    if identity is not None:
        identity.add_arguments(parser)
        parser.add_argument(
            pipeline.BOOTSTRAP.option,
            metavar="STACK",
            help="confirms the repair of the pipeline stack with this name",
        )
    return parser.parse_args(arguments)


def _bootstrap(given: argparse.Namespace, identity: ModuleType | None) -> None:
    stack = stack_of(given.environment)
    session, account = session_for(stack)
    trust, boundary = None, ""
    if identity is not None:
        trust = identity.trust_of(given, pipeline.last_parameters(session, stack))
        boundary = boundary_of(stack, account)
        pipeline.check_boundary(session, stack, account, boundary)
    print(_explanation(stack, account, trust, given.execution_policies, boundary))
    require_isolation(
        session,
        account,
        stack,
        stacks().values(),
        execution_policies=given.execution_policies,
        accepted=given.shared_account,
    )
    confirm("Type the account to continue:", account, given.yes, "--yes")
    own = given.custom_permissions_boundary or toolkit.last_boundary(session, stack)
    toolkit.bootstrap(stack, account, given.execution_policies, own)
    if trust is not None:
        outputs = pipeline.deploy_roles(session, stack, trust, given.pipeline_stack, boundary)
        print(pipeline.next_steps(stack, trust, outputs))


def _prerequisites(given: argparse.Namespace, identity: ModuleType | None) -> str:
    stack = stack_of(given.environment)
    account = given.account or stack.account or ""
    if not re.fullmatch(r"\d{12}", account) or (stack.account or account) != account:
        raise OperationError(
            f"the account of {stack.environment!r} is {given.account or stack.account}, not the 12"
            " digits of one; set account in infra/settings.py, or try:"
            " ARGS='--print --account=111122223333'"
            if stack.account is None
            else f"{stack.environment!r} belongs to {stack.account} in infra/settings.py, not"
            f" {account}; leave out --account"
        )
    return prerequisites.prepare(
        stack,
        [*stacks().values()],
        account,
        identity.trust_of(given, {}) if identity is not None else None,
        execution_policies=given.execution_policies,
        own_boundary=given.custom_permissions_boundary,
        boundary=boundary_of(stack, account),
    )


def _explanation(
    stack: Stack, account: str, trust: Trust | None, execution_policies: str | None, boundary: str
) -> str:
    if trust is not None:
        return pipeline.explain(stack, account, trust, execution_policies, boundary)
    return f"""\
This creates stack {toolkit.name_of(stack)} in account {account}, {stack.region}: a bucket and a
repository for assets, and roles for deployments by anyone who can assume roles there.
Policies of CloudFormation in deployments:
{toolkit.permissions(execution_policies)}."""


if __name__ == "__main__":
    sys.exit(main())
