@pytest.fixture
def worker(load: Callable[[str], ModuleType]) -> ModuleType:
    return load("{{ cookiecutter.__worker_name }}")


def test_the_object_of_a_record_is_imported(
    worker: ModuleType, aws: SimpleNamespace, context: SimpleNamespace
) -> None:
    batch = event(record(put(aws, "{{ cookiecutter.__incoming_prefix }}Rows.json", ROWS)))
    assert worker.handler(batch, context) == {"batchItemFailures": []}
    assert names(aws) == ["bolt", "nut"]


def test_new_items_are_counted_and_keys_logged_without_the_event(
    capsys: pytest.CaptureFixture[str],
    worker: ModuleType,
    aws: SimpleNamespace,
    context: SimpleNamespace,
) -> None:
    worker.handler(event(record(put(aws, "{{ cookiecutter.__incoming_prefix }}rows.json", ROWS))), context)
    output = capsys.readouterr().out
    written = [json.loads(line) for line in output.splitlines()]
    assert [line["ItemsImported"] for line in written if "ItemsImported" in line] == [[2]]
    assert "eventSource" not in output


def test_duplicate_records_are_ignored(
    worker: ModuleType, aws: SimpleNamespace, context: SimpleNamespace
) -> None:
    duplicate = record(put(aws, "{{ cookiecutter.__incoming_prefix }}rows.json", ROWS))
    worker.handler(event(duplicate, duplicate), context)
    worker.handler(event(duplicate), context)
    assert names(aws) == ["bolt", "nut"]


@pytest.mark.parametrize("poison", POISON)
def test_only_a_poison_record_is_delivered_again(
    worker: ModuleType, aws: SimpleNamespace, context: SimpleNamespace, poison: Any
) -> None:
    batch = event(record(put(aws, "{{ cookiecutter.__incoming_prefix }}rows.json", ROWS)), poison)
    assert worker.handler(batch, context) == {"batchItemFailures": [{"itemIdentifier": "1"}]}
    assert names(aws) == ["bolt", "nut"]


def test_a_batch_of_poison_is_delivered_again(
    worker: ModuleType, aws: SimpleNamespace, context: SimpleNamespace
) -> None:
    assert worker.handler(event(POISON[0]), context) == {
        "batchItemFailures": [{"itemIdentifier": "0"}]
    }


def test_the_log_contains_the_reason(
    worker: ModuleType,
    aws: SimpleNamespace,
    context: SimpleNamespace,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    batch = event(UNREADABLE, record(put(aws, "{{ cookiecutter.__incoming_prefix }}bad.json", b"not JSON")))
    logged: dict[str | None, str] = {}
    monkeypatch.setattr(
        worker.logger, "error", lambda _, extra: logged.update({extra["key"]: extra["reason"]})
    )
    worker.handler(batch, context)
    assert logged == {None: REASON, "{{ cookiecutter.__incoming_prefix }}bad.json": "object '{{ cookiecutter.__incoming_prefix }}bad.json' is not JSON"}


def test_an_aws_error_fails_the_function(
    worker: ModuleType,
    aws: SimpleNamespace,
    context: SimpleNamespace,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Lambda counts it, and the alarm on errors pages if it persists."""

    def put_object(**request: Any) -> Any:
        raise ClientError({"Error": {"Code": "AccessDenied"}}, "PutObject")

    batch = event(record(put(aws, "{{ cookiecutter.__incoming_prefix }}rows.json", ROWS)))
    logged: list[str] = []
    monkeypatch.setattr(worker.logger, "error", lambda _, extra: logged.append(extra["key"]))
    monkeypatch.setattr(worker.importer.s3, "put_object", put_object)
    with pytest.raises(ClientError, match="AccessDenied"):
        worker.handler(batch, context)
    assert logged == ["{{ cookiecutter.__incoming_prefix }}rows.json"]


def test_an_import_without_time_is_delivered_again(
    worker: ModuleType, aws: SimpleNamespace, context: SimpleNamespace
) -> None:
    batch = event(record(put(aws, "{{ cookiecutter.__incoming_prefix }}rows.json", ROWS)))
    context.get_remaining_time_in_millis = lambda: 1000
    assert worker.handler(batch, context) == {"batchItemFailures": [{"itemIdentifier": "0"}]}
    assert names(aws) == []
