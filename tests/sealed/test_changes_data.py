"""`make changes` reports the data that a deployment would replace or delete, and why."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tap_project import cost
from tap_project.assembly import OperationError
from tap_project.changes import Section
from tap_project.changes import compare as compare_assemblies
from tap_project.changes.specification import UNMARKED, Specification
from tests.support import assemblies
from tests.support.changes import Compare, only, resource, texts

TABLE, BUCKET, GLOBAL = "AWS::DynamoDB::Table", "AWS::S3::Bucket", "AWS::DynamoDB::GlobalTable"
KEPT = {"DeletionPolicy": "Retain", "UpdateReplacePolicy": "Retain"}
PK, SK = {"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}


def table(*indexes: str, keys: Any = (PK,), kind: str = TABLE, **more: Any) -> dict[str, Any]:
    found = [
        {"IndexName": name, "KeySchema": [PK], "Projection": {"ProjectionType": "ALL"}}
        for name in indexes
    ]
    properties = {"KeySchema": list(keys), **({"GlobalSecondaryIndexes": found} if found else {})}
    return resource(kind, properties, **more)


def test_equal_assemblies_are_one_line(compare: Compare) -> None:
    report = compare({"Table": table()}, {"Table": table()})
    assert not report.failed
    assert report.text("main (1a2b3c4)") == "No changes against main (1a2b3c4)."
    assert report.markdown("main").count("\n") == 1


def test_a_property_that_can_t_be_changed_replaces_a_table(compare: Compare) -> None:
    report = compare({"Table": table()}, {"Table": table(keys=(PK, SK))})
    found = only(report, Section.DATA)
    assert report.failed
    assert found.key == "dev/Table"
    assert found.text == (
        "Table (AWS::DynamoDB::Table) is replaced by a new one, which is empty: KeySchema changes;"
        " the old one is deleted, and its data is lost"
    )


def test_a_property_that_can_be_changed_does_not(compare: Compare) -> None:
    streamed = resource(TABLE, {"KeySchema": [PK], "StreamSpecification": {"StreamViewType": "A"}})
    report = compare({"Table": table()}, {"Table": streamed})
    assert not report.failed
    assert texts(report, Section.RESOURCES) == ["1 updated"]


@pytest.mark.parametrize(
    ("before", "after", "fate"),
    [
        (KEPT, KEPT, "the old one stays in the account with its data, without code"),
        (KEPT, {}, "its data is lost"),
        ({}, KEPT, "its data is lost"),
        ({"UpdateReplacePolicy": "Snapshot"}, {"UpdateReplacePolicy": "Snapshot"}, "a snapshot"),
    ],
    ids=["retained", "retained before", "retained after", "snapshot"],
)
def test_the_policy_decides_whether_replaced_data_stays(
    before: dict[str, str], after: dict[str, str], fate: str, compare: Compare
) -> None:
    report = compare({"Data": table(**before)}, {"Data": table(keys=(PK, SK), **after)})
    (found,) = [each for each in texts(report, Section.DATA) if "is replaced" in each]
    assert fate in found


@pytest.mark.parametrize(
    ("kind", "properties", "policy", "fate"),
    [
        (TABLE, {}, {}, "is deleted; the old one is deleted, and its data is lost"),
        (TABLE, {"DeletionProtectionEnabled": True}, {}, "deletion protection keeps the old one"),
        (BUCKET, {}, {}, "the old bucket is deleted if it is empty, and otherwise stays"),
        (BUCKET, {}, KEPT, "the old bucket stays in the account with its data"),
        ("AWS::SQS::Queue", {}, {}, "the old queue is deleted, and its data is lost"),
        ("AWS::Cognito::UserPool", {"DeletionProtection": "ACTIVE"}, {}, "protection keeps"),
        ("AWS::KMS::Key", {"PendingWindowInDays": 7}, {}, "unreadable after 7 days"),
        ("AWS::SecretsManager::Secret", {}, {}, "its data is lost"),
        ("AWS::EFS::FileSystem", {}, {}, "its data is lost"),
        ("AWS::RDS::DBCluster", {}, {}, "only a snapshot remains"),
        ("AWS::RDS::DBInstance", {"DBClusterIdentifier": "a"}, {}, "its data is lost"),
        ("AWS::Logs::LogGroup", {}, {}, "the old log group is deleted"),
        ("AWS::Logs::LogGroup", {"RetentionInDays": 365}, {}, "the old log group is deleted"),
        ("AWS::Logs::LogGroup", {"RetentionInDays": 30}, KEPT, "the old log group stays"),
        ("AWS::S3Tables::Table", {}, {}, "its data is lost"),
    ],
)
def test_a_deleted_resource_with_data_fails(
    kind: str, properties: dict[str, Any], policy: dict[str, str], fate: str, compare: Compare
) -> None:
    report = compare({"Data": resource(kind, properties, **policy)}, {})
    found = only(report, Section.DATA)
    assert report.failed
    assert fate in found.text


@pytest.mark.parametrize(
    ("kind", "properties"),
    [
        ("AWS::Lambda::Function", {}),
        ("AWS::SNS::Topic", {}),
        ("AWS::Logs::LogGroup", {"RetentionInDays": 30}),
    ],
)
def test_a_deleted_resource_without_data_is_only_counted(
    kind: str, properties: dict[str, Any], compare: Compare
) -> None:
    report = compare({"Other": resource(kind, properties)}, {})
    assert not report.failed
    assert not texts(report, Section.DATA)
    assert texts(report, Section.RESOURCES) == ["1 deleted"]


def test_a_bucket_that_the_cdk_empties_loses_its_data(compare: Compare) -> None:
    emptied = {
        "Bucket": resource(BUCKET),
        "Empty": resource("Custom::S3AutoDeleteObjects", {"BucketName": {"Ref": "Bucket"}}),
    }
    assert "its data is lost" in only(compare(emptied, {}), Section.DATA).text


def test_a_retained_resource_without_data_is_reported_as_an_orphan(compare: Compare) -> None:
    report = compare({"Role": resource("AWS::IAM::Role", {}, **KEPT)}, {})
    assert not report.failed
    assert texts(report, Section.DATA) == [
        "stays in the account, without code: Role (AWS::IAM::Role)"
    ]


def test_a_rename_is_a_replacement(compare: Compare) -> None:
    report = compare({"Orders": table()}, {"Invoices": table()})
    found = only(report, Section.DATA)
    assert found.fails
    assert "is renamed to Invoices: a new one is created, which is empty" in found.text
    assert "its data is lost" in found.text


def test_the_most_similar_resource_is_the_renamed_one(compare: Compare) -> None:
    before = {"Orders": resource(BUCKET, {"BucketName": "a"}), "Images": resource(BUCKET)}
    after = {
        "OrdersOfToday": resource(BUCKET, {"BucketName": "a"}),
        "ImagesOfToday": resource(BUCKET),
    }
    found = texts(compare(before, after), Section.DATA)
    assert "Images (AWS::S3::Bucket) is renamed to ImagesOfToday" in found[1]
    assert "Both have the same BucketName, so the deployment fails" in found[0]


def test_a_replacement_reaches_the_resources_that_refer_to_it(compare: Compare) -> None:
    def stack(name: str) -> dict[str, Any]:
        return {
            "Network": resource("AWS::EC2::SubnetGroup", {}),
            "Group": resource("AWS::RDS::DBSubnetGroup", {"DBSubnetGroupName": name}),
            "Database": resource("AWS::RDS::DBInstance", {"DBSubnetGroupName": {"Ref": "Group"}}),
        }

    found = only(compare(stack("a"), stack("b")), Section.DATA)
    assert "Database" in found.text
    assert "is replaced by a new one, which is empty: DBSubnetGroupName changes" in found.text


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ({"Engine": "mysql"}, {"Engine": "postgres"}),
        ({"DBName": "a"}, {"DBName": {"Fn::If": ["IsNew", "b", "a"]}}),
    ],
    ids=["conditional in the specification", "conditional in the template"],
)
def test_a_conditional_replacement_may_happen(
    before: dict[str, Any], after: dict[str, Any], compare: Compare
) -> None:
    kind = "AWS::RDS::DBInstance"
    found = only(
        compare({"Db": resource(kind, before)}, {"Db": resource(kind, after)}), Section.DATA
    )
    assert found.fails
    assert "may be replaced by a new one" in found.text


def test_a_property_inside_a_property_replaces(compare: Compare) -> None:
    def search(encrypted: bool) -> dict[str, Any]:
        key = {"Enabled": True, **({"KmsKeyId": "a"} if encrypted else {})}
        return {"Search": resource("AWS::Elasticsearch::Domain", {"EncryptionAtRestOptions": key})}

    found = only(compare(search(False), search(True)), Section.DATA)
    assert "EncryptionAtRestOptions.KmsKeyId changes" in found.text


def test_a_changed_condition_may_delete_a_resource(compare: Compare) -> None:
    report = compare({"Table": table()}, {"Table": table(Condition="IsOld")})
    assert "may be deleted: its Condition changes" in only(report, Section.DATA).text


def test_another_type_under_the_same_id_is_refused(compare: Compare) -> None:
    found = only(compare({"Data": table()}, {"Data": table(kind=GLOBAL)}), Section.DATA)
    assert (
        "changes its type to AWS::DynamoDB::GlobalTable, which CloudFormation refuses" in found.text
    )


def test_less_protection_is_reported(compare: Compare) -> None:
    before = resource(TABLE, {"KeySchema": [PK], "DeletionProtectionEnabled": True}, **KEPT)
    report = compare({"Table": before}, {"Table": table(UpdateReplacePolicy="Retain")})
    assert not report.failed
    assert texts(report, Section.DATA) == [
        "Table (AWS::DynamoDB::Table) is less protected: DeletionPolicy changes from Retain to"
        " Delete, deletion protection is turned off"
    ]


def test_a_stack_without_its_protection_is_reported(two: Any) -> None:
    report = two(
        {"tap_dev": assemblies.stack(DATA, protected=True)}, {"tap_dev": assemblies.stack(DATA)}
    )
    assert not report.failed
    assert only(report, Section.DATA).text == (
        "tap-dev is less protected: termination protection is turned off"
    )


# Indexes


@pytest.mark.parametrize("kind", [TABLE, GLOBAL])
def test_a_renamed_index_is_refused_by_dynamodb(kind: str, compare: Compare) -> None:
    report = compare({"Table": table("old", kind=kind)}, {"Table": table("new", kind=kind)})
    assert "the index old of Table is deleted" in only(report, Section.DATA).text
    found = only(report, Section.REFUSED)
    assert found.fails
    assert "one index in an update; deploy each: delete old, add new" in found.text


def test_one_index_more_is_accepted(compare: Compare) -> None:
    report = compare({"Table": table("a")}, {"Table": table("a", "b")})
    assert not report.failed


def test_indexes_of_a_new_table_are_created_with_it(compare: Compare) -> None:
    report = compare({}, {"Table": table("a", "b")})
    assert not report.failed


def test_indexes_of_a_replaced_table_are_created_with_it(compare: Compare) -> None:
    report = compare({"Table": table("a")}, {"Table": table("b", "c", keys=(PK, SK))})
    assert "is replaced" in only(report, Section.DATA).text
    assert not texts(report, Section.REFUSED)


def test_other_keys_of_an_index_are_refused(compare: Compare) -> None:
    after = table("a")
    after["Properties"]["GlobalSecondaryIndexes"][0]["KeySchema"] = [SK]
    found = only(compare({"Table": table("a")}, {"Table": after}), Section.REFUSED)
    assert "changes neither keys nor projection of an index: a" in found.text


def test_a_local_index_needs_a_new_table(compare: Compare) -> None:
    after = table()
    after["Properties"]["LocalSecondaryIndexes"] = [{"IndexName": "local", "KeySchema": [SK]}]
    found = only(compare({"Table": table()}, {"Table": after}), Section.REFUSED)
    assert "local indexes are created with their table only" in found.text


# Stacks


@pytest.fixture
def two(specification: Specification, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Return a function that compares assemblies of several stacks."""
    monkeypatch.setattr(cost, "own_prices", dict)

    def run(before: dict[str, Any], after: dict[str, Any], reasons: Any = None) -> Any:
        old = assemblies.write(tmp_path / "before", **before)
        new = assemblies.write(tmp_path / "after", **after)
        return compare_assemblies(old, new, reasons, specification)

    return run


