"""Deletes one environment, after confirmation: `python -m tap_project.destroy dev`.

CloudFormation deletes only empty buckets. This module empties the buckets that are deleted with the
stack, because a function in the stack could do so at any time. It lists the retained resources.
"""

import argparse
import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import boto3
from botocore.exceptions import ClientError

from tap_project import answers
from tap_project.assembly import ASSEMBLY, ROOT, OperationError, Stack, stack_of
from tap_project.command import CONTINUES, reported
from tap_project.deploy import ABSENT, state_of
from tap_project.pipeline import name_of
from tap_project.session import confirm, session_for

# The maximum of one call of DeleteObjects.
# https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObjects.html
BATCH = 1000


@dataclass(frozen=True, kw_only=True)
class Resource:
    """A resource of a deployed stack, and whether it outlives the stack."""

    kind: str
    physical_id: str
    retained: bool
    expires_after_days: int | None


def resources(session: boto3.Session, stack: Stack) -> list[Resource]:
    """Return the resources of the deployed stack, from its deployed template.

    Raises:
        OperationError: there is no such stack.
    """
    cloudformation = session.client("cloudformation")
    try:
        # A stack whose first change set was not executed has no template yet.
        body = cloudformation.get_template(StackName=stack.name).get("TemplateBody") or "{}"
    except ClientError as error:
        if "does not exist" in str(error):
            raise OperationError(
                f"no stack {stack.name!r} in {stack.region}: nothing to delete"
            ) from error
        raise
    template: dict[str, Any] = json.loads(body) if isinstance(body, str) else body
    pages = cloudformation.get_paginator("list_stack_resources").paginate(StackName=stack.name)
    found = []
    for summary in (summary for page in pages for summary in page["StackResourceSummaries"]):
        if summary["ResourceStatus"] == "DELETE_COMPLETE":  # in a stack that was rolled back
            continue
        declared = template.get("Resources", {}).get(summary["LogicalResourceId"], {})
        found.append(
            Resource(
                kind=summary["ResourceType"],
                physical_id=summary.get("PhysicalResourceId", ""),
                retained=declared.get("DeletionPolicy", "Delete") != "Delete",
                expires_after_days=_expiry(declared),
            )
        )
    return found


def _expiry(declared: dict[str, Any]) -> int | None:
    """Return the number of days after which all objects of a bucket expire."""
    lifecycle = declared.get("Properties", {}).get("LifecycleConfiguration", {})
    for rule in lifecycle.get("Rules", []):
        if rule.get("Status") == "Enabled" and not rule.get("Prefix") and "TagFilters" not in rule:
            days = rule.get("ExpirationInDays")
            if days is not None:
                return int(days)
    return None


def empty(session: boto3.Session, bucket: str) -> int:
    """Delete each version and each delete marker of a bucket; return how many there were.

    Raises:
        OperationError: something could not be deleted.
    """
    s3 = session.client("s3")
    count = 0
    while entries := _versions(s3, bucket):
        answer = s3.delete_objects(Bucket=bucket, Delete={"Objects": entries, "Quiet": True})
        for failure in answer.get("Errors", []):
            raise OperationError(
                f"can't delete {failure['Key']!r} from bucket {bucket!r}: {failure['Message']}"
            )
        count += len(entries)
    return count


def _versions(s3: Any, bucket: str) -> list[dict[str, str]]:
    page = s3.list_object_versions(Bucket=bucket, MaxKeys=BATCH)
    entries = [*page.get("Versions", []), *page.get("DeleteMarkers", [])]
    return [{"Key": entry["Key"], "VersionId": entry["VersionId"]} for entry in entries]


def delete_stack(stack: Stack) -> None:
    """Delete the stack through the CDK CLI, which shows each step.

    Raises:
        OperationError: the CLI failed.
    """
    cdk = ROOT / "node_modules" / ".bin" / "cdk"
    command = [str(cdk), "destroy", "--app", str(ASSEMBLY), "--force", stack.name]
    # A list of the project's own making, and no shell (S603).
    if subprocess.run(command, cwd=ROOT, check=False).returncode != 0:  # noqa: S603
        raise OperationError(
            f"stack {stack.name!r} was not deleted; the events above have the reason"
        )


def destroy(session: boto3.Session, stack: Stack, delete: Callable[[Stack], None]) -> None:
    """Empty the stack's buckets, delete the stack, and list the remaining resources."""
    has_pipeline = answers.ci() != "none"
    before = resources(session, stack)
    for bucket in _buckets(before, retained=False):
        count = empty(session, bucket.physical_id)
        print(f"Emptied {bucket.physical_id}: {count} versions and delete markers.")
    if stack.production:
        session.client("cloudformation").update_termination_protection(
            StackName=stack.name, EnableTerminationProtection=False
        )
    delete(stack)
    left = [resource for resource in before if resource.retained and resource.physical_id]
    print(
        f"Deleted stack {stack.name}."
        + (" These resources remain:" if left else " Nothing remains.")
    )
    for resource in left:
        days = resource.expires_after_days
        note = f", its objects expire within {days} days" if days is not None else ""
        print(f"  {resource.kind} {resource.physical_id}{note}")
    if has_pipeline:
        print(roles_left(session, stack), end="")


def roles_left(session: boto3.Session, stack: Stack) -> str:
    """Return the commands that delete the stack of the pipeline roles, if it exists."""
    name = name_of(stack)
    if state_of(session.client("cloudformation"), name).status == ABSENT:
        return ""
    where = f"--region {stack.region} --stack-name {name}"
    return f"""\
Stack {name} stays, with the roles of the pipeline. To delete it too, without the identity
provider of the account:
  aws cloudformation update-termination-protection --no-enable-termination-protection \\
    {where}
  aws cloudformation delete-stack {where}
"""


def _buckets(found: list[Resource], *, retained: bool) -> list[Resource]:
    return [
        resource
        for resource in found
        if resource.kind == "AWS::S3::Bucket"
        and resource.retained is retained
        and resource.physical_id
    ]


def main(arguments: list[str] | None = None) -> int:
    """Delete one environment, after confirmation with the stack's name."""
    parser = argparse.ArgumentParser(prog="make destroy", description=main.__doc__)
    parser.add_argument("environment")
    parser.add_argument("--yes", metavar="STACK", help="the stack's name, instead of typing it")
    parser.add_argument(
        "--production",
        metavar="ENVIRONMENT",
        help="production's name, the second confirmation",
    )
    given = parser.parse_args(arguments)

    def work() -> int:
        stack = stack_of(given.environment)
        session, account = session_for(stack)
        found = resources(session, stack)
        print(f"This deletes stack {stack.name} of account {account} in {stack.region}, with:")
        for bucket in _buckets(found, retained=False):
            print(f"  each version of each object in {bucket.physical_id}")
        for table in (item for item in found if item.kind == "AWS::DynamoDB::Table"):
            fate = "is retained" if table.retained else "is deleted with all its items and backups"
            print(f"  table {table.physical_id}, which {fate}")
        confirm("Type the stack's name to continue:", stack.name, given.yes, "--yes")
        if stack.production:
            confirm(
                f"{stack.name} is production. Type {stack.environment!r} to delete it anyway:",
                stack.environment,
                given.production,
                "--production",
            )
        destroy(session, stack, delete_stack)
        return 0

    return reported(work, CONTINUES.format(given.environment))


if __name__ == "__main__":
    sys.exit(main())
