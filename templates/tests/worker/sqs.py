def event(*bodies: str) -> dict[str, Any]:
    """What Lambda takes from the queue."""
    return {
        "Records": [
            {
                "messageId": str(number),
                "receiptHandle": "handle",
                "body": body,
                "attributes": {},
                "messageAttributes": {},
                "eventSource": "aws:sqs",
                "eventSourceARN": "arn:aws:sqs:us-east-1:123456789012:queue",
                "awsRegion": "us-east-1",
            }
            for number, body in enumerate(bodies)
        ]
    }


def message(key: str) -> str:
    return json.dumps({"key": key})


def test_a_message_is_worked_on(
    worker: ModuleType, aws: SimpleNamespace, context: SimpleNamespace
) -> None:
    batch = event(message(put(aws, "incoming/rows.json", ROWS)))
    assert worker.handler(batch, context) == {"batchItemFailures": []}
    assert names(aws) == ["bolt", "nut"]


def test_a_message_that_comes_twice_adds_nothing(
    worker: ModuleType, aws: SimpleNamespace, context: SimpleNamespace
) -> None:
    body = message(put(aws, "incoming/rows.json", ROWS))
    worker.handler(event(body, body), context)
    worker.handler(event(body), context)
    assert names(aws) == ["bolt", "nut"]


@pytest.mark.parametrize("poison", ["{", "[]", "{}", '{"key": 1}', '{"key": "documents/a.json"}'])
def test_a_poison_message_alone_is_delivered_again(
    worker: ModuleType, aws: SimpleNamespace, context: SimpleNamespace, poison: str
) -> None:
    batch = event(poison, message(put(aws, "incoming/rows.json", ROWS)))
    assert worker.handler(batch, context) == {"batchItemFailures": [{"itemIdentifier": "0"}]}
    assert names(aws) == ["bolt", "nut"]


def test_the_log_says_why_an_object_is_not_imported(
    worker: ModuleType,
    aws: SimpleNamespace,
    context: SimpleNamespace,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    batch = event("{", message(put(aws, "incoming/bad.json", b"not JSON")))
    logged: dict[str | None, str] = {}
    monkeypatch.setattr(
        worker.logger, "error", lambda _, extra: logged.update({extra["key"]: extra["reason"]})
    )
    worker.handler(batch, context)
    assert logged == {
        None: 'a message is a JSON object such as {"key": "incoming/items.json"}',
        "incoming/bad.json": "object 'incoming/bad.json' is not JSON",
    }


def test_an_error_of_aws_is_an_error_of_the_function(
    worker: ModuleType,
    aws: SimpleNamespace,
    context: SimpleNamespace,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Lambda counts it, and the alarm on errors pages if it goes on."""

    def put_object(**request: Any) -> Any:
        raise ClientError({"Error": {"Code": "AccessDenied"}}, "PutObject")

    batch = event(message(put(aws, "incoming/rows.json", ROWS)))
    logged: list[str] = []
    monkeypatch.setattr(worker.logger, "error", lambda _, extra: logged.append(extra["key"]))
    monkeypatch.setattr(worker.s3, "put_object", put_object)
    with pytest.raises(ClientError, match="AccessDenied"):
        worker.handler(batch, context)
    assert logged == ["incoming/rows.json"]


def test_an_import_without_time_is_delivered_again(
    worker: ModuleType, aws: SimpleNamespace, context: SimpleNamespace
) -> None:
    batch = event(message(put(aws, "incoming/rows.json", ROWS)))
    context.get_remaining_time_in_millis = lambda: 1000
    assert worker.handler(batch, context) == {"batchItemFailures": [{"itemIdentifier": "0"}]}
    assert names(aws) == []


def test_aws_is_called_as_declared(
    worker: ModuleType,
    aws: SimpleNamespace,
    context: SimpleNamespace,
    record: Callable[..., set[str]],
) -> None:
    called = record(worker.items._table.meta.client, worker.s3)
    worker.handler(event(message(put(aws, "incoming/rows.json", ROWS))), context)
    assert called == set().union(*worker.CALLS.values())
