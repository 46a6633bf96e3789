"""Write the partition into a constant that a construct uses."""

from aws_cdk import aws_iam as iam
from constructs import Construct

SOURCE = "infra/admins.py"
ADMINS = "arn:aws:iam::111122223333:role/admins"  # TAP608


def fault(scope: Construct) -> iam.IRole:
    return iam.Role.from_role_arn(scope, "Admins", ADMINS)
