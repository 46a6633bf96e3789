"""IAM statements for the resources that a function uses.

The resources can be part of the app or imported, such as `s3.Bucket.from_bucket_attributes(...)` or
`secretsmanager.Secret.from_secret_complete_arn(...)`.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms

from tap_guardrails.permissions import Permission
from tap_project.cdk import acknowledge, domain_suffix

# Each kind of resource: its service, and its attributes for the ARN, for the value of the
# environment variable, and for the key that encrypts it.
KINDS = (
    ("dynamodb", "table_arn", "table_name", "encryption_key"),
    ("s3", "bucket_arn", "bucket_name", "encryption_key"),
    ("sqs", "queue_arn", "queue_url", "encryption_master_key"),
    ("sns", "topic_arn", "topic_arn", "master_key"),
    ("secretsmanager", "secret_arn", "secret_arn", "encryption_key"),
    ("ssm", "parameter_arn", "parameter_name", "encryption_key"),
    ("kinesis", "stream_arn", "stream_name", "encryption_key"),
    ("events", "event_bus_arn", "event_bus_name", None),
    ("states", "state_machine_arn", "state_machine_arn", None),
    ("lambda", "function_arn", "function_name", None),
    ("kms", "key_arn", "key_arn", None),
)


class Usable(NamedTuple):
    """A resource that a function can use.

    Args:
        service: the service's name in a hostname, such as `dynamodb`.
        arn: the ARN in a policy.
        value: the value of the environment variable.
        key: the key that encrypts the resource; None: a key that needs no permission.
        account: the account of an imported resource, if it is known; None: the stack's account.
    """

    service: str
    arn: str
    value: str
    key: kms.IKey | None
    account: str | None


def usable(resource: Any) -> Usable:
    """Return the attributes that a function needs to use a resource.

    Args:
        resource: a construct, the result of a `from_...` method, or a `Usable` for other kinds.

    Raises:
        TypeError: the kind of resource is unknown.
    """
    if isinstance(resource, Usable):
        return resource
    for service, arn, value, key in KINDS:
        if hasattr(resource, arn):
            found = getattr(resource, arn)
            if service == "secretsmanager" and resource.secret_full_arn is None:
                found += "-??????"  # Secrets Manager appends six characters to a secret's name
            return Usable(
                service=service,
                arn=found,
                value=getattr(resource, value),
                key=getattr(resource, key, None) if key else None,
                account=_foreign_account(resource, found),
            )
    known = ", ".join(service for service, *_ in KINDS)
    raise TypeError(
        f"{resource.node.path!r} is not a resource of {known};"
        " try Usable(service=..., arn=..., value=..., key=None, account=None) in uses"
    )


def _foreign_account(resource: Any, arn: str) -> str | None:
    """Return the account that an import names, unless it is the stack's own."""
    for account in (*arn.split(":")[4:5], resource.env.account):
        if re.fullmatch(r"\d{12}", account) and account != cdk.Stack.of(resource).account:
            return str(account)
    return None


def allow(
    role: iam.Role,
    actions: Iterable[str],
    resources: Iterable[str],
    *,
    conditions: Mapping[str, Any] | None = None,
    reason: str | None = None,
) -> None:
    """Allow a role exactly these actions on exactly these resources.

    Args:
        role: the role.
        actions: IAM actions without wildcards.
        resources: ARNs; one with a wildcard needs a reason.
        conditions: IAM conditions of the statement.
        reason: why the resources have wildcards, for cdk-nag and the next reader.

    Raises:
        ValueError: a resource has a wildcard, and there is no reason.
    """
    resources = list(resources)
    role.add_to_policy(
        iam.PolicyStatement(
            actions=sorted(actions),
            resources=resources,
            conditions=dict(conditions) if conditions else None,
        )
    )
    for resource in resources:
        if "*" not in resource:
            continue
        if reason is None:
            raise ValueError(f"{resource!r} has a wildcard; give the reason")
        acknowledge_wildcard(role, resource, reason)


