"""Objects of the bucket start the worker."""

import json

from tap_emulator.target import Target
from tests.live.objects import Worker


def test_an_event_that_comes_again_brings_no_item_back(
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


def test_the_workers_own_objects_are_no_events(worker: Worker, target: Target, name: str) -> None:
    """A worker that hears of the documents that it writes never ends."""
    pattern = json.loads(
        target.client("events").describe_rule(
            Name=target.outputs["WorkerRuleArn"].rsplit("/", maxsplit=1)[1]
        )["EventPattern"]
    )
    assert pattern["detail"]["object"]["key"] == [{"prefix": "incoming/"}]
    assert pattern["detail"]["bucket"]["name"] == [target.outputs["BucketName"]]
