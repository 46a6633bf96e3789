"""Let the CDK look up the zones of an account."""

import aws_cdk as cdk
from aws_cdk import aws_ec2 as ec2

from proof.faults.tree import app_of

PLACE = cdk.Environment(account="111122223333", region="us-east-1")
TAGS = {"Project": "orders", "Owner": "platform-team", "Environment": "dev"}


def _zones(stack: cdk.Stack, kind: type[cdk.Stack]) -> None:
    more = kind(app_of(stack), f"{stack.stack_name}-more", env=PLACE, tags=TAGS)
    zones = more.availability_zones  # TAP406
    cdk.CfnOutput(more, "Zone", value=zones[0])
    cdk.CfnWaitConditionHandle(more, "Handle")


def fault(stack: cdk.Stack) -> str:
    _zones(stack, cdk.Stack)
    return "cdk.context.json"


class _WithoutLookup(cdk.Stack):
    @property
    def availability_zones(self) -> list[str]:
        return [cdk.Fn.select(index, cdk.Fn.get_azs()) for index in range(2)]


def fix(stack: cdk.Stack) -> None:
    _zones(stack, _WithoutLookup)


def fault_dummy(stack: cdk.Stack) -> ec2.CfnSecurityGroup:
    """Record the VPC of a lookup without credentials."""
    tags = [cdk.CfnTag(key=key, value=value) for key, value in TAGS.items()]
    return ec2.CfnSecurityGroup(
        stack, "Theirs", group_description="Theirs", vpc_id="vpc-12345", tags=tags
    )
