"""Write the password of a database into the template."""

import aws_cdk as cdk
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_rds as rds
from aws_cdk import aws_secretsmanager as secretsmanager

from proof.faults import resources
from proof.faults.tree import find


def fault(stack: cdk.Stack, credentials: rds.Credentials | None = None) -> rds.DatabaseInstance:
    network = resources.network(stack)
    written = cdk.SecretValue.unsafe_plain_text("orders-4711")
    added = rds.DatabaseInstance(
        stack,
        "Orders",
        credentials=credentials or rds.Credentials.from_password("admin", written),
        engine=rds.DatabaseInstanceEngine.MARIADB,
        instance_type=ec2.InstanceType("t4g.micro"),
        removal_policy=cdk.RemovalPolicy.RETAIN,
        storage_encrypted=True,
        vpc=network["vpc"],
        vpc_subnets=network["vpc_subnets"],
    )
    resources.output(stack, "Orders", added.instance_arn)
    return added


def fix(stack: cdk.Stack) -> None:
    fault(stack, credentials=rds.Credentials.from_generated_secret("admin"))
    resources.output(stack, "Password", find(stack, secretsmanager.CfnSecret).ref)


def fault_reference(stack: cdk.Stack) -> rds.DatabaseInstance:
    """Write the password of a database that exists into the template."""
    return fault(stack)


def fix_reference(stack: cdk.Stack) -> None:
    password = cdk.SecretValue.secrets_manager("database", json_field="password")
    fault(stack, rds.Credentials.from_password("admin", password))
