"""The parts of `make dev` and `make call` that need no emulator."""

from __future__ import annotations

import base64
import io
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
import urllib3

from tap_emulator import call, requests, sign_in
from tap_emulator.callers import Signer, User
from tap_emulator.dev import __main__ as dev
from tap_emulator.dev import development, examples, instance, logs, saves, synthesis, updates
from tap_emulator.emulator import Emulator
from tap_emulator.target import Target
from tap_project.assembly import OperationError

EMULATOR = Emulator(
    endpoint="https://127.0.0.1:1",
    plain_endpoint="http://127.0.0.1:2",
    certificate="server.crt",
    log="dev.log",
)
OUTPUTS = {"TableName": "table", "WorkerQueueUrl": "url", "WorkerFunctionArn": "arn"}


def target(**outputs: str) -> Target:
    session = boto3.Session("key", "secret", region_name="us-east-1")
    return Target(stack="s", outputs=outputs, session=session, emulator=None, patience=1)


def running(**changes: Any) -> instance.Instance:
    given: dict[str, Any] = {
        "environment": "dev",
        "stack": "service-dev",
        "region": "eu-west-1",
        "outputs": OUTPUTS,
        "emulator": EMULATOR,
        "variables": {"AWS_ACCESS_KEY_ID": "made-up"},
        "api_url": "http://127.0.0.1:8000/",
        "examples": ["REQUEST='GET /items'"],
        "debugged": False,
    }
    return instance.Instance(**given | changes)


@pytest.mark.parametrize(
    ("text", "request_"),
    [
        ("GET /items", requests.Request("GET", "/items")),
        ("  get   /items ", requests.Request("GET", "/items")),
        ("GET /items?limit=1&next=a%3D", requests.Request("GET", "/items?limit=1&next=a%3D")),
        ("GET /items/a b/ü", requests.Request("GET", "/items/a%20b/%C3%BC")),
        ("upload incoming/a b.json", requests.Request("upload", "incoming/a b.json")),
        ("Invoke WorkerFunction", requests.Request("invoke", "WorkerFunction")),
    ],
)
def test_requests_are_parsed(text: str, request_: requests.Request) -> None:
    assert requests.parsed(text) == request_


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", r"Which request\? Try: make call REQUEST='GET /items'"),
        ("GET", r"'GET' has no method and path; try: make call REQUEST='GET /items'"),
        ("/items", r"'/items' has no method and path"),
        ("GET items", r"path 'items' lacks its slash; try REQUEST='GET /items'"),
        ("FETCH /items", r"'FETCH' is no method; try one of GET, HEAD"),
        ("fetch items", r"'fetch' is no method; try: make call"),
        ("GET /a\nb", r"has control characters; try %0A"),
    ],
)
def test_invalid_requests_are_rejected_in_one_line(text: str, message: str) -> None:
    with pytest.raises(OperationError, match=message) as error:
        requests.parsed(text)
    assert "\n" not in str(error.value).replace("\\n", "")


def test_a_body_can_be_a_file(tmp_path: Path) -> None:
    (tmp_path / "items.json").write_text('{"name": "bolt"}', encoding="utf-8")
    assert requests.parsed("POST /items", "@items.json", tmp_path).body == '{"name": "bolt"}'
    assert requests.parsed("POST /items", "{}", tmp_path).body == "{}"
    with pytest.raises(OperationError, match=r"BODY=@missing.json can't be read .*; try BODY=@"):
        requests.parsed("POST /items", "@missing.json", tmp_path)


class Http:
    """A connection pool that records one request, and answers it."""

    def __init__(self, status: int, data: bytes) -> None:
        self.status, self.data, self.reason = status, data, "Reason"
        self.sent: tuple[str, str] = ("", "")
        self.headers: dict[str, str] = {}
        self.body: str | None = None

    def request(self, method: str, url: str, body: str | None, headers: dict[str, str]) -> Http:
        self.sent, self.body, self.headers = (method, url), body, headers
        return self


def sent(http: Any, caller: Any, text: str = "GET /items?b=2&a=1", body: str | None = None) -> Any:
    return requests.send(requests.parsed(text, body), "https://host/live/", caller, http)