DATA = {"Table": table(), "Topic": resource("AWS::SNS::Topic")}


def test_a_renamed_environment_leaves_its_data_behind(two: Any) -> None:
    report = two(
        {"tap_dev": assemblies.stack(DATA)},
        {"tap_stage": assemblies.stack(DATA, environment="stage")},
    )
    found = only(report, Section.ENVIRONMENTS)
    assert report.failed
    assert found.key == "dev"
    assert found.text == (
        "the environment is renamed to stage: tap-stage is created, without data. tap-dev stays in"
        " the account, without code, with 2 resources (0.00 USD a month), and data in Table"
    )
    assert not texts(report, Section.DATA)
    assert not texts(report, Section.WIDER)


def test_a_removed_environment_is_reported_with_the_command_that_deletes_it(two: Any) -> None:
    other = assemblies.stack({"Key": resource("AWS::KMS::Key", {}, **KEPT)}, environment="prod")
    report = two({"tap_dev": assemblies.stack(DATA), "tap_prod": other}, {"tap_prod": other})
    found = only(report, Section.ENVIRONMENTS)
    assert found.fails
    assert "tap-dev leaves the app. tap-dev stays in the account" in found.text
    assert found.text.endswith("make destroy ENV=dev")


def test_a_renamed_project_is_a_new_stack(two: Any) -> None:
    report = two({"tap_dev": assemblies.stack(DATA)}, {"tip_dev": assemblies.stack(DATA)})
    assert "tap-dev is renamed: tip-dev is created" in only(report, Section.ENVIRONMENTS).text


