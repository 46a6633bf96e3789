"""Events of the bucket: duplicates, and the filter of the rule."""

import json

from tap_emulator.target import Target
from tests.live.objects import Worker


def test_a_duplicate_event_does_not_restore_a_deleted_item(
    worker: Worker, target: Target, name: str
) -> None:
    key = worker.put({"name": name, "quantity": 1})
    (item,) = worker.eventually_imported(name)
    target.client("dynamodb").delete_item(
        TableName=target.outputs["TableName"], Key={"pk": item["pk"], "sk": item["sk"]}
    )
    event = {
        "version": "0",
        "source": "aws.s3",
        "detail-type": "Object Created",
        "detail": {"bucket": {"name": target.outputs["BucketName"]}, "object": {"key": key}},
    }
    queue = target.queue_url(target.outputs["WorkerQueueArn"])
    target.client("sqs").send_message(QueueUrl=queue, MessageBody=json.dumps(event))
    worker.put({"name": name, "quantity": 2})
    worker.eventually_imported(name)
    target.eventually(lambda: target.drained(queue), "an empty queue")
    assert [item["quantity"]["N"] for item in worker.imported(name)] == ["2"]


def test_the_rule_matches_only_incoming_objects(worker: Worker, target: Target, name: str) -> None:
    """Otherwise the documents that the worker writes would trigger it again."""
    pattern = json.loads(
        target.client("events").describe_rule(
            Name=target.outputs["WorkerRuleArn"].rsplit("/", maxsplit=1)[1]
        )["EventPattern"]
    )
    assert pattern["detail"]["object"]["key"] == [{"prefix": "incoming/"}]
    assert pattern["detail"]["bucket"]["name"] == [target.outputs["BucketName"]]
