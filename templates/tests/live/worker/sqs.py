def hand_over(target: Target, key: str) -> None:
    """Send the worker a message."""
    target.client("sqs").send_message(
        QueueUrl=target.queue_url(target.outputs["WorkerQueueArn"]), MessageBody=json.dumps({"key": key})
    )


def is_about(letter: str, key: str) -> bool:
    """Tell whether a dead letter is the message about this object."""
    return bool(json.loads(letter) == {"key": key})


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