def test_the_stacks_of_a_renamed_project_are_paired_by_environment(two: Any) -> None:
    def stacks(name: str, *names: str) -> dict[str, Any]:
        return {f"{name}_{each}": assemblies.stack(DATA, environment=each) for each in names}

    report = two(stacks("tap", "prod", "dev"), stacks("aaa", "dev", "prod"))
    found = texts(report, Section.ENVIRONMENTS)
    assert sorted(text.partition(" is created")[0] for text in found) == [
        "tap-dev is renamed: aaa-dev",
        "tap-prod is renamed: aaa-prod",
    ]


def test_another_region_is_a_new_stack(two: Any) -> None:
    there = assemblies.stack(DATA, place="unknown-account/eu-west-1")
    report = two({"tap_dev": assemblies.stack(DATA)}, {"tap_dev": there})
    assert "moves from us-east-1 to eu-west-1" in only(report, Section.ENVIRONMENTS).text


def test_an_account_that_becomes_known_is_no_move(two: Any) -> None:
    there = assemblies.stack(DATA, place="111122223333/us-east-1")
    report = two({"tap_dev": assemblies.stack(DATA)}, {"tap_dev": there})
    assert not report.failed


def test_a_new_environment_is_no_failure(two: Any) -> None:
    old = assemblies.stack(DATA)
    report = two(
        {"tap_dev": old}, {"tap_dev": old, "tap_qa": assemblies.stack(DATA, environment="qa")}
    )
    assert not report.failed
    assert "tap-qa is a new stack with 2 resources" in only(report, Section.ENVIRONMENTS).text


