"""Deploys a cloud assembly to the emulator as the CDK CLI would, in a second instead of many."""

import io
import json
import time
import zipfile
from pathlib import Path
from typing import Any

import boto3
from botocore.exceptions import ClientError

STEP_SECONDS = 0.2
# How a template declares a VPC that exists already (tap_guardrails/networks.py).
NETWORK = "tap::network::"
EXISTING_ID = "existing-id"
TIMEOUT_SECONDS = 120


class DeploymentError(Exception):
    """A stack failed; the text contains the events with the reason."""


def administrator(root: boto3.Session) -> dict[str, str]:
    """Return the variables of an administrator, to whom policies apply, unlike to root."""
    iam = root.client("iam")
    try:
        iam.create_user(UserName="administrator")
        iam.attach_user_policy(
            UserName="administrator", PolicyArn="arn:aws:iam::aws:policy/AdministratorAccess"
        )
    except iam.exceptions.EntityAlreadyExistsException:
        for key in iam.list_access_keys(UserName="administrator")["AccessKeyMetadata"]:
            iam.delete_access_key(UserName="administrator", AccessKeyId=key["AccessKeyId"])
    key = iam.create_access_key(UserName="administrator")["AccessKey"]
    return {
        "AWS_ACCESS_KEY_ID": key["AccessKeyId"],
        "AWS_SECRET_ACCESS_KEY": key["SecretAccessKey"],
    }


def exists(session: boto3.Session, stack: str) -> bool:
    """Return whether a stack exists."""
    try:
        session.client("cloudformation").describe_stacks(StackName=stack)
    except ClientError:
        return False
    return True


def deploy(session: boto3.Session, assembly: Path, stack: str) -> dict[str, str]:
    """Create or update a stack and return its outputs.

    VPCs that exist already, and their subnets, are created first.

    Raises:
        DeploymentError: the stack failed.
    """
    account = session.client("sts").get_caller_identity()["Account"]
    template_url = _publish(session, assembly, stack, account)
    manifest = json.loads((assembly / "manifest.json").read_text(encoding="utf-8"))
    properties = manifest["artifacts"][stack]["properties"]
    request = {
        "StackName": stack,
        "TemplateURL": template_url,
        "Capabilities": ["CAPABILITY_IAM", "CAPABILITY_NAMED_IAM"],
        "Tags": [{"Key": key, "Value": value} for key, value in properties.get("tags", {}).items()],
    }
    cloudformation = session.client("cloudformation")
    if exists(session, stack):
        cloudformation.update_stack(**request)
    else:
        protected = properties.get("terminationProtection", False)
        cloudformation.create_stack(**request, EnableTerminationProtection=protected)
    return outputs(session, _settled(cloudformation, stack))


def destroy(session: boto3.Session, stack: str) -> None:
    """Delete a stack.

    Raises:
        DeploymentError: something could not be deleted.
    """
    cloudformation = session.client("cloudformation")
    identifier = cloudformation.describe_stacks(StackName=stack)["Stacks"][0]["StackId"]
    cloudformation.delete_stack(StackName=stack)
    _settled(cloudformation, identifier)


def outputs(session: boto3.Session, stack: str) -> dict[str, str]:
    """Return the outputs of a deployed stack."""
    found = session.client("cloudformation").describe_stacks(StackName=stack)["Stacks"][0]
    return {output["OutputKey"]: output["OutputValue"] for output in found.get("Outputs", [])}


def _publish(session: boto3.Session, assembly: Path, stack: str, account: str) -> str:
    """Upload the stack's template and its assets; return the template's URL."""
    assets = json.loads((assembly / f"{stack}.assets.json").read_text(encoding="utf-8"))
    s3 = session.client("s3")
    region = session.region_name
    url = ""
    for asset in assets["files"].values():
        (destination,) = asset["destinations"].values()
        bucket = (
            destination["bucketName"]
            .replace("${AWS::AccountId}", account)
            .replace("${AWS::Region}", region)
        )
        _bootstrap(session, bucket)
        source = assembly / asset["source"]["path"]
        packaged = asset["source"]["packaging"] == "zip"
        body = _zipped(source) if packaged else source.read_bytes()
        is_template = asset["source"]["path"] == f"{stack}.template.json"
        if is_template:
            body = _with_networks(session, body)
        s3.put_object(Bucket=bucket, Key=destination["objectKey"], Body=body)
        if is_template:
            url = f"https://s3.{region}.amazonaws.com/{bucket}/{destination['objectKey']}"
    return url


