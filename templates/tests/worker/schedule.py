"""{{ cookiecutter.__worker_title }}: objects under {{ cookiecutter.__incoming_prefix }} are imported and deleted."""

import itertools
import json
from collections.abc import Callable
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.objects import ROWS, names, put


@pytest.fixture
def worker(load: Callable[[str], ModuleType]) -> ModuleType:
    return load("{{ cookiecutter.__worker_name }}")


def waiting(aws: SimpleNamespace) -> list[str]:
    found = aws.s3.list_objects_v2(Bucket=aws.bucket, Prefix="{{ cookiecutter.__incoming_prefix }}")
    return [entry["Key"] for entry in found.get("Contents", [])]


def test_objects_under_incoming_are_imported_and_deleted(
    worker: ModuleType, aws: SimpleNamespace, context: SimpleNamespace
) -> None:
    put(aws, "{{ cookiecutter.__incoming_prefix }}one.json", ROWS)
    put(aws, "{{ cookiecutter.__incoming_prefix }}two.json", {"name": "washer", "quantity": 5})
    assert worker.handler({}, context) == {"new_items": 3, "unusable_objects": 0}
    assert names(aws) == ["bolt", "nut", "washer"]
    assert waiting(aws) == []


def test_every_page_of_objects_is_imported(
    worker: ModuleType, aws: SimpleNamespace, context: SimpleNamespace
) -> None:
    for n in range(3):
        put(aws, f"{{ cookiecutter.__incoming_prefix }}{n}.json", {"name": "washer", "quantity": n})
    worker.importer.s3.meta.events.register(
        "before-parameter-build.s3.ListObjectsV2", lambda params, **_: params.update(MaxKeys=1)
    )
    assert worker.handler({}, context)["new_items"] == 3
    assert waiting(aws) == []


def test_new_items_are_counted(
    capsys: pytest.CaptureFixture[str],
    worker: ModuleType,
    aws: SimpleNamespace,
    context: SimpleNamespace,
) -> None:
    put(aws, "{{ cookiecutter.__incoming_prefix }}Rows.json", ROWS)
    worker.handler({"id": "of the event"}, context)
    output = capsys.readouterr().out
    written = [json.loads(line) for line in output.splitlines()]
    assert [line["ItemsImported"] for line in written if "ItemsImported" in line] == [[2]]
    assert "of the event" not in output


def test_a_run_without_objects_succeeds(
    worker: ModuleType, aws: SimpleNamespace, context: SimpleNamespace
) -> None:
    assert worker.handler({}, context) == {"new_items": 0, "unusable_objects": 0}


def test_a_repeated_import_adds_nothing(
    worker: ModuleType, aws: SimpleNamespace, context: SimpleNamespace
) -> None:
    key = put(aws, "{{ cookiecutter.__incoming_prefix }}rows.json", ROWS)
    worker.importer.run(key, lambda: 180_000)
    assert worker.handler({}, context) == {"new_items": 0, "unusable_objects": 0}
    assert names(aws) == ["bolt", "nut"]


