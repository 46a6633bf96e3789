def event(key: str) -> dict[str, Any]:
    """What EventBridge sends for a new object."""
    return {
        "version": "0",
        "id": "00000000-0000-0000-0000-000000000000",
        "detail-type": "Object Created",
        "source": "aws.s3",
        "account": "123456789012",
        "time": "2026-01-01T00:00:00Z",
        "region": "us-east-1",
        "resources": ["arn:aws:s3:::bucket"],
        "detail": {"bucket": {"name": "bucket"}, "object": {"key": key, "size": 1}},
    }


def test_a_new_object_is_imported(
    worker: ModuleType, aws: SimpleNamespace, context: SimpleNamespace
) -> None:
    answer = worker.handler(event(put(aws, "incoming/rows.json", ROWS)), context)
    assert answer["new_items"] == 2
    assert names(aws) == ["bolt", "nut"]


def test_a_key_is_taken_as_it_is(
    worker: ModuleType, aws: SimpleNamespace, context: SimpleNamespace
) -> None:
    key = put(aws, "incoming/1+1 %41.json", ROWS)
    assert worker.handler(event(key), context) == {"key": key, "new_items": 2}


def test_an_event_that_comes_twice_adds_nothing(
    worker: ModuleType, aws: SimpleNamespace, context: SimpleNamespace
) -> None:
    new_object = event(put(aws, "incoming/rows.json", ROWS))
    worker.handler(new_object, context)
    assert worker.handler(new_object, context)["new_items"] == 0
    assert names(aws) == ["bolt", "nut"]


def test_a_poison_object_fails_so_that_lambda_tries_again(
    worker: ModuleType, aws: SimpleNamespace, context: SimpleNamespace
) -> None:
    with pytest.raises(ValueError, match="is not JSON"):
        worker.handler(event(put(aws, "incoming/poison.json", b"{")), context)


def test_aws_is_called_as_declared(
    worker: ModuleType,
    aws: SimpleNamespace,
    context: SimpleNamespace,
    record: Callable[..., set[str]],
) -> None:
    called = record(worker.items._table.meta.client, worker.s3)
    worker.handler(event(put(aws, "incoming/rows.json", ROWS)), context)
    assert called == set().union(*worker.CALLS.values())