def _with_networks(session: boto3.Session, template: bytes) -> bytes:
    """Return a template with the ids of VPCs and subnets on the emulator, which are created here.

    An id can't be chosen. A tag holds the id that the settings have, for the next deployment.
    """
    ec2, text = session.client("ec2"), template.decode()
    for key, network in json.loads(text).get("Metadata", {}).items():
        if not key.startswith(NETWORK):
            continue
        given = key.removeprefix(NETWORK)
        found = ec2.describe_vpcs(Filters=[_tag_filter(given)])["Vpcs"]
        vpc = (
            found[0]
            if found
            else ec2.create_vpc(CidrBlock="10.0.0.0/16", **_tag("vpc", given))["Vpc"]
        )
        text = text.replace(given, vpc["VpcId"])
        for number, (subnet, zone) in enumerate(network["subnets"].items()):
            known = ec2.describe_subnets(Filters=[_tag_filter(subnet)])["Subnets"]
            made = (
                known[0]
                if known
                else ec2.create_subnet(
                    VpcId=vpc["VpcId"],
                    CidrBlock=f"10.0.{number}.0/24",
                    AvailabilityZone=zone,
                    **_tag("subnet", subnet),
                )["Subnet"]
            )
            text = text.replace(subnet, made["SubnetId"])
    return text.encode()


def _tag(kind: str, given: str) -> dict[str, Any]:
    tags = [{"Key": EXISTING_ID, "Value": given}]
    return {"TagSpecifications": [{"ResourceType": kind, "Tags": tags}]}


def _tag_filter(given: str) -> dict[str, Any]:
    return {"Name": f"tag:{EXISTING_ID}", "Values": [given]}


def _bootstrap(session: boto3.Session, bucket: str) -> None:
    """Create the bootstrap resources that a deployment needs: the assets' bucket, and a version."""
    qualifier = bucket.split("-")[1]
    s3 = session.client("s3")
    try:
        s3.head_bucket(Bucket=bucket)
    except ClientError:
        if session.region_name == "us-east-1":
            s3.create_bucket(Bucket=bucket)
        else:
            where: Any = {"LocationConstraint": session.region_name}
            s3.create_bucket(Bucket=bucket, CreateBucketConfiguration=where)
        session.client("ssm").put_parameter(
            Name=f"/cdk-bootstrap/{qualifier}/version", Type="String", Value="32", Overwrite=True
        )


def _zipped(folder: Path) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                archive.write(path, path.relative_to(folder))
    return buffer.getvalue()


def _settled(cloudformation: Any, stack: str) -> str:
    """Wait until CloudFormation has finished with a stack, and return its id."""
    deadline = time.monotonic() + TIMEOUT_SECONDS
    while time.monotonic() < deadline:
        found = cloudformation.describe_stacks(StackName=stack)["Stacks"][0]
        status = found["StackStatus"]
        if status in {"CREATE_COMPLETE", "UPDATE_COMPLETE", "DELETE_COMPLETE"}:
            return str(found["StackId"])
        if not status.endswith("_IN_PROGRESS"):
            raise DeploymentError(
                f"stack {stack!r} is {status}\n{_failures(cloudformation, stack)}"
            )
        time.sleep(STEP_SECONDS)
    raise DeploymentError(f"stack {stack!r} is still {status}\n{_failures(cloudformation, stack)}")


def _failures(cloudformation: Any, stack: str) -> str:
    pages = cloudformation.get_paginator("describe_stack_events").paginate(StackName=stack)
    events = [event for page in pages for event in page["StackEvents"]]
    return "\n".join(
        f"  {event['LogicalResourceId']} {event['ResourceStatus']}:"
        f" {event.get('ResourceStatusReason', '')}"
        for event in reversed(events)
        if "FAILED" in event["ResourceStatus"] or "ROLLBACK" in event["ResourceStatus"]
    )
