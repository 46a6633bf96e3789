"""Messages of the queue: duplicates."""

from tap_emulator.target import Target
from tests.live.objects import Worker
from tests.live.source import start_import


def test_duplicate_messages_are_ignored(worker: Worker, target: Target, name: str) -> None:
    key = worker.put({"name": name, "quantity": 1})
    start_import(target, key)
    start_import(target, key)
    worker.eventually_imported(name)
    queue = target.queue_url(target.outputs["WorkerQueueArn"])
    states = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]

    def drained() -> bool:
        found = target.client("sqs").get_queue_attributes(QueueUrl=queue, AttributeNames=states)
        return all(found["Attributes"][state] == "0" for state in states)

    target.eventually(drained, "an empty queue")
    assert len(worker.imported(name)) == 1