def test_an_object_replaced_during_its_import_stays_for_the_next_run(
    worker: ModuleType,
    aws: SimpleNamespace,
    context: SimpleNamespace,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    key = put(aws, "{{ cookiecutter.__incoming_prefix }}rows.json", ROWS)
    seen = aws.s3.head_object(Bucket=aws.bucket, Key=key)["ETag"]

    def delete_object(**request: str) -> None:
        assert request["IfMatch"] == seen
        raise ClientError({"Error": {"Code": "PreconditionFailed"}}, "DeleteObject")

    monkeypatch.setattr(worker.importer.s3, "delete_object", delete_object)
    assert worker.handler({}, context) == {"new_items": 2, "unusable_objects": 0}
    assert waiting(aws) == [key]


def test_no_import_starts_without_enough_time(
    worker: ModuleType, aws: SimpleNamespace, context: SimpleNamespace
) -> None:
    put(aws, "{{ cookiecutter.__incoming_prefix }}one.json", ROWS)
    put(aws, "{{ cookiecutter.__incoming_prefix }}two.json", ROWS)
    clock = itertools.chain(itertools.repeat(180_000, 7), itertools.repeat(39_999))
    context.get_remaining_time_in_millis = lambda: next(clock)
    assert worker.handler({}, context)["new_items"] == 2
    assert waiting(aws) == ["{{ cookiecutter.__incoming_prefix }}two.json"]


def test_an_unfinished_import_stays_for_the_next_run(
    worker: ModuleType, aws: SimpleNamespace, context: SimpleNamespace
) -> None:
    key = put(aws, "{{ cookiecutter.__incoming_prefix }}rows.json", ROWS)
    clock = itertools.chain(itertools.repeat(180_000, 4), itertools.repeat(39_999))
    context.get_remaining_time_in_millis = lambda: next(clock)
    assert worker.handler({}, context)["new_items"] == 1
    assert waiting(aws) == [key]
    context.get_remaining_time_in_millis = lambda: 180_000
    assert worker.handler({}, context)["new_items"] == 1
    assert waiting(aws) == []
    assert names(aws) == ["bolt", "nut"]


def test_an_unusable_object_is_moved_to_failed_and_the_run_succeeds(
    worker: ModuleType, aws: SimpleNamespace, context: SimpleNamespace
) -> None:
    put(aws, "{{ cookiecutter.__incoming_prefix }}poison ü+1.json", b"{")
    put(aws, "{{ cookiecutter.__incoming_prefix }}rows.json", ROWS)
    assert worker.handler({}, context) == {"new_items": 2, "unusable_objects": 1}
    assert waiting(aws) == []
    assert names(aws) == ["bolt", "nut"]
    moved = aws.s3.get_object(Bucket=aws.bucket, Key="{{ cookiecutter.__failed_prefix }}poison ü+1.json")
    assert moved["Body"].read() == b"{"
    assert moved["Metadata"]["reason"] == "object '{{ cookiecutter.__incoming_prefix }}poison \\xfc+1.json' is not JSON"
    assert worker.handler({}, context) == {"new_items": 0, "unusable_objects": 0}


def test_unusable_objects_are_counted(
    worker: ModuleType,
    aws: SimpleNamespace,
    context: SimpleNamespace,
    capsys: pytest.CaptureFixture[str],
) -> None:
    put(aws, "{{ cookiecutter.__incoming_prefix }}poison.json", b"{")
    worker.handler({}, context)
    written = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [line["ObjectsUnusable"] for line in written if "ObjectsUnusable" in line] == [[1]]


def test_a_replaced_unusable_object_stays_for_the_next_run(
    worker: ModuleType,
    aws: SimpleNamespace,
    context: SimpleNamespace,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    key = put(aws, "{{ cookiecutter.__incoming_prefix }}poison.json", b"{")
    seen = aws.s3.head_object(Bucket=aws.bucket, Key=key)["ETag"]

    def copy_object(**request: str) -> None:
        assert request["CopySourceIfMatch"] == seen
        raise ClientError({"Error": {"Code": "PreconditionFailed"}}, "CopyObject")

    monkeypatch.setattr(worker.importer.s3, "copy_object", copy_object)
    assert worker.handler({}, context)["unusable_objects"] == 1
    assert waiting(aws) == [key]


def test_an_unusable_object_that_can_not_be_moved_fails_the_run(
    worker: ModuleType,
    aws: SimpleNamespace,
    context: SimpleNamespace,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    key = put(aws, "{{ cookiecutter.__incoming_prefix }}poison.json", b"{")

    def copy_object(**_: str) -> None:
        raise ClientError({"Error": {"Code": "InternalError"}}, "CopyObject")

    monkeypatch.setattr(worker.importer.s3, "copy_object", copy_object)
    with pytest.raises(RuntimeError, match=r"1 objects can't be imported"):
        worker.handler({}, context)
    assert waiting(aws) == [key]


def test_an_object_too_large_to_copy_stays_and_the_run_succeeds(
    worker: ModuleType,
    aws: SimpleNamespace,
    context: SimpleNamespace,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    key = put(aws, "{{ cookiecutter.__incoming_prefix }}poison.json", b"{")
    monkeypatch.setattr(worker, "MAX_COPY_BYTES", 0)
    assert worker.handler({}, context)["unusable_objects"] == 1
    assert waiting(aws) == [key]


def test_an_unreadable_object_does_not_block_others(
    worker: ModuleType,
    aws: SimpleNamespace,
    context: SimpleNamespace,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    unreadable = put(aws, "{{ cookiecutter.__incoming_prefix }}another-key.json", ROWS)
    put(aws, "{{ cookiecutter.__incoming_prefix }}rows.json", ROWS)
    read = worker.importer.s3.get_object

    def get_object(**request: str) -> Any:
        if request["Key"] == unreadable:
            raise ClientError({"Error": {"Code": "AccessDenied"}}, "GetObject")
        return read(**request)

    monkeypatch.setattr(worker.importer.s3, "get_object", get_object)
    with pytest.raises(RuntimeError, match=r"1 objects can't be imported"):
        worker.handler({}, context)
    assert waiting(aws) == [unreadable]
    assert names(aws) == ["bolt", "nut"]
