def event(*images: dict[str, Any]) -> dict[str, Any]:
    """What Lambda takes from the table's stream."""
    return {
        "Records": [
            {
                "eventID": str(number),
                "eventName": "INSERT",
                "eventVersion": "1.1",
                "eventSource": "aws:dynamodb",
                "awsRegion": "us-east-1",
                "dynamodb": {
                    "Keys": {"pk": {"S": str(number)}, "sk": {"S": "item"}},
                    "NewImage": image,
                    "SequenceNumber": str(number),
                    "SizeBytes": 1,
                    "StreamViewType": "NEW_IMAGE",
                },
            }
            for number, image in enumerate(images)
        ]
    }


def image(key: str) -> dict[str, Any]:
    return {"pk": {"S": "a"}, "sk": {"S": "item"}, "source": {"S": key}}


def test_a_new_item_with_a_source_is_worked_on(
    worker: ModuleType, aws: SimpleNamespace, context: SimpleNamespace
) -> None:
    batch = event(image(put(aws, "incoming/rows.json", ROWS)))
    assert worker.handler(batch, context) == {"batchItemFailures": []}
    assert names(aws) == ["bolt", "nut"]


def test_a_record_that_comes_twice_adds_nothing(
    worker: ModuleType, aws: SimpleNamespace, context: SimpleNamespace
) -> None:
    batch = event(image(put(aws, "incoming/rows.json", ROWS)))
    worker.handler(batch, context)
    worker.handler(batch, context)
    assert names(aws) == ["bolt", "nut"]


def test_what_the_worker_writes_does_not_start_it_again(
    worker: ModuleType, aws: SimpleNamespace, context: SimpleNamespace
) -> None:
    worker.handler(event(image(put(aws, "incoming/rows.json", ROWS))), context)
    written = aws.table.scan()["Items"]
    assert len(written) == 3  # two items and a checkpoint
    assert not [row for row in written if "source" in row]


def test_an_imported_item_can_not_name_a_source_again(
    worker: ModuleType, aws: SimpleNamespace, context: SimpleNamespace
) -> None:
    loop = [{**ROWS[0], "source": "incoming/loop.json"}]
    batch = event(image(put(aws, "incoming/loop.json", loop)))
    assert worker.handler(batch, context) == {"batchItemFailures": [{"itemIdentifier": "0"}]}
    assert names(aws) == []


def test_a_poison_record_alone_is_tried_again(
    worker: ModuleType, aws: SimpleNamespace, context: SimpleNamespace
) -> None:
    batch = event(
        image(put(aws, "incoming/rows.json", ROWS)),
        image(put(aws, "incoming/poison.json", b"{")),
        {"pk": {"S": "a"}},
    )
    failed = worker.handler(batch, context)["batchItemFailures"]
    assert failed == [{"itemIdentifier": "1"}, {"itemIdentifier": "2"}]
    assert names(aws) == ["bolt", "nut"]


def test_the_log_says_why_an_object_is_not_imported(
    worker: ModuleType,
    aws: SimpleNamespace,
    context: SimpleNamespace,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    batch = event({"pk": {"S": "a"}}, image(put(aws, "incoming/bad.json", b"not JSON")))
    logged: dict[str | None, str] = {}
    monkeypatch.setattr(
        worker.logger, "error", lambda _, extra: logged.update({extra["key"]: extra["reason"]})
    )
    worker.handler(batch, context)
    assert logged == {
        None: "the record is not of an item with a source",
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

    batch = event(image(put(aws, "incoming/rows.json", ROWS)))
    logged: list[str] = []
    monkeypatch.setattr(worker.logger, "error", lambda _, extra: logged.append(extra["key"]))
    monkeypatch.setattr(worker.s3, "put_object", put_object)
    with pytest.raises(ClientError, match="AccessDenied"):
        worker.handler(batch, context)
    assert logged == ["incoming/rows.json"]


def test_an_import_without_time_is_tried_again(
    worker: ModuleType, aws: SimpleNamespace, context: SimpleNamespace
) -> None:
    batch = event(image(put(aws, "incoming/rows.json", ROWS)))
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
    worker.handler(event(image(put(aws, "incoming/rows.json", ROWS))), context)
    assert called == set().union(*worker.CALLS.values())
