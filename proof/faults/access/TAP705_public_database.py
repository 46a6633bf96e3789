"""Give a database a public address."""

import aws_cdk as cdk
from aws_cdk import aws_cognito as cognito
from aws_cdk import aws_rds as rds

from proof.faults import resources


def fault(stack: cdk.Stack, *, publicly_accessible: bool = True) -> rds.CfnDBInstance:
    added = rds.CfnDBInstance(
        stack,
        "Orders",
        allocated_storage="20",
        db_instance_class="db.t4g.micro",
        engine="postgres",
        manage_master_user_password=True,
        master_username="orders",
        publicly_accessible=publicly_accessible,
        storage_encrypted=True,
    )
    resources.output(stack, "Orders", added.attr_db_instance_arn)
    return added


def fix(stack: cdk.Stack) -> None:
    fault(stack, publicly_accessible=False)


def fault_guests(
    stack: cdk.Stack, *, allow_unauthenticated_identities: bool = True
) -> cognito.CfnIdentityPool:
    """Give AWS credentials to guests."""
    return cognito.CfnIdentityPool(
        stack, "Guests", allow_unauthenticated_identities=allow_unauthenticated_identities
    )


def fix_guests(stack: cdk.Stack) -> None:
    fault_guests(stack, allow_unauthenticated_identities=False)