def test_data_in_a_nested_stack_is_compared(two: Any) -> None:
    report = two(
        {"tap_dev": assemblies.stack({}, nested=DATA)},
        {"tap_dev": assemblies.stack({}, nested={"Topic": DATA["Topic"]})},
    )
    found = only(report, Section.DATA)
    assert found.key == "dev/Nested/Table"
    assert "is deleted" in found.text


def test_data_in_a_deleted_nested_stack_is_deleted(two: Any) -> None:
    report = two({"tap_dev": assemblies.stack({}, nested=DATA)}, {"tap_dev": assemblies.stack({})})
    assert only(report, Section.DATA).key == "dev/Nested/Table"


def test_data_in_a_nested_stack_stays_with_its_renamed_stack(two: Any) -> None:
    report = two(
        {"tap_dev": assemblies.stack({}, nested=DATA)},
        {"tap_stage": assemblies.stack({}, nested=DATA, environment="stage")},
    )
    assert not texts(report, Section.DATA)
    assert (
        "with 3 resources (0.00 USD a month), and data in Nested/Table"
        in only(report, Section.ENVIRONMENTS).text
    )


# Reasons


@pytest.mark.parametrize("key", ["dev/Table", "Table"])
def test_a_recorded_reason_is_accepted_and_shown(key: str, compare: Compare) -> None:
    report = compare({"Table": table()}, {}, {key: "moved to another app"})
    assert not report.failed
    assert only(report, Section.DATA).text.endswith(". Reason: moved to another app")
    assert not texts(report, Section.RECORDS)


