"""`make picture`: the resources, permissions and alarms of a stack on docs/architecture.md."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from tap_project.assembly import OperationError
from tap_project.picture.__main__ import main
from tap_project.picture.page import CLOSE, OPEN, parts, written
from tests.support import assemblies

Drawn = Callable[..., dict[str, list[str]]]


def resource(kind: str, **properties: Any) -> dict[str, Any]:
    return {"Type": kind, "Properties": properties}


def arn(name: str, attribute: str = "Arn") -> dict[str, Any]:
    return {"Fn::GetAtt": [name, attribute]}


def ref(name: str) -> dict[str, Any]:
    return {"Ref": name}


def role(*statements: Mapping[str, Any]) -> dict[str, Any]:
    document = {"Statement": [{"Effect": "Allow", **each} for each in statements]}
    policies = [{"PolicyName": "own", "PolicyDocument": document}]
    return resource("AWS::IAM::Role", Policies=policies)


def function(**properties: Any) -> dict[str, Any]:
    return resource("AWS::Lambda::Function", Role=arn("Role"), **properties)


@pytest.fixture
def drawn(tmp_path: Path) -> Drawn:
    """Return a function that returns the parts of the page of one stack."""

    def draw(**resources: Any) -> dict[str, list[str]]:
        stack = assemblies.stack(resources)
        return parts(assemblies.write(tmp_path / "cdk.out", tap_dev=stack))

    return draw


def arrows(page: Mapping[str, list[str]]) -> list[str]:
    return [line.strip() for line in page["picture"] if "->" in line]


def test_a_permission_is_a_solid_arrow_and_a_row(drawn: Drawn) -> None:
    page = drawn(
        Orders=resource("AWS::DynamoDB::Table"),
        Role=role(
            {"Action": ["dynamodb:PutItem", "dynamodb:GetItem"], "Resource": arn("Orders")},
            {"Action": ["logs:PutLogEvents", "xray:PutTraceSegments"], "Resource": "*"},
        ),
        Api=function(),
    )
    assert arrows(page) == ['Api -->|"reads, writes"| Orders']
    assert page["permissions"][2:] == ["| Api | dynamodb: GetItem, PutItem | Orders |"]


def test_a_part_of_a_bucket_is_in_the_label(drawn: Drawn) -> None:
    def objects(prefix: str) -> dict[str, Any]:
        return {"Fn::Join": ["", [arn("Bucket"), f"/{prefix}/*"]]}

    page = drawn(
        Bucket=resource("AWS::S3::Bucket"),
        Role=role(
            {"Action": "s3:GetObject", "Resource": [objects("a"), objects("b")]},
            {"Action": "s3:PutObject", "Resource": objects("c")},
        ),
        Api=function(),
    )
    assert arrows(page) == ['Api -->|"reads a/, b/<br/>writes c/"| Bucket']


def test_an_event_is_a_dotted_arrow_and_its_permission_is_not_repeated(drawn: Drawn) -> None:
    polling = ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"]
    page = drawn(
        Jobs=resource(
            "AWS::SQS::Queue",
            RedrivePolicy={"deadLetterTargetArn": arn("Failed"), "maxReceiveCount": 3},
        ),
        Failed=resource("AWS::SQS::Queue"),
        Role=role({"Action": polling, "Resource": arn("Jobs")}),
        Worker=function(),
        Polling=resource(
            "AWS::Lambda::EventSourceMapping",
            EventSourceArn=arn("Jobs"),
            FunctionName=ref("Worker"),
        ),
    )
    assert arrows(page) == [
        'Jobs -.->|"after 3 receives"| Failed',
        'Jobs -.->|"messages"| Worker',
    ]
    assert len(page["permissions"]) == 3


@pytest.mark.parametrize(
    ("protocol", "endpoint", "expected"),
    [
        ("email", "on-call@example.com", 'News -.->|"messages"| EMail'),
        ("sqs", arn("Jobs"), 'News -.->|"messages"| Jobs'),
    ],
)
def test_subscribers_get_messages_and_no_address_is_shown(
    drawn: Drawn, protocol: str, endpoint: Any, expected: str
) -> None:
    page = drawn(
        News=resource("AWS::SNS::Topic"),
        Jobs=resource("AWS::SQS::Queue"),
        Subscription=resource(
            "AWS::SNS::Subscription", TopicArn=ref("News"), Protocol=protocol, Endpoint=endpoint
        ),
    )
    assert arrows(page) == [expected]
    assert "@" not in str(page)


def test_a_rule_connects_its_source_its_target_and_its_dead_letters(drawn: Drawn) -> None:
    page = drawn(
        Bucket=resource("AWS::S3::Bucket"),
        Rule=resource(
            "AWS::Events::Rule",
            EventPattern={
                "source": ["aws.s3"],
                "detail-type": ["Object Created"],
                "detail": {"bucket": {"name": [ref("Bucket")]}},
            },
            Targets=[{"Arn": arn("Jobs"), "DeadLetterConfig": {"Arn": arn("Failed")}}],
        ),
        Health=resource(
            "AWS::Events::Rule",
            EventPattern={"source": ["aws.health"]},
            Targets=[{"Arn": ref("News")}],
        ),
        Jobs=resource("AWS::SQS::Queue"),
        Failed=resource("AWS::SQS::Queue"),
        News=resource("AWS::SNS::Topic"),
    )
    assert arrows(page) == [
        'Bucket -.->|"Object Created"| Rule',
        "Health -.-> News",
        'Rule -.->|"undelivered"| Failed',
        "Rule -.-> Jobs",
        'EventsOfAwsHealth -.->|"events"| Health',
    ]


@pytest.mark.parametrize(
    ("routes", "caller"),
    [
        ({}, "Callers"),
        ({"Read": ("GET", "AWS_IAM")}, "CallersWithAWSCredentials"),
        ({"Read": ("GET", "COGNITO_USER_POOLS"), "Options": ("OPTIONS", "NONE")}, "SignedInUsers"),
        ({"Read": ("GET", "NONE")}, "Anyone"),
    ],
)
def test_an_api_has_the_callers_that_its_routes_admit(
    drawn: Drawn, routes: dict[str, tuple[str, str]], caller: str
) -> None:
    methods = {
        name: resource(
            "AWS::ApiGateway::Method",
            RestApiId=ref("Api"),
            HttpMethod=method,
            AuthorizationType=authorization,
        )
        for name, (method, authorization) in routes.items()
    }
    page = drawn(Api=resource("AWS::ApiGateway::RestApi", Body={}), **methods)
    assert arrows(page) == [f'{caller} -.->|"requests"| Api']


def test_resources_of_others_are_outside(drawn: Drawn) -> None:
    theirs = "arn:aws:dynamodb:us-east-1:111122223333:table/orders"
    page = drawn(Role=role({"Action": "dynamodb:Query", "Resource": theirs}), Api=function())
    assert arrows(page) == ['Api -->|"reads"| DynamodbTableOrders']
    assert page["permissions"][2:] == ["| Api | dynamodb: Query | dynamodb table/orders |"]


def test_denied_actions_are_no_arrow_and_called_denied(drawn: Drawn) -> None:
    denial = {"Effect": "Deny", "Action": "s3:DeleteObject", "Resource": arn("Bucket")}
    page = drawn(Bucket=resource("AWS::S3::Bucket"), Role=role(denial), Api=function())
    assert arrows(page) == []
    assert page["permissions"][2:] == ["| Api | denied: s3: DeleteObject | Bucket |"]


def test_a_bucket_for_access_logs_is_left_out(drawn: Drawn) -> None:
    logging = {"DestinationBucketName": ref("Logs")}
    page = drawn(
        Bucket=resource("AWS::S3::Bucket", LoggingConfiguration=logging),
        Logs=resource("AWS::S3::Bucket"),
    )
    assert not [line for line in page["picture"] if "Logs" in line]


def test_what_only_cloudformation_knows_is_left_out_or_called_unknown(drawn: Drawn) -> None:
    either = {"Fn::If": ["Large", {"Ref": "Large"}, {"Ref": "Small"}]}
    page = drawn(
        Topic=resource("AWS::SNS::Topic"),
        Role=role({"Action": "sns:Publish", "Resource": either}),
        Api=function(),
        Alarm=resource("AWS::CloudWatch::Alarm", AlarmActions=[either]),
    )
    assert arrows(page) == []
    assert "unknown" in page["permissions"][2]
    assert "unknown" in page["alarms"][2]


def test_alarms_have_their_topic_meaning_and_condition(drawn: Drawn) -> None:
    shared = {"AlarmActions": [ref("Pages")], "ComparisonOperator": "GreaterThanThreshold"}
    page = drawn(
        Pages=resource("AWS::SNS::Topic"),
        Slow=resource(
            "AWS::CloudWatch::Alarm",
            **shared,
            AlarmDescription="Requests are slow",
            MetricName="Latency",
            ExtendedStatistic="p99",
            Period=300,
            EvaluationPeriods=3,
            Threshold=5000,
        ),
        Silent=resource(
            "AWS::CloudWatch::Alarm",
            **{**shared, "AlarmActions": []},
            Metrics=[
                {"Id": "rate", "Expression": "a / b", "Label": "Rate"},
                {"Id": "a", "MetricStat": {"Period": 3600}, "ReturnData": False},
            ],
            EvaluationPeriods=4,
            DatapointsToAlarm=2,
            Threshold=0.5,
        ),
    )
    assert page["alarms"][2:] == [
        "| Silent | no one |  | Rate > 0.5 for 2 of 4 x 1 h |",
        "| Slow | Pages | Requests are slow | Latency p99 > 5000 for 3 x 5 min |",
    ]
    assert arrows(page) == ["AlarmsOfPages -.-> Pages"]


def test_the_first_production_environment_is_shown(tmp_path: Path) -> None:
    found = parts(
        assemblies.write(
            tmp_path,
            tap_dev=assemblies.stack({"A": resource("AWS::SQS::Queue")}),
            tap_prod=assemblies.stack(
                {"B": resource("AWS::SQS::Queue")}, environment="prod", protected=True
            ),
        )
    )
    assert found["picture"][0].startswith("Environment `prod`.")
    assert [line for line in found["picture"] if "queue" in line] == ['    B[["B<br/>queue"]]']


def test_names_that_mermaid_reserves_or_reads_as_code_are_changed(drawn: Drawn) -> None:
    page = drawn(
        End=resource("AWS::SQS::Queue"),
        Rule=resource(
            "AWS::Events::Rule",
            EventPattern={"source": ['a"b'], "detail-type": ["`x`"]},
            Targets=[{"Arn": arn("End")}],
        ),
    )
    text = "\n".join(page["picture"])
    assert 'End_[["End<br/>queue"]]' in text
    assert "events of a#quot;b" in text
    assert "#96;x#96;" in text


def test_parts_of_a_construct_are_a_group_with_short_names(tmp_path: Path) -> None:
    queue = resource("AWS::SQS::Queue")
    resources = {"A": queue, "B": queue, "C": queue, "D": queue}
    folder = assemblies.write(tmp_path, tap_dev=assemblies.stack(resources))
    paths = {"A": "Jobs/In/Queue", "B": "Jobs/Out/Queue", "C": "Jobs/Failed", "D": "Alone/Queue"}
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    manifest["artifacts"]["tap-dev"]["metadata"] = {
        f"/tap-dev/{path}/Resource": [{"type": "aws:cdk:logicalId", "data": name}]
        for name, path in paths.items()
    }
    (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    assert parts(folder)["picture"][4:-1] == [
        '    AloneQueue[["Alone/Queue"]]',
        '    subgraph Jobs_ ["Jobs"]',
        '        JobsFailed[["Failed<br/>queue"]]',
        '        JobsInQueue[["In/Queue"]]',
        '        JobsOutQueue[["Out/Queue"]]',
        "    end",
    ]


PAGE = "\n".join(
    line
    for part in ("picture", "permissions", "alarms")
    for line in (f"# {part}", OPEN.format(part), "old", CLOSE.format(part), "")
)


@pytest.fixture
def command(tmp_path: Path) -> Callable[..., int]:
    """Return the command, for the assembly and the page in `tmp_path`."""
    stack = assemblies.stack({"Jobs": resource("AWS::SQS::Queue")})
    assembly = assemblies.write(tmp_path / "cdk.out", tap_dev=stack)
    page = tmp_path / "docs" / "architecture.md"
    page.parent.mkdir()

    def run(*arguments: str) -> int:
        return main([*arguments, "--assembly", str(assembly), "--page", str(page)])

    return run


def test_drift_is_one_line_and_writing_ends_it(
    command: Callable[..., int], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    page = tmp_path / "docs" / "architecture.md"
    page.write_text(PAGE, encoding="utf-8")
    assert command("--check") == 1
    expected = "docs/architecture.md is out of date; try: make picture\n"
    assert capsys.readouterr().err == expected
    assert page.read_text(encoding="utf-8") == PAGE
    assert command() == 0
    assert command("--check") == 0
    assert '    Jobs[["Jobs<br/>queue"]]' in page.read_text(encoding="utf-8").splitlines()


@pytest.mark.parametrize("text", [None, "# Architecture\n"])
def test_a_project_without_the_marks_keeps_no_picture(
    command: Callable[..., int],
    tmp_path: Path,
    text: str | None,
    capsys: pytest.CaptureFixture[str],
) -> None:
    if text is not None:
        (tmp_path / "docs" / "architecture.md").write_text(text, encoding="utf-8")
    assert command("--check") == 0
    assert command() == 1
    assert capsys.readouterr().err.count("\n") == 1


def test_a_part_without_its_end_is_named() -> None:
    with pytest.raises(OperationError, match="has no line '<!-- end of alarms -->'"):
        written(f"{OPEN.format('alarms')}\n| a |\n", {"alarms": []})


def test_a_part_that_the_owner_removed_stays_away() -> None:
    page = f"# A\n\n{OPEN.format('alarms')}\n{CLOSE.format('alarms')}\n"
    assert "mermaid" not in written(page, {"picture": ["```mermaid"], "alarms": ["| a |"]})