def allow_declared(
    role: iam.Role, permission: Permission, resource: Usable | None, module: str
) -> None:
    """Allow the actions that a handler module declares for one resource.

    Args:
        role: the role of the function.
        permission: the declaration.
        resource: the resource; None: the actions have no resource.
        module: the name of the module, for the reason of a wildcard.
    """
    where = "*" if resource is None else resource.arn + permission.suffix
    conditions = None
    if permission.prefix is not None:
        conditions = {"StringLike": {"s3:prefix": f"{permission.prefix}*"}}
    why = "the names are not known before" if resource else "these actions have no resource"
    reason = f"{module} declares {permission.variable}{permission.suffix}: {why}"
    allow(role, permission.actions, [where], conditions=conditions, reason=reason)


def allow_keys(role: iam.Role, resources: Iterable[Usable]) -> None:
    """Allow a role to use the keys of resources, through the resources' services only."""
    services: dict[str, set[str]] = {}
    for resource in resources:
        if resource.key is not None:
            services.setdefault(resource.key.key_arn, set()).add(resource.service)
    stack = cdk.Stack.of(role)
    domain = domain_suffix(stack.region)
    for key_arn, names in services.items():
        via = [f"{name}.{stack.region}.{domain}" for name in sorted(names)]
        role.add_to_policy(
            iam.PolicyStatement(
                actions=["kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey"],
                resources=[key_arn],
                conditions={"StringEquals": {"kms:ViaService": via}},
            )
        )


def allow_interfaces(role: iam.Role, subnets: Iterable[str], security_group: str) -> None:
    """Allow Lambda to manage network interfaces with a function's role.

    Before it creates a function, Lambda checks the permissions for the subnets and the security
    group, but for no network interface, because there is none yet: permissions on
    `network-interface/*` alone count as missing, and the deployment fails.
    https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html#configuration-vpc-permissions

    The function's code can't use these permissions: its requests carry `lambda:SourceFunctionArn`,
    and those of the Lambda service don't.
    https://docs.aws.amazon.com/lambda/latest/dg/permissions-source-function-arn.html

    Args:
        role: the function's role.
        subnets: ids of the subnets.
        security_group: id of the security group.
    """
    stack = cdk.Stack.of(role)
    service_only = {"Null": {"lambda:SourceFunctionArn": "true"}}

    def arn(resource: str, name: str) -> str:
        return stack.format_arn(service="ec2", resource=resource, resource_name=name)

    allow(
        role,
        ["ec2:CreateNetworkInterface"],
        [
            arn("network-interface", "*"),
            arn("security-group", security_group),
            *(arn("subnet", subnet) for subnet in subnets),
        ],
        conditions=service_only,
        reason="Lambda creates the network interface, so its id is not known before",
    )
    allow(
        role,
        [
            "ec2:AssignPrivateIpAddresses",
            "ec2:DeleteNetworkInterface",
            "ec2:DescribeNetworkInterfaces",
            "ec2:DescribeSubnets",
            "ec2:UnassignPrivateIpAddresses",
        ],
        ["*"],
        conditions=service_only,
        reason="Lambda checks these before there is a network interface to name",
    )


def acknowledge_wildcard(role: iam.Role, resource: str, reason: str) -> None:
    """Give cdk-nag the reason for a wildcard in one resource of one role."""
    rendered = cdk.Stack.of(role).resolve(resource)
    parts = rendered["Fn::Join"][1] if isinstance(rendered, dict) else [rendered]
    shown = "".join(part if isinstance(part, str) else f"<{_reference(part)}>" for part in parts)
    acknowledge(role, f"AwsSolutions-IAM5[Resource::{shown}]", reason)


def _reference(intrinsic: dict[str, Any]) -> str:
    """Return a reference in cdk-nag's spelling."""
    return intrinsic["Ref"] if "Ref" in intrinsic else ".".join(intrinsic["Fn::GetAtt"])
