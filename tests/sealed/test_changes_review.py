"""`make changes` reports permissions, outside access, alarms, cost and limits that change."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any

import pytest

from tap_project import cost
from tap_project.changes import Report, Section
from tap_project.changes import compare as compare_assemblies
from tap_project.changes.limits import unzipped
from tap_project.changes.specification import Specification
from tests.support import assemblies
from tests.support.changes import Compare, only, resource, texts

BUCKET, ROLE = "AWS::S3::Bucket", "AWS::IAM::Role"
ARN = {"Fn::GetAtt": ["Bucket", "Arn"]}
OBJECTS = {"Fn::Join": ["", [ARN, "/*"]]}


def allow(action: Any, place: Any = OBJECTS, **more: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": action, "Resource": place, **more}


def role(*statements: dict[str, Any], trust: Any = "lambda.amazonaws.com", **more: Any) -> Any:
    """Return a bucket, and a role with statements about it."""
    assumed = {
        "Statement": [
            {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": trust}}
        ]
    }
    policy = resource(
        "AWS::IAM::Policy",
        {"PolicyDocument": {"Statement": list(statements)}, "Roles": [{"Ref": "Role"}]},
    )
    return {
        "Bucket": resource(BUCKET),
        "Role": resource(ROLE, {"AssumeRolePolicyDocument": assumed, **more}),
        "Policy": policy,
    }


def both(report: Report) -> tuple[list[str], list[str]]:
    return texts(report, Section.WIDER), texts(report, Section.NARROWER)


READ = allow("s3:GetObject")
BOUNDARY = "arn:aws:iam::111122223333:policy/limit"
IN_A = {"StringLike": {"s3:prefix": "a/*"}}
CASES: dict[str, tuple[Any, Any, list[str], list[str]]] = {
    "another action": (
        role(READ),
        role(allow(["s3:GetObject", "s3:PutObject"])),
        ["Role: may now s3:PutObject on Bucket/*"],
        [],
    ),
    "a wildcard": (role(READ), role(allow("s3:*")), ["Role: may now s3:* on Bucket/*"], []),
    "every resource": (
        role(READ),
        role(allow("s3:GetObject", "*")),
        ["Role: may now s3:GetObject on every resource"],
        [],
    ),
    "fewer actions": (
        role(allow("s3:*")),
        role(READ),
        [],
        ["Role: may no longer s3:* on Bucket/*"],
    ),
    "another spelling": (
        role(allow(["s3:GetObject", "s3:PutObject"])),
        role(READ, allow("s3:PutObject", {"Fn::Sub": "${Bucket.Arn}/*"})),
        [],
        [],
    ),
    "included already": (role(allow("s3:*")), role(allow("s3:*"), READ), [], []),
    "a new condition": (
        role(READ),
        role(allow("s3:GetObject", Condition=IN_A)),
        [],
        ["Role: may no longer s3:GetObject on Bucket/*"],
    ),
    "one more value of a condition": (
        role(allow("s3:ListBucket", ARN, Condition=IN_A)),
        role(allow("s3:ListBucket", ARN, Condition={"StringLike": {"s3:prefix": ["a/*", "b/*"]}})),
        ["Role: may now s3:ListBucket on Bucket if s3:prefix is like b/*"],
        [],
    ),
    "values of a condition are one line": (
        role(allow("s3:ListBucket", ARN)),
        role(
            allow("s3:ListBucket", ARN),
            allow("s3:Get*", Condition={"StringLike": {"s3:prefix": ["a/*", "b/*"]}}),
        ),
        ["Role: may now s3:Get* on Bucket/* if s3:prefix is like a/* or b/*"],
        [],
    ),
    "a resource less": (
        role(READ, allow("sqs:SendMessage", {"Fn::GetAtt": ["Queue", "Arn"]}))
        | {"Queue": resource("AWS::SQS::Queue")},
        role(READ),
        [],
        ["Role: may no longer sqs:SendMessage on Queue"],
    ),
    "a denied part": (
        role(allow("s3:GetObject")),
        role(
            allow("s3:GetObject"),
            {"Effect": "Deny", "Action": "s3:*", "Resource": {"Fn::Sub": "${Bucket.Arn}/secret/*"}},
        ),
        [],
        ["Role: may no longer s3:GetObject on Bucket/secret/*"],
    ),
    "all but some actions": (
        role(READ),
        role({"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"}),
        ["Role: may now * on every resource"],
        [],
    ),
    "a managed policy": (
        role(READ),
        role(READ, ManagedPolicyArns=["arn:aws:iam::aws:policy/AdministratorAccess"]),
        ["Role: gets the managed policy AdministratorAccess"],
        [],
    ),
    "a boundary less": (
        role(READ, PermissionsBoundary=BOUNDARY),
        role(READ),
        [f"Role: is no longer limited by the permissions boundary {BOUNDARY}"],
        [],
    ),
    "another service": (
        role(READ),
        role(READ, trust="ec2.amazonaws.com"),
        ["Role: ec2.amazonaws.com may now assume it: sts:AssumeRole"],
        ["Role: lambda.amazonaws.com may no longer assume it: sts:AssumeRole"],
    ),
    "a new role": (
        {"Bucket": resource(BUCKET)},
        role(READ),
        [
            "Role (new): may now s3:GetObject on Bucket/*",
            "Role (new): lambda.amazonaws.com may now assume it: sts:AssumeRole",
        ],
        [],
    ),
    "a deleted role": (role(READ), {"Bucket": resource(BUCKET)}, [], ["Role is deleted"]),
}


@pytest.mark.parametrize(("before", "after", "wider", "narrower"), CASES.values(), ids=[*CASES])
def test_permissions_of_a_role_are_compared_in_words(
    before: Any, after: Any, wider: list[str], narrower: list[str], compare: Compare
) -> None:
    assert both(compare(before, after)) == (wider, narrower)


def test_a_renamed_bucket_is_no_change_of_permissions(compare: Compare) -> None:
    after = json.loads(json.dumps(role(READ)).replace('"Bucket"', '"Documents"'))
    assert both(compare(role(READ), after)) == ([], [])


def test_permissions_that_only_cloudformation_knows_are_named(compare: Compare) -> None:
    report = compare(role(READ), role(allow({"Fn::If": ["IsProd", "s3:*", "s3:Get*"]})))
    assert "the permissions of Role" in only(report, Section.UNKNOWN).text


def with_policy(*statements: dict[str, Any]) -> dict[str, Any]:
    policy = {"PolicyDocument": {"Statement": list(statements)}, "Bucket": {"Ref": "Bucket"}}
    return {
        "Bucket": resource(BUCKET),
        **({"Policy": resource("AWS::S3::BucketPolicy", policy)} if statements else {}),
    }


TLS = {
    "Effect": "Deny",
    "Principal": "*",
    "Action": "s3:*",
    "Resource": OBJECTS,
    "Condition": {"Bool": {"aws:SecureTransport": "false"}},
}
LOGS = allow("s3:PutObject", Principal={"Service": "logging.s3.amazonaws.com"})


def test_a_service_that_may_use_a_resource_is_reported(compare: Compare) -> None:
    report = compare(with_policy(TLS), with_policy(TLS, LOGS))
    assert texts(report, Section.WIDER) == [
        "Bucket: logging.s3.amazonaws.com may now s3:PutObject on Bucket/*"
    ]


def test_a_denial_less_is_reported(compare: Compare) -> None:
    report = compare(with_policy(TLS, LOGS), with_policy(LOGS))
    assert "Bucket: no longer denies * s3:* on Bucket/* if aws:SecureTransport is false" in texts(
        report, Section.WIDER
    )


def test_a_role_that_a_key_names_may_use_it(compare: Compare) -> None:
    def stack(*statements: dict[str, Any]) -> dict[str, Any]:
        policy = {"KeyPolicy": {"Statement": list(statements)}}
        return {**role(READ), "Key": resource("AWS::KMS::Key", policy)}

    named = {"AWS": {"Fn::GetAtt": ["Role", "Arn"]}}
    report = compare(stack(), stack(allow("kms:Decrypt", "*", Principal=named)))
    assert texts(report, Section.WIDER) == ["Role: may now kms:Decrypt on Key"]


# Outside access


PUBLIC = allow("s3:GetObject", Principal="*")
FOREIGN = allow("s3:GetObject", Principal={"AWS": "arn:aws:iam::999988887777:root"})


@pytest.mark.parametrize(
    ("statement", "who"), [(PUBLIC, "anyone"), (FOREIGN, "account 999988887777")]
)
def test_new_outside_access_is_reported(
    statement: dict[str, Any], who: str, compare: Compare
) -> None:
    report = compare(with_policy(), with_policy(statement))
    assert only(report, Section.ACCESS).text == (
        f"Bucket its policy allows s3:GetObject to {who} (TAP701, not acknowledged)"
    )


def test_outside_access_that_was_there_before_is_not(compare: Compare) -> None:
    assert not texts(compare(with_policy(PUBLIC), with_policy(PUBLIC, TLS)), Section.ACCESS)


def test_outside_access_of_a_renamed_stack_is_not_new(
    specification: Specification, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cost, "own_prices", dict)
    resources = with_policy(PUBLIC)
    before = assemblies.write(tmp_path / "before", tap_dev=assemblies.stack(resources))
    stage = assemblies.stack(resources, environment="stage")
    after = assemblies.write(tmp_path / "after", tap_stage=stage)
    report = compare_assemblies(before, after, {}, specification)
    assert texts(report, Section.ENVIRONMENTS)
    assert not texts(report, Section.ACCESS)


def test_new_pages_and_sign_in_are_reported(compare: Compare) -> None:
    def api(*origins: str) -> dict[str, Any]:
        cors = {"CorsConfiguration": {"AllowOrigins": list(origins)}} if origins else {}
        return {"Api": resource("AWS::ApiGatewayV2::Api", {"Name": "x", **cors})}

    domain = resource("AWS::Cognito::UserPoolDomain", {"Domain": "x", "UserPoolId": "p"})
    client = resource(
        "AWS::Cognito::UserPoolClient",
        {"UserPoolId": "p", "CallbackURLs": ["https://b.example/"]},
    )
    after = {**api("https://a.example", "https://b.example"), "Login": domain, "Client": client}
    assert texts(compare(api("https://a.example"), after), Section.ACCESS) == [
        "Api answers pages of https://b.example (CORS)",
        "Client sends people who have signed in to https://b.example/",
        "Login is a sign-in page on the internet",
    ]
    assert not texts(compare(after, api("https://a.example")), Section.ACCESS)


def test_addresses_that_clients_lose_are_reported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, specification: Specification
) -> None:
    monkeypatch.setattr(cost, "own_prices", dict)
    url = {"Fn::Join": ["", ["https://", {"Ref": "Api"}, ".execute-api.us-east-1.amazonaws.com/"]]}
    kinds = {"rest": "AWS::ApiGateway::RestApi", "http": "AWS::ApiGatewayV2::Api"}

    def written(
        name: str, kind: str, logical: str = "Api", place: str = "us-east-1", output: str = "ApiUrl"
    ) -> Path:
        reference = json.loads(json.dumps(url).replace('"Api"', f'"{logical}"'))
        stack = assemblies.stack(
            {logical: resource(kinds[kind], {"Name": "x"})},
            place=f"unknown-account/{place}",
            Outputs={output: {"Value": reference}, "Text": {"Value": "text"}},
        )
        return assemblies.write(tmp_path / name, tap_dev=stack)

    before = written("before", "rest")
    changed = ["ApiUrl changes, and clients need the new one (the address of Api)"]
    for after, wanted in (
        (written("same", "rest"), []),
        (written("other-kind", "http", "Http"), changed),
        (written("other-id", "rest", "Api2"), changed),
        (written("moved", "rest", place="eu-west-1"), changed),
        (
            written("nameless", "http", "Http", output="Url"),
            ["ApiUrl is gone (the address of Api)"],
        ),
    ):
        report = compare_assemblies(before, after, {}, specification)
        assert texts(report, Section.API) == wanted, after.name


def test_the_stage_is_part_of_an_address(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, specification: Specification
) -> None:
    monkeypatch.setattr(cost, "own_prices", dict)

    def written(name: str, stage: str, place: str = "us-east-1") -> Path:
        properties = {"RestApiId": {"Ref": "Api"}, "StageName": stage}
        resources = {
            "Api": resource("AWS::ApiGateway::RestApi", {"Name": "x"}),
            "Stage": resource("AWS::ApiGateway::Stage", properties),
        }
        url = {"Fn::Sub": "https://${Api}.execute-api.us-east-1.amazonaws.com/${Stage}/"}
        stack = assemblies.stack(
            resources, place=f"unknown-account/{place}", Outputs={"ApiUrl": {"Value": url}}
        )
        return assemblies.write(tmp_path / name, tap_dev=stack)

    before, changes = written("before", "prod"), "ApiUrl changes, and clients need the new one"
    for after, wanted in (
        (written("same", "prod"), []),
        (written("renamed", "v1"), [f"{changes} (the address of Stage)"]),
        (written("moved", "prod", "eu-west-1"), [f"{changes} (the address of Api)"]),
    ):
        report = compare_assemblies(before, after, {}, specification)
        assert texts(report, Section.API) == wanted, after.name


def test_addresses_in_nested_stacks_are_named_by_the_outputs_that_people_see(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, specification: Specification
) -> None:
    monkeypatch.setattr(cost, "own_prices", dict)
    api = {"Api": resource("AWS::ApiGateway::RestApi", {"Name": "x"})}
    inner = {"ApiRef": {"Value": {"Ref": "Api"}}, "Text": {"Value": "text"}}

    def written(name: str, outputs: dict[str, Any], nested: Any, at_the_root: Any = ()) -> Path:
        stack = assemblies.stack(dict(at_the_root), nested=nested, Outputs=outputs)
        folder = assemblies.write(tmp_path / name, tap_dev=stack)
        if nested is not None:
            body = {"Resources": nested, "Outputs": inner if nested is api else {}}
            (folder / "tap-dev.nested.template.json").write_text(json.dumps(body), "utf-8")
        return folder

    url = {"ApiUrl": {"Value": {"Fn::GetAtt": ["Nested", "Outputs.ApiRef"]}}}
    topic = {"Topic": resource("AWS::SNS::Topic")}
    below = "(the address of Nested/Api)"
    for before, after, wanted in (
        (written("a", url, api), written("b", url, api), []),
        (written("c", url, api), written("d", {}, topic), [f"ApiUrl is gone {below}"]),
        (written("e", {}, api), written("f", {}, topic), [f"ApiRef is gone {below}"]),
        (
            written("g", url, api),
            written("h", {"ApiUrl": {"Value": {"Ref": "Api"}}}, None, api),
            [f"ApiUrl changes, and clients need the new one {below}"],
        ),
    ):
        report = compare_assemblies(before, after, {}, specification)
        assert texts(report, Section.API) == wanted, before.name


# Alarms


def alarm(**more: Any) -> dict[str, Any]:
    properties = {
        "Namespace": "AWS/Lambda",
        "MetricName": "Errors",
        "ComparisonOperator": "GreaterThanOrEqualToThreshold",
        "Threshold": 1,
        "EvaluationPeriods": 3,
        "Period": 60,
        "TreatMissingData": "breaching",
        "AlarmActions": [{"Ref": "Topic"}],
        "AlarmDescription": "It fails",
        **more,
    }
    return {
        "Topic": resource("AWS::SNS::Topic"),
        "Alarm": resource("AWS::CloudWatch::Alarm", properties),
    }


@pytest.mark.parametrize(
    ("more", "detail"),
    [
        ({"AlarmActions": []}, "loses an action: Topic"),
        ({"ActionsEnabled": False}, "has its actions turned off"),
        ({"Threshold": 5}, "starts at 5, not 1"),
        ({"EvaluationPeriods": 5}, "starts later: 5 periods, not 3"),
        ({"Period": 300}, "starts later: 300 seconds a period, not 60"),
        ({"DatapointsToAlarm": 4, "EvaluationPeriods": 4}, "needs 4 measurements"),
        ({"TreatMissingData": "notBreaching"}, "no longer starts without data"),
        ({"MetricName": "Throttles"}, "watches something else"),
        ({"ComparisonOperator": "GreaterThanThreshold"}, "compares with GreaterThanThreshold"),
    ],
)
def test_a_less_strict_alarm_is_reported(
    more: dict[str, Any], detail: str, compare: Compare
) -> None:
    found = texts(compare(alarm(), alarm(**more)), Section.ALARMS)
    assert any(text.startswith(f"Alarm {detail}") for text in found), found


@pytest.mark.parametrize(
    "more",
    [
        {"Threshold": 0},
        {"EvaluationPeriods": 1},
        {"Period": 30},
        {"AlarmDescription": "It breaks"},
        {"AlarmActions": [{"Ref": "Topic"}, "arn:aws:sns:us-east-1:111122223333:more"]},
    ],
)
def test_a_stricter_alarm_is_not(more: dict[str, Any], compare: Compare) -> None:
    assert not texts(compare(alarm(), alarm(**more)), Section.ALARMS)


def test_a_lower_limit_of_a_minimum_is_laxer(compare: Compare) -> None:
    below = {"ComparisonOperator": "LessThanThreshold"}
    report = compare(alarm(**below, Threshold=5), alarm(**below, Threshold=2))
    assert texts(report, Section.ALARMS) == ["Alarm starts at 2, not 5"]


def test_a_removed_alarm_is_reported_with_its_meaning(compare: Compare) -> None:
    report = compare(alarm(), {"Topic": resource("AWS::SNS::Topic")})
    assert texts(report, Section.ALARMS) == ["Alarm is removed: It fails"]


def test_a_renamed_alarm_is_the_same_alarm(compare: Compare) -> None:
    after = json.loads(json.dumps(alarm()).replace('"Alarm"', '"AlarmOfErrors"'))
    report = compare(alarm(), after)
    assert not texts(report, Section.ALARMS)
    assert "1 replaced: AlarmOfErrors" in only(report, Section.RESOURCES).text


def test_an_alarm_beside_a_new_one_is_removed(compare: Compare) -> None:
    other = alarm(Namespace="AWS/SQS", MetricName="Age", Threshold=9, Period=300)["Alarm"]
    report = compare(alarm(), {"Topic": resource("AWS::SNS::Topic"), "QueueIsLate": other})
    assert texts(report, Section.ALARMS) == ["Alarm is removed: It fails"]


def test_a_removed_subscription_is_reported(compare: Compare) -> None:
    mail = resource("AWS::SNS::Subscription", {"Endpoint": "me@example.com"})
    report = compare({**alarm(), "Mail": mail}, alarm())
    assert (
        "Mail is removed: me@example.com receives no messages" in only(report, Section.ALARMS).text
    )


# Cost


def test_the_cost_of_each_item_is_compared(compare: Compare) -> None:
    nat = resource("AWS::EC2::NatGateway")
    report = compare({}, {"Nat": nat, "Key": resource("AWS::KMS::Key"), "Other": nat})
    found = texts(report, Section.COST)
    usd = 2 * cost.monthly("nat_gateway") + cost.monthly("key")
    assert found[0].startswith(f"0.00 to {usd:.2f} USD a month; ")
    assert "0 to 2 (+" in found[0]
    assert any(text.startswith("new, by usage: ") for text in found)


def test_an_item_less_is_cheaper(compare: Compare) -> None:
    report = compare({"Nat": resource("AWS::EC2::NatGateway")}, {})
    assert "1 to 0 (-" in texts(report, Section.COST)[0]


def test_a_type_without_a_price_is_named(compare: Compare) -> None:
    report = compare({}, {"Other": resource("AWS::Neptune::DBInstance")})
    assert "no price is known for AWS::Neptune::DBInstance" in texts(report, Section.COST)[0]


# Limits


def many(count: int) -> dict[str, Any]:
    return {f"Role{number}": resource(ROLE) for number in range(count)}


def test_a_template_close_to_its_limit_is_a_warning(compare: Compare) -> None:
    report = compare(many(399), many(400))
    assert not report.failed
    assert only(report, Section.LIMITS).text == "tap-dev: template of 400 resources, 80 % of 500"


def test_a_template_that_was_that_large_is_none(compare: Compare) -> None:
    assert not texts(compare(many(401), many(400)), Section.LIMITS)
    assert not texts(compare(many(300), many(399)), Section.LIMITS)


def test_a_template_above_its_limit_fails(compare: Compare) -> None:
    report = compare(many(500), many(501))
    assert only(report, Section.LIMITS).fails


def large(characters: int) -> list[dict[str, Any]]:
    """Return statements of about that many characters."""
    return [allow(f"s3:Get{'x' * 90}{number}", ARN) for number in range(characters // 220)]


@pytest.mark.parametrize(
    ("kind", "name", "limit", "detail"),
    [
        ("AWS::IAM::ManagedPolicy", "PolicyDocument", 6_144, "policy of about"),
        ("AWS::KMS::Key", "KeyPolicy", 32_768, "key policy of about"),
        ("AWS::S3::BucketPolicy", "PolicyDocument", 20_480, "bucket policy of about"),
        ("AWS::SNS::TopicPolicy", "PolicyDocument", 30_720, "topic policy of about"),
        ("AWS::SQS::QueuePolicy", "PolicyDocument", 8_192, "queue policy of about"),
    ],
)
def test_a_policy_above_its_limit_fails(
    kind: str, name: str, limit: int, detail: str, compare: Compare
) -> None:
    def stack(characters: int) -> dict[str, Any]:
        document = {"Statement": large(characters)}
        return {"Bucket": resource(BUCKET), "Policy": resource(kind, {name: document})}

    assert not texts(compare(stack(limit // 2), stack(limit // 2 + 300)), Section.LIMITS)
    found = only(compare(stack(limit // 2), stack(2 * limit)), Section.LIMITS)
    assert found.fails
    assert detail in found.text


def test_inline_policies_of_a_role_count_together(compare: Compare) -> None:
    report = compare(role(READ), role(*large(20_000)))
    assert "Role: inline policies of about" in only(report, Section.LIMITS).text


def test_code_and_layers_count_together(
    specification: Specification, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cost, "own_prices", dict)
    layer = tmp_path / "layer.zip"
    with zipfile.ZipFile(layer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("python/large", bytes(200 * 1024 * 1024))
    service = tmp_path / "service"
    service.mkdir()
    (service / "more").write_bytes(b"1234")
    assert unzipped(service) == 4
    assets = {"a" * 64: layer, "b" * 64: service}
    function = {"Code": {"S3Key": f"{'b' * 64}.zip"}, "Layers": [{"Ref": "Layer"}]}
    resources = {
        "Layer": resource("AWS::Lambda::LayerVersion", {"Content": {"S3Key": f"{'a' * 64}.zip"}}),
        "Function": resource("AWS::Lambda::Function", function),
    }
    before = assemblies.write(tmp_path / "before", tap_dev=assemblies.stack({}))
    after = assemblies.write(tmp_path / "after", tap_dev=assemblies.stack(resources, assets=assets))
    report = compare_assemblies(before, after, {}, specification)
    assert (
        "code with layers, unzipped of 209,715,204 bytes, 80 %" in only(report, Section.LIMITS).text
    )


# The report


def test_equal_findings_of_environments_are_one_line(
    specification: Specification, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cost, "own_prices", dict)
    stacks = [
        {
            "tap_dev": assemblies.stack(resources),
            "tap_prod": assemblies.stack(resources, environment="prod"),
        }
        for resources in (alarm(), alarm(Threshold=9))
    ]
    folders = [
        assemblies.write(tmp_path / str(number), **each) for number, each in enumerate(stacks)
    ]
    report = compare_assemblies(folders[0], folders[1], {}, specification)
    assert "  dev, prod: Alarm starts at 9, not 1" in report.text("main")
    assert "- dev, prod: Alarm starts at 9, not 1" in report.markdown("main")


def test_the_text_to_record_is_printed(compare: Compare) -> None:
    report = compare({"Data": resource(BUCKET)}, {})
    text, markdown = report.text("main"), report.markdown("main")
    assert text.splitlines()[0] == "Changes against main:"
    assert text.endswith('[tool.tap.replacements]\n"dev/Data" = "..."')
    assert markdown.endswith('```toml\n[tool.tap.replacements]\n"dev/Data" = "..."\n```\n')
    assert "  FAILS dev: Data" in text
    assert "- **fails** dev: Data" in markdown


def test_names_have_no_meaning_in_markdown(compare: Compare) -> None:
    described = alarm(AlarmDescription="<img src=x> [a](b) `c` *d*")
    report = compare(described, {"Topic": resource("AWS::SNS::Topic")})
    assert r"&lt;img src=x&gt; \[a\](b) \`c\` \*d\*" in report.markdown("main")
