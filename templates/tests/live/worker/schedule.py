"""{{ cookiecutter.__worker_title }}: the schedule imports objects."""

import json
import time
from collections.abc import Iterator

import pytest
from botocore.exceptions import ClientError

from service.names import {{ cookiecutter.__incoming }}
from tap_emulator.target import Target
from tests.live.objects import Worker


def start_import(target: Target, key: str) -> None:
    """Wait for the schedule; in an account, where that takes minutes, invoke the worker."""
    if target.emulator is None:
        target.client("lambda").invoke(
            FunctionName=target.outputs["{{ cookiecutter.__worker_id }}FunctionArn"], InvocationType="Event", Payload=b"{}"
        )


def is_dead_letter(message: str, key: str) -> bool:
    """Return whether a dead letter is a run that could not import this object."""
    record = json.loads(message)
    tried = record["requestContext"]
    return key in json.dumps(record["responsePayload"]) and (
        tried["condition"],
        tried["approximateInvokeCount"],
    ) == ("RetriesExhausted", 3)


{% include 'tests/live/worker/any.py' %}


def test_an_unusable_object_is_moved_and_the_others_are_imported(
    worker: Worker, target: Target, name: str
) -> None:
    poison = worker.put(b"{")
    start_import(target, worker.put({"name": name, "quantity": 1}))
    worker.eventually_imported(name)
    bucket, s3 = target.outputs["BucketName"], target.client("s3")
    moved = poison.replace("{{ cookiecutter.__incoming_prefix }}", "{{ cookiecutter.__failed_prefix }}")

    def found() -> str | None:
        try:
            return str(s3.head_object(Bucket=bucket, Key=moved)["Metadata"]["reason"])
        except ClientError as error:
            if error.response["Error"]["Code"] != "404":
                raise
        return None

    assert "is not JSON" in target.eventually(found, "the object under {{ cookiecutter.__failed_prefix }}")
    s3.delete_object(Bucket=bucket, Key=moved)


def test_a_failed_run_becomes_a_dead_letter(worker: Worker, target: Target, name: str) -> None:
    """S3 denies reads of archived objects to any role."""
    archived = worker.put({"name": name, "quantity": 1}, StorageClass="GLACIER")
    start_import(target, archived)
    queue = target.queue_url(target.outputs["{{ cookiecutter.__worker_id }}DeadLetterQueueArn"])
    target.eventually(
        lambda: target.messages(queue, lambda body: is_dead_letter(body, archived)), "a dead letter"
    )


def test_imported_documents_are_removed(worker: Worker, target: Target, name: str) -> None:
    key = worker.put({"name": name, "quantity": 1})
    start_import(target, key)
    worker.eventually_imported(name)

    def deleted() -> bool:
        try:
            target.client("s3").head_object(Bucket=target.outputs["BucketName"], Key=key)
        except ClientError as error:
            return error.response["Error"]["Code"] == "404"
        return False

    target.eventually(deleted, "the deletion of the imported object")
    assert len(worker.imported(name)) == 1


def test_scheduler_can_store_undeliverable_runs(target: Target) -> None:
    """Checked with the policy simulator, because Scheduler rarely fails to deliver a run."""
    _, group, name = target.outputs["{{ cookiecutter.__worker_id }}ScheduleArn"].split("/")
    schedule = target.client("scheduler").get_schedule(GroupName=group, Name=name)
    role = schedule["Target"]["RoleArn"]
    assert target.may(role, "sqs:SendMessage", target.outputs["{{ cookiecutter.__worker_id }}DeadLetterQueueArn"])
    if "KeyArn" not in target.outputs:
        return
    through_sqs = {"kms:ViaService": f"sqs.{target.session.region_name}.amazonaws.com"}
    for action in ("kms:Decrypt", "kms:GenerateDataKey"):
        assert target.may(role, action, target.outputs["KeyArn"], through_sqs), action