def test_a_request_is_signed_for_the_api_with_the_session_token(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    http = Http(200, b"{}")
    session = boto3.Session("key", "secret", "token", region_name="eu-west-1")
    signer = Signer(session)
    sent(http, signer, "POST /items", '{"a": 1}')
    assert http.sent == ("POST", "https://host/live/items")
    assert http.body == '{"a": 1}'
    assert http.headers["Content-Type"] == "application/json"
    assert http.headers["X-Amz-Security-Token"] == "token"
    authorization = http.headers["Authorization"]
    assert authorization.startswith("AWS4-HMAC-SHA256 Credential=key/")
    assert "/eu-west-1/execute-api/aws4_request" in authorization
    assert "host;x-amz-date;x-amz-security-token" in authorization
    other = Http(200, b"{}")
    sent(other, signer, "POST /items", '{"a": 2}')
    assert other.headers["Authorization"] != authorization


def test_a_user_sends_a_token() -> None:
    http = Http(200, b"{}")
    sent(http, User("token"))
    assert http.headers == {"Authorization": "token"}
    assert http.sent == ("GET", "https://host/live/items?b=2&a=1")


@pytest.mark.parametrize(
    ("data", "shown"),
    [
        (b'{"a":["\xc3\xbc"]}', '404 Reason\n{\n  "a": [\n    "ü"\n  ]\n}'),
        (b"not json", "404 Reason\nnot json"),
        (b"", "404 Reason"),
    ],
)
def test_status_and_body_are_shown(data: bytes, shown: str) -> None:
    answer = sent(Http(404, data), User("token"))
    assert answer.status == 404
    assert answer.shown() == shown


def test_an_api_that_does_not_answer_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    port = dev.free_port(20_000)
    pool = urllib3.PoolManager(retries=False, timeout=5)
    with pytest.raises(OperationError, match=rf"^127.0.0.1:{port} does not answer: "):
        requests.send(
            requests.parsed("GET /items"), f"http://127.0.0.1:{port}/", User("token"), pool
        )


def test_an_unknown_output_is_rejected_with_the_known_ones() -> None:
    with pytest.raises(OperationError, match=r"no output 'OrdersUrl'; try one of WorkerQueue$"):
        requests.start(requests.parsed("send Orders", "{}"), target(**OUTPUTS))
    with pytest.raises(OperationError, match=r"upload needs a body; try BODY=@items.json"):
        requests.start(requests.parsed("upload a"), target(**OUTPUTS))
    with pytest.raises(OperationError, match="the item is not JSON"):
        requests.start(requests.parsed("insert Table", "{"), target(**OUTPUTS))


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Let `make call` look for a `make dev` in a folder, and keep this process's variables."""
    monkeypatch.setattr(instance, "FOLDER", tmp_path / "dev")
    monkeypatch.setattr(instance, "LOCK", tmp_path / "dev.lock")
    before = dict(os.environ)
    yield tmp_path
    os.environ.clear()
    os.environ.update(before)


def test_only_one_runs_and_leaves_only_its_lock(place: Path) -> None:
    with instance.alone() as folder:
        assert folder == place / "dev"
        with (
            pytest.raises(OperationError, match="make dev already runs in this project; use it"),
            instance.alone(),
        ):
            pytest.fail("two run")
        with pytest.raises(OperationError, match="make dev is not ready yet"):
            instance.current()
        running().dump(folder)
        assert instance.current() == running()
        assert (folder / "instance.json").stat().st_mode & 0o777 == 0o600
        assert sorted(path.name for path in folder.iterdir()) == ["instance.json", "shell"]
    assert [path.name for path in place.iterdir()] == ["dev.lock"]
    with pytest.raises(OperationError, match="make dev does not run; start it in another terminal"):
        instance.current()


def test_remains_of_a_killed_one_are_no_running_one(place: Path) -> None:
    (place / "dev").mkdir()
    (place / "dev.lock").touch()
    running().dump(place / "dev")
    (place / "dev" / "remains").touch()
    with pytest.raises(OperationError, match="make dev does not run"):
        instance.current()
    with instance.alone() as folder:
        assert not list(folder.iterdir())


def test_a_call_without_make_dev_is_one_line(
    place: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CALL_REQUEST", "GET /items")
    assert call.main([]) == 1
    shown = capsys.readouterr()
    assert shown.err == "make dev does not run; start it in another terminal: make dev\n"
    assert not shown.out


def test_a_call_without_a_request_lists_requests(place: Path) -> None:
    with instance.alone() as folder:
        running().dump(folder)
        with pytest.raises(OperationError, match=r"Which request\? Try one of these:\n.*'GET /it"):
            call.call("", None, None)


def test_a_call_of_a_service_without_api_names_the_way_to_start_its_worker(place: Path) -> None:
    with instance.alone() as folder:
        running(api_url=None, examples=["REQUEST='invoke WorkerFunction'"]).dump(folder)
        message = "no API; start its worker: make call REQUEST='invoke WorkerFunction'$"
        with pytest.raises(OperationError, match=message):
            call.call("GET /items", None, None)


def test_a_shell_reads_the_outputs_and_no_profile(place: Path) -> None:
    file = place / "shell"
    file.write_text(instance.shell_file(running()), encoding="utf-8")
    script = f'. {file}; output TableName; echo "$AWS_ACCESS_KEY_ID $AWS_PROFILE"; output Nothing'
    done = subprocess.run(
        ["sh", "-c", script],
        env={**os.environ, "AWS_PROFILE": "mine"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout == "table\nmade-up \n"
    assert done.stderr == "no output Nothing\n"
    assert done.returncode == 1


def test_a_shells_commands_reach_the_emulator(place: Path) -> None:
    """The certificate does not cover the API's own name, and the CLI may ignore the variable."""
    file = place / "shell"
    variables = {"AWS_ENDPOINT_URL": "https://127.0.0.1:4566"}
    file.write_text(instance.shell_file(running(variables=variables)), encoding="utf-8")
    cli = place / "aws"
    cli.write_text('#!/bin/sh\necho "$@"\n', encoding="utf-8")
    cli.chmod(0o755)
    done = subprocess.run(
        ["sh", "-c", f". {file}; output ApiUrl; aws sqs list-queues"],
        env={**os.environ, "PATH": f"{place}{os.pathsep}{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.splitlines() == [
        "http://127.0.0.1:8000/",
        "--endpoint-url https://127.0.0.1:4566 sqs list-queues",
    ]


def token(expires: float) -> str:
    claims = base64.urlsafe_b64encode(json.dumps({"exp": expires}).encode()).decode().rstrip("=")
    return f"header.{claims}.signature"


class Cognito:
    """A user pool that asks for a code, or for the rest of a first sign-in."""

    def __init__(self, challenge: str, issued: str) -> None:
        self.challenge, self.issued = challenge, issued
        self.codes: list[str] = []

    def admin_initiate_auth(self, **_: Any) -> dict[str, Any]:
        return {"ChallengeName": self.challenge, "Session": "s", "ChallengeParameters": {}}

    def admin_respond_to_auth_challenge(self, **given: Any) -> dict[str, Any]:
        self.codes.append(given["ChallengeResponses"]["SOFTWARE_TOKEN_MFA_CODE"])
        return {"AuthenticationResult": {"IdToken": self.issued}}


@pytest.fixture
def pool(monkeypatch: pytest.MonkeyPatch) -> Target:
    """Return a stack with a user pool, and the variables of a user."""
    for variable, value in zip(sign_in.SIGN_IN, ("me", "secret", "123456"), strict=True):
        monkeypatch.setenv(variable, value)
    monkeypatch.setattr(sys, "stdin", io.StringIO())
    return target(UserPoolId="pool", UserPoolClientId="client")


def use(pool: Target, cognito: Cognito) -> Target:
    pool._clients["cognito-idp"] = cognito
    return pool


def test_a_user_signs_in_with_a_code_and_keeps_the_token_until_it_ends(
    pool: Target, tmp_path: Path
) -> None:
    file = tmp_path / "token.json"
    cognito = Cognito("SOFTWARE_TOKEN_MFA", token(time.time() + 3600))
    for _ in range(2):
        assert sign_in.user_of_account(use(pool, cognito), file) == cognito.issued
    assert cognito.codes == ["123456"]
    assert file.stat().st_mode & 0o777 == 0o600
    ending = Cognito("SOFTWARE_TOKEN_MFA", token(time.time() + sign_in.MINIMUM_SECONDS - 1))
    sign_in._keep(file, "pool me", ending.issued)
    assert sign_in.user_of_account(use(pool, ending), file) == ending.issued
    assert ending.codes == ["123456"]


def test_a_kept_token_is_not_used_for_another_user(
    pool: Target, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "token.json"
    sign_in._keep(file, "pool me", token(time.time() + 3600))
    monkeypatch.setenv("CALL_USER", "someone-else")
    theirs = Cognito("SOFTWARE_TOKEN_MFA", token(time.time() + 3601))
    assert sign_in.user_of_account(use(pool, theirs), file) == theirs.issued


def test_an_unfinished_first_sign_in_is_one_line(pool: Target) -> None:
    with pytest.raises(OperationError, match=r"'me' has to finish the first sign-in \(MFA_SETUP\)"):
        sign_in.sign_in(use(pool, Cognito("MFA_SETUP", "")))


def test_missing_credentials_of_a_user_name_the_variables(
    pool: Target, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CALL_PASSWORD")
    message = "no password to sign in with; set CALL_USER, CALL_PASSWORD, CALL_CODE, or use a term"
    with pytest.raises(OperationError, match=message):
        sign_in.sign_in(use(pool, Cognito("", "")))


POWERTOOLS = {
    "level": "WARNING",
    "location": "create:12",
    "message": "throttled",
    "timestamp": "2026-01-01 00:00:00,000+0000",
    "service": "service-api",
    "function_name": "function",
    "cold_start": True,
    "reason": "too many",
    "count": 2,
}
UNPACKED = "/tmp/emulator-x/ministack-lambda-service-dev-Api-1/code/api.py"
TRACE = f"""Traceback (most recent call last):
  File "/tmp/emulator-x/layer-y/python/aws_lambda_powertools/logger.py", line 1, in decorate
    return handler()
           ^^^^^^^^^
  File "{UNPACKED}", line 7, in handler
    fail()
ValueError: no
  with a second line"""
OWN_TRACE = [
    "Traceback (most recent call last):",
    '  File "service/api.py", line 7, in handler',
    "    fail()",
    "ValueError: no",
    "  with a second line",
]


def lines(**event: Any) -> list[str]:
    return [line for line, _ in logs.entries({"kind": "line", "function": "api", **event})]


def test_entries_of_powertools_are_one_line() -> None:
    assert lines(text=json.dumps(POWERTOOLS)) == [
        'WARNING throttled reason="too many" count=2 (create:12)'
    ]


def test_an_exception_of_powertools_shows_the_frames_of_the_service() -> None:
    entry = {**POWERTOOLS, "exception": TRACE, "stack_trace": {"type": "ValueError"}}
    assert lines(text=json.dumps(entry))[1:] == [f"  {line}" for line in OWN_TRACE]


def test_metrics_are_names_and_values() -> None:
    entry = {
        "_aws": {"CloudWatchMetrics": [{"Metrics": [{"Name": "Created"}, {"Name": "Seconds"}]}]},
        "service": "api",
        "Created": [1.0],
        "Seconds": [0.5, 0.25],
    }
    assert lines(text=json.dumps(entry)) == ["METRIC  Created=1 Seconds=[0.5, 0.25]"]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain", ["plain"]),
        ("  ", []),
        ('{"other": 1}', ['{"other": 1}']),
        ('{"level": broken', ['{"level": broken']),
        ("[1]", ["[1]"]),
        (f"{UNPACKED}:3", ["service/api.py:3"]),
    ],
)
def test_other_lines_are_unchanged_but_for_the_folder(text: str, shown: list[str]) -> None:
    assert lines(text=text) == shown


def test_the_outcome_of_an_invocation_is_one_line() -> None:
    end = {"kind": "end", "event": "GET /items", "milliseconds": 5, "error": None}
    assert lines(**end, status=200) == ["GET /items 200 in 5 ms"]
    records = {**end, "event": "3 records"}
    assert lines(**records, failed=1) == ["3 records in 5 ms, 1 of them failed"]
    failed = {**end, "error": "no", "trace": TRACE}
    assert lines(**failed) == [
        "GET /items failed in 5 ms: no",
        *(f"  {line}" for line in OWN_TRACE),
    ]
    silent = lines(**end, status=200, unlogged=True)
    assert silent[1:] == ["its role may not write logs, so AWS would show none of these lines"]


def test_lines_have_the_functions_name_and_no_colour_in_files() -> None:
    stream = io.StringIO()
    terminal = logs.Terminal(stream)
    terminal.align(["api", "worker"])
    terminal.event({"kind": "line", "function": "api", "text": "hello"})
    terminal.event({"kind": "broken", "function": "worker", "error": "no module"})
    assert [line[9:] for line in stream.getvalue().splitlines()] == [
        "api    hello",
        "worker does not start: no module",
    ]


def test_a_closed_terminal_is_no_error() -> None:
    class Closed(io.StringIO):
        def write(self, text: str) -> int:
            raise OSError(5, "Input/output error")

    logs.Terminal(Closed()).print("hello")


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Return a project with two modules."""
    for name in ("service", "infra", "build"):
        (tmp_path / name).mkdir()
    for name in ("service/api.py", "infra/stack.py", "app.py", "README.md"):
        (tmp_path / name).write_text("x = 1\n", encoding="utf-8")
    return tmp_path


def settled(found: saves.Saves) -> list[str]:
    """Return the files that changed, after they have stopped changing."""
    return [str(path) for path in [*found.changed(), *found.changed()]]


def test_saved_added_and_deleted_files_are_found_once(project: Path) -> None:
    found = saves.Saves(project)
    assert settled(found) == []
    (project / "service" / "api.py").write_text("x = 2  # longer\n", encoding="utf-8")
    (project / "service" / "new.json").write_text("{}", encoding="utf-8")
    (project / "infra" / "stack.py").unlink()
    (project / "app.py").write_text("x = 3  # longer\n", encoding="utf-8")
    (project / "build" / "dependencies.sha256").write_text("1", encoding="utf-8")
    assert settled(found) == [
        "app.py",
        "build/dependencies.sha256",
        "infra/stack.py",
        "service/api.py",
        "service/new.json",
    ]
    assert settled(found) == []


def test_a_file_that_still_changes_waits(project: Path) -> None:
    found = saves.Saves(project)
    (project / "app.py").write_text("", encoding="utf-8")
    assert found.changed() == []
    (project / "app.py").write_text("x = 4  # complete\n", encoding="utf-8")
    assert found.changed() == []
    assert found.changed() == [Path("app.py")]


@pytest.mark.parametrize(
    "name", ["README.md", "service/.api.py.swp", "service/api.py~", "service/__pycache__/a.pyc"]
)
def test_other_files_are_ignored(name: str, project: Path) -> None:
    found = saves.Saves(project)
    (project / name).parent.mkdir(exist_ok=True)
    (project / name).write_text("changed", encoding="utf-8")
    assert settled(found) == []


def test_a_save_without_a_change_is_ignored(project: Path) -> None:
    found = saves.Saves(project)
    os.utime(project / "app.py", (1, 1))
    assert settled(found) == []


def template(code: str, timeout: int = 1, handler: str = "api.handler") -> dict[str, Any]:
    properties = {"Handler": handler, "Code": {"S3Key": code}, "Timeout": timeout}
    return {"Resources": {"Api": {"Type": "AWS::Lambda::Function", "Properties": properties}}}


def test_only_code_of_the_service_is_replaced_without_a_deployment(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(updates, "SERVICE", project / "service")
    plain = updates.without_code
    assert plain(template("1.zip")) == plain(template("2.zip"))
    assert plain(template("1.zip")) != plain(template("1.zip", timeout=2))
    elsewhere = "index.handler"
    assert plain(template("1.zip", 1, elsewhere)) != plain(template("2.zip", 1, elsewhere))
    assert plain({}) == {}


def test_versions_of_changed_code_need_no_deployment() -> None:
    def with_version(code: str, other: str = "") -> dict[str, Any]:
        name = f"ApiFunctionCurrentVersion431267BE{code * 32}"
        alias = {"FunctionVersion": {"Fn::GetAtt": [name, "Version"]}, "Name": f"live{other}"}
        return {"Resources": {name: {"Type": "V"}, "Live": {"Type": "A", "Properties": alias}}}

    plain = updates.without_code
    assert plain(with_version("a")) == plain(with_version("b"))
    assert plain(with_version("a")) != plain(with_version("a", "ly"))


def test_changes_of_a_deployment_are_named() -> None:
    before = {"Resources": {"Kept": 1, "Changed": 1, "Removed": 1}}
    after = {"Resources": {"Kept": 1, "Changed": 2, "Added": 1}}
    assert updates.changes(before, after) == ["+Added", "-Removed", "~Changed"]


def test_functions_get_the_files_of_the_service_without_bytecode(project: Path) -> None:
    service = project / "service"
    (service / "parts" / "__pycache__").mkdir(parents=True)
    (service / "parts" / "data.json").write_text("{}", encoding="utf-8")
    (service / "parts" / "__pycache__" / "x.pyc").write_bytes(b"1")
    names = zipfile.ZipFile(io.BytesIO(updates.zipped(service))).namelist()
    assert names == ["api.py", "parts/data.json"]


def test_syntax_errors_are_named_with_their_line(project: Path) -> None:
    (project / "service" / "api.py").write_text("x = 1\ndef f(:\n", encoding="utf-8")
    assert list(updates.syntax_errors(project / "service")) == ["service/api.py:2: invalid syntax"]


REST = {
    "Resources": {
        "Api": {"Type": "AWS::ApiGateway::RestApi", "Properties": {}},
        "Items": {
            "Type": "AWS::ApiGateway::Resource",
            "Properties": {
                "PathPart": "items",
                "ParentId": {"Fn::GetAtt": ["Api", "RootResourceId"]},
            },
        },
        "Item": {
            "Type": "AWS::ApiGateway::Resource",
            "Properties": {"PathPart": "{id}", "ParentId": {"Ref": "Items"}},
        },
        **{
            f"{method}{parent}": {
                "Type": "AWS::ApiGateway::Method",
                "Properties": {"HttpMethod": method, "ResourceId": {"Ref": parent}},
            }
            for method, parent in (("GET", "Item"), ("POST", "Items"), ("GET", "Items"))
        },
    }
}


def test_examples_are_the_routes_of_a_rest_api() -> None:
    assert examples.examples(REST) == [
        "REQUEST='GET /items'",
        "REQUEST='POST /items' BODY='{...}'",
        "REQUEST='GET /items/{id}'",
    ]


@pytest.mark.parametrize(
    ("resource", "example"),
    [
        (
            {"Type": "AWS::ApiGatewayV2::Route", "Properties": {"RouteKey": "GET /items"}},
            "REQUEST='GET /items'",
        ),
        (
            {
                "Type": "AWS::Events::Rule",
                "Properties": {
                    "EventPattern": {
                        "source": ["aws.s3"],
                        "detail": {"object": {"key": [{"prefix": "incoming/"}]}},
                    }
                },
            },
            "REQUEST='upload incoming/FILE.json' BODY=@FILE.json",
        ),
        (
            {
                "Type": "AWS::Lambda::EventSourceMapping",
                "Properties": {"EventSourceArn": {"Fn::GetAtt": ["Named", "Arn"]}},
            },
            "REQUEST='send Orders' BODY=@FILE.json",
        ),
        (
            {
                "Type": "AWS::Lambda::EventSourceMapping",
                "Properties": {
                    "EventSourceArn": {"Fn::GetAtt": ["Named", "StreamArn"]},
                    "StartingPosition": "LATEST",
                },
            },
            "REQUEST='insert TABLE' BODY=@FILE.json",
        ),
        (
            {
                "Type": "AWS::Scheduler::Schedule",
                "Properties": {"Target": {"Arn": {"Fn::GetAtt": ["Function", "Arn"]}}},
            },
            "REQUEST='invoke WorkerFunction'",
        ),
    ],
)
def test_examples_start_workers(resource: dict[str, Any], example: str) -> None:
    outputs = {
        "OrdersUrl": {"Value": {"Ref": "Named"}},
        "WorkerFunctionArn": {"Value": {"Fn::GetAtt": ["Function", "Arn"]}},
    }
    assert examples.examples({"Resources": {"R": resource}, "Outputs": outputs}) == [example]


def test_errors_and_warnings_of_constructs_fail_a_synth(tmp_path: Path) -> None:
    entries = [{"type": "aws:cdk:warning", "data": "old"}, {"type": "aws:cdk:info", "data": "x"}]
    artifact = {
        "metadata": {"/s/A": [{"type": "aws:cdk:error", "data": "wrong"}]},
        "additionalMetadataFile": "s.metadata.json",
    }
    (tmp_path / "manifest.json").write_text(json.dumps({"artifacts": {"s": artifact}}), "utf-8")
    (tmp_path / "s.metadata.json").write_text(json.dumps({"/s/B": entries}), "utf-8")
    assert list(synthesis.messages(tmp_path)) == ["error at s/A: wrong", "warning at s/B: old"]


@pytest.fixture
def taken() -> Iterator[int]:
    """Yield a port on loopback that is in use."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def test_a_port_in_use_is_passed_over_or_rejected(taken: int) -> None:
    assert not dev.is_free(taken)
    assert dev.free_port(taken) > taken
    with pytest.raises(OperationError, match=rf"port {taken} is in use; try PORT=\d+"):
        dev._chosen(str(taken))


@pytest.mark.parametrize("text", ["x", "80", "70000", "-1"])
def test_an_invalid_port_is_rejected(text: str) -> None:
    with pytest.raises(OperationError, match=rf"PORT={text} is not between 1024 and 65535"):
        dev._chosen(text)


def test_an_unknown_module_to_debug_is_rejected(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (project / "service" / "worker.py").write_text("PERMISSIONS = {}\n", encoding="utf-8")
    monkeypatch.setattr(dev, "SERVICE", project / "service")
    with pytest.raises(OperationError, match=r"no service/nope.py to debug; try DEBUG=worker$"):
        dev._check_debugged("nope")


def test_the_first_signal_ends_and_the_next_are_ignored() -> None:
    before = {each: signal.getsignal(each) for each in dev.ENDING}
    try:
        dev._end_on_signals()
        with pytest.raises(dev.Ended):
            signal.raise_signal(signal.SIGHUP)
        for each in dev.ENDING:
            signal.raise_signal(each)
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)


class Screen(logs.Terminal):
    """A terminal in memory."""

    def __init__(self) -> None:
        self.text = io.StringIO()
        super().__init__(self.text)


def test_the_same_report_is_printed_once() -> None:
    screen: Any = Screen()
    options = development.Options(environment="dev", api_port=1)
    unused: Any = None
    one = development.Development(options, Path(), EMULATOR, unused, screen)
    one._keep_last("TAP000 wrong")
    one._keep_last("TAP000 wrong")
    shown = screen.text.getvalue()
    assert shown.count("TAP000") == 1
    assert "Not deployed: the last deployment still answers." in shown
    assert "Still not deployed: the last deployment still answers." in shown


def synth(project: Path, **modules: str) -> subprocess.CompletedProcess[str]:
    """Run a project's app in the process of a synth; it has no cdk.json, so nothing is loaded."""
    package = project / "tap_emulator" / "dev"
    package.mkdir(parents=True)
    shutil.copy(str(synthesis.__file__).replace("synthesis", "warm"), package)
    (project / "app.py").write_text("from infra import first\n", encoding="utf-8")
    for name, text in modules.items():
        (project / "infra" / f"{name}.py").write_text(text, encoding="utf-8")
    return subprocess.run(
        [sys.executable, "-m", "tap_emulator.dev.warm"],
        cwd=project,
        env={name: v for name, v in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"},
        input="\n",
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_synth_leaves_no_bytecode_that_hides_a_second_save(project: Path) -> None:
    done = synth(project, first="print('synthesized')\n")
    assert (done.returncode, done.stdout) == (0, "synthesized\n"), done.stderr
    assert not list((project / "infra").rglob("*.pyc"))


def test_the_traceback_of_a_synth_starts_in_infra(project: Path) -> None:
    done = synth(project, first="import infra.second\n", second="raise ValueError('no')\n")
    assert done.returncode == 1
    frames = [line.strip() for line in done.stderr.splitlines() if line.startswith("  File")]
    assert frames[0].endswith('infra/first.py", line 1, in <module>')
    assert done.stderr.endswith("ValueError: no\n")
    assert "runpy" not in done.stderr
