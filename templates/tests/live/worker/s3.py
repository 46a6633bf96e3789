def hand_over(target: Target, key: str) -> None:
    """The bucket tells the worker of each new object by itself."""


def is_about(letter: str, key: str) -> bool:
    """Tell whether a dead letter is the event of this object, which was tried three times."""
    record = json.loads(letter)
    tried = record["requestContext"]
    return bool(
        record["requestPayload"]["detail"]["object"]["key"] == key
        and (tried["condition"], tried["approximateInvokeCount"]) == ("RetriesExhausted", 3)
    )


def test_an_event_that_comes_twice_is_applied_once(
    worker: Worker, target: Target, name: str
) -> None:
    key = worker.put({"name": name, "quantity": 1})
    worker.eventually_imported(name)
    event = {
        "version": "0",
        "source": "aws.s3",
        "detail-type": "Object Created",
        "detail": {"bucket": {"name": target.outputs["BucketName"]}, "object": {"key": key}},
    }
    answer = target.client("lambda").invoke(
        FunctionName=target.outputs["WorkerFunctionArn"], Payload=json.dumps(event).encode()
    )
    assert json.loads(answer["Payload"].read()) == {"key": key, "new_items": 0}
    assert len(worker.imported(name)) == 1


def test_the_workers_own_objects_are_no_events(worker: Worker, target: Target, name: str) -> None:
    """A worker that hears of the documents that it writes never ends."""
    pattern = json.loads(
        target.client("events").describe_rule(
            Name=target.outputs["RuleArn"].rsplit("/", maxsplit=1)[1]
        )["EventPattern"]
    )
    assert pattern["detail"]["object"]["key"] == [{"prefix": "incoming/"}]
    assert pattern["detail"]["bucket"]["name"] == [target.outputs["BucketName"]]
