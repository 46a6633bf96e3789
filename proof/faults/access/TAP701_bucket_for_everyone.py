"""Let anyone read the objects of a bucket."""

from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3

from proof.faults import resources
from proof.faults.tree import child

WHY = "The objects are the public price list."
organization_id = "o-a1b2c3d4e5"


def _bucket(stack: cdk.Stack, principal: iam.IPrincipal, **given: Any) -> s3.Bucket:
    added = resources.bucket(stack, "Prices")
    statement = iam.PolicyStatement(
        actions=["s3:GetObject"],
        principals=[principal],
        resources=[added.arn_for_objects("*")],
        **given,
    )
    added.add_to_resource_policy(statement)
    return added


def fault(stack: cdk.Stack, **fixed: Any) -> s3.Bucket:
    return _bucket(stack, iam.AnyPrincipal(), **fixed)


def fix(stack: cdk.Stack) -> None:
    fault(stack, conditions={"StringEquals": {"aws:PrincipalOrgID": organization_id}})


def fault_account(stack: cdk.Stack) -> s3.Bucket:
    """Let another account read the objects of a bucket."""
    return _bucket(stack, iam.AccountPrincipal("444455556666"))


def fix_account(stack: cdk.Stack) -> None:
    fault_account(stack)
    bucket = child(stack, "Prices", s3.Bucket)
    cdk.Validations.of(bucket).acknowledge(cdk.Acknowledgment(id="tap::TAP701", reason=WHY))
