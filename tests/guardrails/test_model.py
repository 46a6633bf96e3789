"""The model reads a template as CloudFormation would, and reports unsupported parts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tap_guardrails.model import App, NotJudged, Resource
from tests.guardrails.assembly import Assembly, att, ref, resource

BUCKET, TOPIC, QUEUE = "AWS::S3::Bucket", "AWS::SNS::Topic", "AWS::SQS::Queue"
NESTED = "AWS::CloudFormation::Stack"


def one(folder: Path, value: Any, **template: Any) -> tuple[App, str]:
    """Return the text of a value in a template with a bucket and a topic."""
    resources = {
        "Bucket": resource(BUCKET),
        "Topic": resource(TOPIC),
        "Own": resource("X::Y::Z", properties={"Value": value}),
    }
    app = App(Assembly(folder).stack(resources, **template).folder)
    return app, app.templates[0].resources["Own"].text("Value")


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("plain", "plain"),
        (7, "7"),
        (True, "true"),
        (ref("Bucket"), "${app.template.json/Bucket}"),
        (att("Bucket"), "${app.template.json/Bucket.Arn}"),
        ({"Fn::GetAtt": "Bucket.Arn"}, "${app.template.json/Bucket.Arn}"),
        (
            {"Fn::Join": ["", ["arn:", ref("AWS::Partition"), ":s3:::", ref("Bucket")]]},
            "arn:aws:s3:::${app.template.json/Bucket}",
        ),
        (
            {"Fn::Sub": "${Bucket}-${!literal}-${AWS::Region}"},
            "${app.template.json/Bucket}-${literal}-eu-west-1",
        ),
        ({"Fn::Sub": ["${Name}/x", {"Name": ref("Topic")}]}, "${app.template.json/Topic}/x"),
        ({"Fn::Select": [1, ["a", ref("Bucket")]]}, "${app.template.json/Bucket}"),
        ({"Fn::Select": [2, {"Fn::Split": [":", "a:b:c"]}]}, "c"),
        (ref("Size"), "10"),
        ({"Fn::Cidr": ["10.0.0.0/16", 2, 8]}, 'Fn::Cidr(["10.0.0.0/16", 2, 8])'),
        ({"Fn::GetAZs": ""}, 'Fn::GetAZs("")'),
        ({"Fn::Select": ["x", []]}, 'Fn::Select(["x", []])'),
        ({"Ref": ["not", "a", "name"]}, 'Ref(["not", "a", "name"])'),
    ],
    ids=str,
)
def test_every_intrinsic_becomes_comparable_text(tmp_path: Path, value: Any, expected: str) -> None:
    parameters = {"Size": {"Type": "String", "Default": "10"}}
    assert one(tmp_path, value, Parameters=parameters)[1] == expected


@pytest.mark.parametrize(
    "value",
    [
        "arn:aws:s3:::${app.template.json/Bucket}",
        "${app.template.json/Bucket.Arn}",
        "${app.template.json/Bucket}",
    ],
)
def test_an_arn_written_by_hand_resolves_to_the_resource(tmp_path: Path, value: str) -> None:
    app, _ = one(tmp_path, "")
    bucket = app.templates[0].resources["Bucket"]
    assert value in bucket.arns
    assert app.named(value) is bucket


def test_an_unknown_region_stays_unresolved(tmp_path: Path) -> None:
    app, text = one(
        tmp_path, {"Fn::Sub": "${AWS::Region}"}, environment="aws://unknown-account/unknown-region"
    )
    assert text == "${AWS::Region}"
    assert app.templates[0].resources["Bucket"].arns[-1].startswith("arn:${AWS::Partition}:s3")


@pytest.mark.parametrize("intrinsic", [{"Fn::If": ["C", 1, 2]}, {"Fn::Transform": {"Name": "X"}}])
def test_values_that_cloudformation_resolves_are_not_checked(
    tmp_path: Path, intrinsic: Any
) -> None:
    app, own = App, None
    assembly = Assembly(tmp_path).stack(
        {"Own": resource(QUEUE, properties={"VisibilityTimeout": intrinsic})}
    )
    own = app(assembly.folder).templates[0].resources["Own"]
    with pytest.raises(NotJudged, match="decided by CloudFormation"):
        assert own.plain("VisibilityTimeout") < 3


@pytest.mark.parametrize("path", ["plain", "items"])
def test_a_reference_is_not_a_literal(tmp_path: Path, path: str) -> None:
    app, _ = one(tmp_path, ref("Bucket"))
    with pytest.raises(NotJudged, match="write a"):
        getattr(app.templates[0].resources["Own"], path)("Value")


def test_novalue_is_absent(tmp_path: Path) -> None:
    app, _ = one(tmp_path, {"A": ref("AWS::NoValue"), "B": 1})
    assert app.templates[0].resources["Own"].get("Value") == {"B": 1}


def nested(folder: Path) -> App:
    """Return a stack that passes its topic to a nested stack, which outputs its queue."""
    inner = {
        "Queue": resource(QUEUE),
        "User": resource("X::Y::Z", properties={"Topic": ref("TopicArn")}),
    }
    outer = {
        "Topic": resource(TOPIC),
        "Nested": resource(
            "AWS::CloudFormation::Stack",
            properties={
                "TemplateURL": {"Fn::Sub": "https://s3/" + "a" * 64 + ".json"},
                "Parameters": {"TopicArn": ref("Topic")},
            },
        ),
        "User": resource("X::Y::Z", properties={"Queue": att("Nested", "Outputs.QueueArn")}),
    }
    metadata = {
        "/app/Inner": [{"type": "aws:cdk:templateFile", "data": "inner.nested.template.json"}],
        "/app/Inner/Queue": [{"type": "aws:cdk:logicalId", "data": "Queue"}],
    }
    assembly = Assembly(folder).stack(outer, metadata=metadata)
    body = {"Resources": inner, "Outputs": {"QueueArn": {"Value": att("Queue")}}}
    assembly.file("inner.nested.template.json", body)
    return App(assembly.assets({"a" * 64: "inner.nested.template.json"}).folder)


def users(app: App) -> list[Resource]:
    return list(app.resources("X::Y::Z"))


def test_references_cross_nested_stacks_both_ways(tmp_path: Path) -> None:
    app = nested(tmp_path)
    found = {str(user.target(name)) for user in users(app) for name in ("Queue", "Topic")}
    assert found == {"app/Topic", "app/Inner/Queue", "None"}


def test_stages_are_read_too(tmp_path: Path) -> None:
    inner = Assembly(tmp_path / "assembly-Stage").stack({"Bucket": resource(BUCKET)}, name="prod")
    outer = Assembly(tmp_path)
    outer.artifacts["assembly-Stage"] = {
        "type": "cdk:cloud-assembly",
        "properties": {"directoryName": inner.folder.name, "displayName": "Stage"},
    }
    app = App(outer.stack({"Bucket": resource(BUCKET)}).folder)
    assert {bucket.path for bucket in app.resources(BUCKET)} == {"prod/Bucket", "app/Bucket"}
    assert "Stage" in app.roots


def test_exports_are_followed(tmp_path: Path) -> None:
    assembly = Assembly(tmp_path).stack(
        {"Topic": resource(TOPIC)},
        name="one",
        Outputs={"T": {"Value": ref("Topic"), "Export": {"Name": "topic"}}},
    )
    user = resource("X::Y::Z", properties={"Topic": {"Fn::ImportValue": "topic"}})
    app = App(assembly.stack({"User": user}, name="two").folder)
    assert str(users(app)[0].target("Topic")) == "one/Topic"


@pytest.mark.parametrize(
    ("template", "message"),
    [
        ({"Transform": "AWS::Serverless-2016-10-31"}, "Transform"),
        ({"Resources": {"A": {"Properties": {}}}}, "A has no type"),
        ({"Resources": {"A": {"Type": "X", "Properties": []}}}, "not an object"),
        ({"Resources": {"A": resource(NESTED, properties={"TemplateURL": "x"})}}, "not in the"),
    ],
    ids=["macro", "no type", "no properties", "foreign template"],
)
def test_unreadable_parts_are_reported_and_the_rest_is_read(
    tmp_path: Path, template: Any, message: str
) -> None:
    assembly = Assembly(tmp_path).stack({})
    assembly.file("app.template.json", {"Resources": {}, **template})
    assembly.stack({"Key": resource("AWS::KMS::Key")}, name="other")
    app = App(assembly.folder)
    ((_, reason),) = app.not_judged
    assert message in reason
    assert [key.path for key in app.resources("AWS::KMS::Key")] == ["other/Key"]
