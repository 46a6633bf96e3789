"""CloudFormation resources that ministack lacks, or checks less strictly than AWS."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import boto3
from further import further
from ministack.core.responses import error_response_json, get_account_id, get_region
from ministack.services import cognito, dynamodb, lambda_svc
from ministack.services.cloudformation import provisioners, stacks
from roles import encrypt, may

Props = dict[str, Any]
Made = tuple[str, dict[str, str]]
Create = Callable[..., Made]
INTERFACE_ACTIONS = {
    "ec2:CreateNetworkInterface": "network-interface/*",
    "ec2:DeleteNetworkInterface": "network-interface/*",
    "ec2:AssignPrivateIpAddresses": "network-interface/*",
    "ec2:UnassignPrivateIpAddresses": "network-interface/*",
    "ec2:DescribeNetworkInterfaces": None,
    "ec2:DescribeSubnets": None,
}

POOL_IS_PROTECTED = (
    "The user pool cannot be deleted because deletion protection is activated."
    " Deletion protection must be inactivated first."
)


def client(service: str) -> Any:
    """Return a client of this emulator, as the root user of the current account."""
    return boto3.client(
        service,
        region_name=get_region(),
        aws_access_key_id=get_account_id(),
        # No secret: the emulator accepts any text (S106).
        aws_secret_access_key="test",  # noqa: S106
    )


def add_resource_types() -> None:
    """Add types that ministack rejects.

    Application Auto Scaling and CodeDeploy are only recorded: aliases move at once.
    """

    def address(_: str, props: Props, __: str) -> Made:
        made = client("ec2").allocate_address(Domain="vpc")
        return made["PublicIp"], {
            "AllocationId": made["AllocationId"],
            "PublicIp": made["PublicIp"],
        }

    def gateway(_: str, props: Props, __: str) -> Made:
        made = client("ec2").create_nat_gateway(
            SubnetId=props["SubnetId"], AllocationId=props["AllocationId"]
        )
        identifier = made["NatGateway"]["NatGatewayId"]
        return identifier, {"NatGatewayId": identifier}

    def flow_log(_: str, props: Props, __: str) -> Made:
        kept = {name: props[name] for name in props.keys() - {"ResourceId", "Tags"}}
        made = client("ec2").create_flow_logs(ResourceIds=[props["ResourceId"]], **kept)
        return made["FlowLogIds"][0], {"Id": made["FlowLogIds"][0]}

    def trail(_: str, props: Props, __: str) -> Made:
        made = client("cloudtrail").create_trail(
            Name=props["TrailName"],
            S3BucketName=props["S3BucketName"],
            EnableLogFileValidation=bool(props.get("EnableLogFileValidation")),
        )
        if props["IsLogging"]:
            client("cloudtrail").start_logging(Name=props["TrailName"])
        return props["TrailName"], {"Arn": made["TrailARN"]}

    def provider(_: str, props: Props, __: str) -> Made:
        made = client("iam").create_open_id_connect_provider(
            Url=props["Url"], ClientIDList=props["ClientIdList"]
        )
        return made["OpenIDConnectProviderArn"], {"Arn": made["OpenIDConnectProviderArn"]}

    def noted(logical_id: str, props: Props, stack: str) -> Made:
        return f"{stack}-{logical_id}", {"Id": f"{stack}-{logical_id}", "Arn": logical_id}

    def forget(physical_id: str, props: Props) -> None:
        """Do nothing."""

    def delete(
        service: str, operation: str, parameter: str, many: bool = False
    ) -> Callable[..., None]:
        def run(physical_id: str, props: Props) -> None:
            value = [physical_id] if many else physical_id
            getattr(client(service), operation)(**{parameter: value})

        return run

    created = {
        "AWS::EC2::EIP": (address, delete("ec2", "release_address", "PublicIp")),
        "AWS::EC2::NatGateway": (gateway, delete("ec2", "delete_nat_gateway", "NatGatewayId")),
        "AWS::EC2::FlowLog": (flow_log, delete("ec2", "delete_flow_logs", "FlowLogIds", many=True)),
        "AWS::CloudTrail::Trail": (trail, delete("cloudtrail", "delete_trail", "Name")),
        "AWS::IAM::OIDCProvider": (
            provider,
            delete("iam", "delete_open_id_connect_provider", "OpenIDConnectProviderArn"),
        ),
        "AWS::ApplicationAutoScaling::ScalableTarget": (noted, forget),
        "AWS::ApplicationAutoScaling::ScalingPolicy": (noted, forget),
        "AWS::CodeDeploy::Application": (noted, forget),
        "AWS::CodeDeploy::DeploymentGroup": (noted, forget),
        **further(client, get_account_id),
    }
    known = stacks._runs_on_worker_thread
    stacks._runs_on_worker_thread = lambda kind: kind in created or known(kind)
    for kind, (create, remove) in created.items():
        provisioners._RESOURCE_HANDLERS[kind] = {
            "create": create,
            "update": lambda physical_id, old, new, stack: (physical_id, {}),
            "delete": remove,
        }


def wrap(kind: str, step: str, around: Callable[..., Any]) -> None:
    """Wrap one lifecycle step of a resource type."""
    handler = provisioners._RESOURCE_HANDLERS[kind]
    plain = handler[step]
    handler[step] = lambda *args: around(plain, *args)


def add_resource_checks() -> None:
    """Record keys of buckets and tables, keep full buckets, check roles of functions in VPCs."""

    def bucket(create: Create, logical_id: str, props: Props, stack: str) -> Made:
        name, attributes = create(logical_id, props, stack)
        rules = props.get("BucketEncryption", {}).get("ServerSideEncryptionConfiguration", [])
        for rule in rules:
            key = rule["ServerSideEncryptionByDefault"].get("KMSMasterKeyID")
            if key:
                encrypt(attributes["Arn"], key)
        return name, attributes

    def empty_bucket(delete: Callable[..., None], name: str, props: Props) -> None:
        left = client("s3").list_object_versions(Bucket=name, MaxKeys=1)
        if left.get("Versions") or left.get("DeleteMarkers"):
            raise ValueError(f"The bucket you tried to delete is not empty: {name}")
        delete(name, props)

    def table(create: Create, logical_id: str, props: Props, stack: str) -> Made:
        # A retained one has another name, as ministack's buckets have.
        if not provisioners._NAME_SEED.get():
            provisioners._NAME_SEED.set(uuid4().hex[:8])
        name, attributes = create(logical_id, props, stack)
        key = props.get("SSESpecification", {}).get("KMSMasterKeyId")
        if key:
            encrypt(attributes["Arn"], key)
        return name, attributes

    def function(create: Create, logical_id: str, props: Props, stack: str) -> Made:
        for action, resource in INTERFACE_ACTIONS.items() if props.get("VpcConfig") else ():
            arn = f"arn:aws:ec2:{get_region()}:{get_account_id()}:{resource}" if resource else "*"
            if not may(props["Role"], action, arn):
                name = action.split(":")[1]
                raise ValueError(
                    f"The provided execution role does not have permissions to call {name} on EC2"
                )
        return create(logical_id, props, stack)

    def alarm(create: Create, logical_id: str, props: Props, stack: str) -> Made:
        """Store an alarm on metric math as one on its first metric."""
        for metric in props.get("Metrics", []):
            if "MetricStat" in metric:
                first = metric["MetricStat"]
                plain = {"Period": first["Period"], "Statistic": first["Stat"], **first["Metric"]}
                kept = {name: value for name, value in props.items() if name != "Metrics"}
                return create(logical_id, {**kept, **plain}, stack)
        return create(logical_id, props, stack)

    def secret(create: Create, logical_id: str, props: Props, stack: str) -> Made:
        """Return the ARN, to which references refer in AWS; ministack's refer to the name."""
        _, attributes = create(logical_id, props, stack)
        return attributes["Arn"], attributes

    def update_secret(update: Create, arn: str, *args: Any) -> Made:
        _, attributes = update(_secret_name(arn), *args)
        return attributes.get("Arn", arn), attributes

    def delete_secret(delete: Callable[..., None], arn: str, props: Props) -> None:
        delete(_secret_name(arn), props)

    wrap("AWS::SecretsManager::Secret", "create", secret)
    wrap("AWS::SecretsManager::Secret", "update", update_secret)
    wrap("AWS::SecretsManager::Secret", "delete", delete_secret)
    wrap("AWS::CloudWatch::Alarm", "create", alarm)
    wrap("AWS::S3::Bucket", "create", bucket)
    wrap("AWS::S3::Bucket", "delete", empty_bucket)
    wrap("AWS::DynamoDB::Table", "create", table)
    wrap("AWS::Lambda::Function", "create", function)
    known = stacks._runs_on_worker_thread
    stacks._runs_on_worker_thread = lambda kind: kind == "AWS::S3::Bucket" or known(kind)