def test_a_reason_for_another_resource_is_not_accepted(compare: Compare) -> None:
    report = compare({"Table": table()}, {}, {"prod/Table": "moved to another app"})
    assert report.failed
    assert "'prod/Table'" in only(report, Section.RECORDS).text


def test_a_stale_reason_is_reported(compare: Compare) -> None:
    report = compare({"Table": table()}, {"Table": table()}, {"dev/Table": "moved last year"})
    assert not report.failed
    assert "is about no change; remove it" in only(report, Section.RECORDS).text


# The specification


def test_every_additional_type_with_data_exists(specification: Specification) -> None:
    assert {kind for kind in UNMARKED if not specification.is_known(kind)} == set()
    marked = {kind for kind, each in specification.types.items() if each.get("isStateful")}
    assert not UNMARKED & marked


def test_a_missing_cli_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(OperationError, match=r"db.json.gz is missing; try: make install"):
        Specification(tmp_path / "db.json.gz")


def test_an_unknown_specification_is_one_line(tmp_path: Path) -> None:
    file = tmp_path / "db.json.gz"
    file.write_bytes(b"{}")
    with pytest.raises(OperationError, match="unknown format"):
        Specification(file)


def test_a_folder_without_an_assembly_is_one_line(
    specification: Specification, tmp_path: Path
) -> None:
    with pytest.raises(OperationError, match="contains no cloud assembly; try: make synth"):
        compare_assemblies(tmp_path, tmp_path, {}, specification)


def test_a_property_of_an_unexpected_form_hides_nothing_else(compare: Compare) -> None:
    before = {"Odd": resource(TABLE, {"Replicas": 1}), "Table": table()}
    report = compare(before, {"Odd": resource(TABLE, {"Replicas": 2})})
    assert "data: a property has an unexpected form" in only(report, Section.UNKNOWN).text
    assert report.failed
    assert texts(report, Section.RESOURCES) == ["1 updated, 1 deleted"]


def test_a_template_that_can_t_be_read_fails(two: Any) -> None:
    report = two(
        {"tap_dev": assemblies.stack(DATA)},
        {"tap_dev": assemblies.stack(DATA, Transform="AWS::Serverless-2016-10-31")},
    )
    assert "has a Transform" in only(report, Section.UNKNOWN).text
    assert report.failed
