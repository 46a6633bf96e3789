"""Messages of the queue start the worker."""

from tap_emulator.target import Target
from tests.live.objects import Worker
from tests.live.source import hand_over


def test_a_message_that_comes_twice_is_applied_once(
    worker: Worker, target: Target, name: str
) -> None:
    key = worker.put({"name": name, "quantity": 1})
    hand_over(target, key)
    hand_over(target, key)
    worker.eventually_imported(name)
    queue = target.queue_url(target.outputs["WorkerQueueArn"])
    states = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]

    def drained() -> bool:
        found = target.client("sqs").get_queue_attributes(QueueUrl=queue, AttributeNames=states)
        return all(found["Attributes"][state] == "0" for state in states)

    target.eventually(drained, "an empty queue")
    assert len(worker.imported(name)) == 1
