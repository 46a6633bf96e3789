"""Write the partition into the owner's tag, which a construct also uses."""

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from constructs import Construct

SOURCE = "infra/teams.py"
OWNER_OF_ALL = "arn:aws:iam::111122223333:role/admins"  # TAP608


def fault(scope: Construct) -> iam.IRole:
    cdk.Tags.of(scope).add("Owner", OWNER_OF_ALL)
    return iam.Role.from_role_arn(scope, "Admins", OWNER_OF_ALL)