def _secret_name(arn: str) -> str:
    """Return the name of a secret: its ARN ends in the name, a hyphen and six characters."""
    return arn.rpartition(":secret:")[2][:-7]


def enforce_deletion_protection() -> None:
    """Keep tables and user pools with deletion protection.

    ministack only protects stacks, and tables from direct calls.
    """

    def table(delete: Callable[..., None], name: str, props: Props) -> None:
        if (dynamodb._tables.get(name) or {}).get("DeletionProtectionEnabled"):
            raise ValueError(
                f"Resource cannot be deleted as it is currently protected against deletion: {name}"
            )
        delete(name, props)

    def protected(pool_id: str) -> bool:
        return (cognito._user_pools.get(pool_id) or {}).get("DeletionProtection") == "ACTIVE"

    def user_pool(delete: Callable[..., None], pool_id: str, props: Props) -> None:
        if protected(pool_id):
            raise ValueError(POOL_IS_PROTECTED)
        delete(pool_id, props)

    def called(data: Props) -> Any:
        if protected(data.get("UserPoolId", "")):
            return error_response_json("InvalidParameterException", POOL_IS_PROTECTED, 400)
        return delete_user_pool(data)

    wrap("AWS::DynamoDB::Table", "delete", table)
    wrap("AWS::Cognito::UserPool", "delete", user_pool)
    delete_user_pool = cognito._delete_user_pool
    cognito._delete_user_pool = called


def isolate_accounts() -> None:
    """Limit updates of a function to its account."""
    invalidate = lambda_svc.invalidate_worker

    def own(name: str, *args: Any, **scope: Any) -> None:
        here = {"account": get_account_id(), "region": get_region()}
        invalidate(name, *args, **{**here, **{k: v for k, v in scope.items() if v is not None}})

    lambda_svc.invalidate_worker = own
