"""Runs ministack with what it lacks for this project; `emulator.py` starts it.

ministack 1.5.33 accepts most of CloudFormation, but not all types, and AWS asks a role for its
permissions in more places than ministack does. Each function below adds one such thing, through
ministack's own API where it has one. Names with an underscore are private to ministack, so its
version is pinned exactly in requirements/live.in, and a test fails where one of them has gone.
"""

import fnmatch
import json
import os
import shutil
import sys
import threading
import time
from collections.abc import Callable
from typing import Any

import boto3
from ministack import app
from ministack.core import iam_evaluator
from ministack.core.responses import (
    get_account_id,
    get_region,
    set_request_account_id,
    set_request_region,
)
from ministack.services import (
    apigateway,
    apigateway_v1,
    cognito,
    eventbridge,
    iam,
    lambda_svc,
    scheduler,
    sqs,
)
from ministack.services.cloudformation import provisioners, stacks

# AWS waits for minutes before it tries again, and a schedule runs every few minutes.
FASTER = 300
RETRY_SECONDS = 0.3
STREAM_READS = ("DescribeStream", "GetRecords", "GetShardIterator", "ListStreams")
QUEUE_READS = ("DeleteMessage", "GetQueueAttributes", "ReceiveMessage")
INTERFACE_ACTIONS = {
    "ec2:CreateNetworkInterface": "network-interface/*",
    "ec2:DeleteNetworkInterface": "network-interface/*",
    "ec2:AssignPrivateIpAddresses": "network-interface/*",
    "ec2:UnassignPrivateIpAddresses": "network-interface/*",
    "ec2:DescribeNetworkInterfaces": None,
    "ec2:DescribeSubnets": None,
}
# What S3, DynamoDB and SQS do with the key in the caller's name.
KEY_USE = {
    "s3:GetObject": "kms:Decrypt",
    "s3:PutObject": "kms:GenerateDataKey",
    "dynamodb:DeleteItem": "kms:Decrypt",
    "dynamodb:GetItem": "kms:Decrypt",
    "dynamodb:PutItem": "kms:Decrypt",
    "dynamodb:Query": "kms:Decrypt",
    "sqs:SendMessage": "kms:GenerateDataKey",
    "sqs:ReceiveMessage": "kms:Decrypt",
}
Props = dict[str, Any]
Made = tuple[str, dict[str, str]]
Create = Callable[..., Made]
_keys: dict[str, str] = {}  # by ARN of the bucket or table


def may(role: str, action: str, resource: str, via: str | None = None) -> bool:
    """Tell whether a role's own policies allow an action."""
    account = role.split(":")[4]
    context = iam_evaluator.EvalContext(
        principal_arn=role,
        principal_type="AssumedRole",
        principal_account=account,
        action=action,
        resource_arn=resource,
        region=get_region(),
        source_ip="127.0.0.1",
        secure_transport=True,
        service_context={"kms:viaservice": via} if via else {},
    )
    policies = iam_evaluator._gather_role_policies(role.rsplit("/", 1)[1], account)
    return bool(iam_evaluator.evaluate(context, policies).decision == "Allow")


def may_with_key(role: str, action: str, resource: str) -> bool:
    """`may`, and if the resource is encrypted with a key of the account, that key as well."""
    key = key_of(action, resource)
    return may(role, action, resource) and (
        key is None or may(role, KEY_USE[action], key, via=via_service(action))
    )


def via_service(action: str) -> str:
    """What `kms:ViaService` is when a service uses a key in the caller's name."""
    return f"{action.split(':')[0]}.{get_region()}.amazonaws.com"


def key_of(action: str, resource: str) -> str | None:
    """The ARN of the key that this action on this resource uses, if it uses one."""
    if action not in KEY_USE:
        return None
    if action.startswith("sqs:"):
        queue = sqs._queue_by_arn(resource) or {"attributes": {}}
        return str(queue["attributes"].get("KmsMasterKeyId") or "") or None
    owner = resource.split("/index/")[0] if action.startswith("dynamodb:") else resource
    return _keys.get(owner if action.startswith("dynamodb:") else owner.split("/")[0])


def enforce_keys() -> None:
    """A caller of S3, DynamoDB or SQS needs the key of what it reads or writes, as in AWS."""
    plain = iam_evaluator.enforce

    def enforce(
        access_key: str,
        action: str,
        service: str,
        region: str,
        resource_arn: str = "*",
        service_context: dict[str, Any] | None = None,
    ) -> Any:
        denied = plain(access_key, action, service, region, resource_arn, service_context)
        key = None if denied else key_of(action, resource_arn)
        if key is None:
            return denied
        context = {"kms:ViaService": via_service(action)}
        return plain(access_key, KEY_USE[action], "kms", region, key, context)

    iam_evaluator.enforce = enforce


def client(service: str) -> Any:
    """A client of this very emulator, as the root user of the account that is served."""
    return boto3.client(
        service,
        region_name=get_region(),
        aws_access_key_id=get_account_id(),
        aws_secret_access_key="test",
    )


def add_resource_types() -> None:
    """The types that ministack's CloudFormation refuses; Application Auto Scaling is only noted."""

    def address(_: str, props: Props, __: str) -> Made:
        made = client("ec2").allocate_address(Domain="vpc")
        return made["PublicIp"], {
            "AllocationId": made["AllocationId"],
            "PublicIp": made["PublicIp"],
        }

    def gateway(_: str, props: Props, __: str) -> Made:
        made = client("ec2").create_nat_gateway(
            SubnetId=props["SubnetId"], AllocationId=props["AllocationId"]
        )
        identifier = made["NatGateway"]["NatGatewayId"]
        return identifier, {"NatGatewayId": identifier}

    def flow_log(_: str, props: Props, __: str) -> Made:
        kept = {name: props[name] for name in props.keys() - {"ResourceId", "Tags"}}
        made = client("ec2").create_flow_logs(ResourceIds=[props["ResourceId"]], **kept)
        return made["FlowLogIds"][0], {"Id": made["FlowLogIds"][0]}

    def trail(_: str, props: Props, __: str) -> Made:
        made = client("cloudtrail").create_trail(
            Name=props["TrailName"],
            S3BucketName=props["S3BucketName"],
            EnableLogFileValidation=bool(props.get("EnableLogFileValidation")),
        )
        if props["IsLogging"]:
            client("cloudtrail").start_logging(Name=props["TrailName"])
        return props["TrailName"], {"Arn": made["TrailARN"]}

    def provider(_: str, props: Props, __: str) -> Made:
        made = client("iam").create_open_id_connect_provider(
            Url=props["Url"], ClientIDList=props["ClientIdList"]
        )
        return made["OpenIDConnectProviderArn"], {"Arn": made["OpenIDConnectProviderArn"]}

    def noted(logical_id: str, props: Props, stack: str) -> Made:
        return f"{stack}-{logical_id}", {"Id": f"{stack}-{logical_id}", "Arn": logical_id}

    def forget(physical_id: str, props: Props) -> None:
        """Nothing to delete."""

    def delete(
        service: str, operation: str, parameter: str, many: bool = False
    ) -> Callable[..., None]:
        def run(physical_id: str, props: Props) -> None:
            value = [physical_id] if many else physical_id
            getattr(client(service), operation)(**{parameter: value})

        return run

    created = {
        "AWS::EC2::EIP": (address, delete("ec2", "release_address", "PublicIp")),
        "AWS::EC2::NatGateway": (gateway, delete("ec2", "delete_nat_gateway", "NatGatewayId")),
        "AWS::EC2::FlowLog": (flow_log, delete("ec2", "delete_flow_logs", "FlowLogIds", many=True)),
        "AWS::CloudTrail::Trail": (trail, delete("cloudtrail", "delete_trail", "Name")),
        "AWS::IAM::OIDCProvider": (
            provider,
            delete("iam", "delete_open_id_connect_provider", "OpenIDConnectProviderArn"),
        ),
        "AWS::ApplicationAutoScaling::ScalableTarget": (noted, forget),
        "AWS::ApplicationAutoScaling::ScalingPolicy": (noted, forget),
    }
    known = stacks._runs_on_worker_thread
    stacks._runs_on_worker_thread = lambda kind: kind in created or known(kind)
    for kind, (create, remove) in created.items():
        provisioners._RESOURCE_HANDLERS[kind] = {
            "create": create,
            "update": lambda physical_id, old, new, stack: (physical_id, {}),
            "delete": remove,
        }


def wrap(kind: str, step: str, around: Callable[..., Any]) -> None:
    """Put a function around one step of the life of a resource type."""
    handler = provisioners._RESOURCE_HANDLERS[kind]
    plain = handler[step]
    handler[step] = lambda *args: around(plain, *args)


def hold_resources_to_more() -> None:
    """Buckets and tables have keys, full buckets stay, a function's role can join its VPC."""

    def bucket(create: Create, logical_id: str, props: Props, stack: str) -> Made:
        name, attributes = create(logical_id, props, stack)
        rules = props.get("BucketEncryption", {}).get("ServerSideEncryptionConfiguration", [])
        for rule in rules:
            key = rule["ServerSideEncryptionByDefault"].get("KMSMasterKeyID")
            if key:
                _keys[attributes["Arn"]] = key
        return name, attributes

    def empty_bucket(delete: Callable[..., None], name: str, props: Props) -> None:
        left = client("s3").list_object_versions(Bucket=name, MaxKeys=1)
        if left.get("Versions") or left.get("DeleteMarkers"):
            raise ValueError(f"The bucket you tried to delete is not empty: {name}")
        delete(name, props)

    def table(create: Create, logical_id: str, props: Props, stack: str) -> Made:
        name, attributes = create(logical_id, props, stack)
        key = props.get("SSESpecification", {}).get("KMSMasterKeyId")
        if key:
            _keys[attributes["Arn"]] = key
        return name, attributes

    def function(create: Create, logical_id: str, props: Props, stack: str) -> Made:
        for action, resource in INTERFACE_ACTIONS.items() if props.get("VpcConfig") else ():
            arn = f"arn:aws:ec2:{get_region()}:{get_account_id()}:{resource}" if resource else "*"
            if not may(props["Role"], action, arn):
                name = action.split(":")[1]
                raise ValueError(
                    f"The provided execution role does not have permissions to call {name} on EC2"
                )
        return create(logical_id, props, stack)

    def alarm(create: Create, logical_id: str, props: Props, stack: str) -> Made:
        """An alarm on a sum of metrics is kept as one on the first of them."""
        for metric in props.get("Metrics", []):
            if "MetricStat" in metric:
                first = metric["MetricStat"]
                plain = {"Period": first["Period"], "Statistic": first["Stat"], **first["Metric"]}
                kept = {name: value for name, value in props.items() if name != "Metrics"}
                return create(logical_id, {**kept, **plain}, stack)
        return create(logical_id, props, stack)

    wrap("AWS::CloudWatch::Alarm", "create", alarm)
    wrap("AWS::S3::Bucket", "create", bucket)
    wrap("AWS::S3::Bucket", "delete", empty_bucket)
    wrap("AWS::DynamoDB::Table", "create", table)
    wrap("AWS::Lambda::Function", "create", function)
    known = stacks._runs_on_worker_thread
    stacks._runs_on_worker_thread = lambda kind: kind == "AWS::S3::Bucket" or known(kind)


def ask_roles_of_event_sources() -> None:
    """Lambda reads a queue as the function's role; a failed message is seen again at once."""
    receive = sqs._receive_messages_for_esm
    run = lambda_svc._run_sqs_batch

    def receive_as_role(url: str, count: int) -> list[dict[str, Any]]:
        arn = sqs._queues[url]["attributes"]["QueueArn"]
        mappings = [esm for esm in lambda_svc._esms.values() if esm["EventSourceArn"] == arn]
        roles = [lambda_svc._functions[esm["FunctionName"]]["config"]["Role"] for esm in mappings]
        readable = all(may(role, f"sqs:{name}", arn) for role in roles for name in QUEUE_READS)
        usable = all(may_with_key(role, "sqs:ReceiveMessage", arn) for role in roles)
        return receive(url, count) if readable and usable else []

    def run_sooner(esm: Any, func: Any, event: Any, batch: Any, url: str, name: str) -> None:
        run(esm, func, event, batch, url, name)
        for message in batch:
            message["visible_at"] = min(message["visible_at"], time.time() + RETRY_SECONDS)

    sqs._receive_messages_for_esm = receive_as_role
    lambda_svc._run_sqs_batch = run_sooner


def follow_streams_as_lambda_does() -> None:
    """Partial failures, bisecting, retries and the failure destination of DynamoDB streams."""
    execute = lambda_svc._execute_function

    def try_records(esm: dict[str, Any], func: Any, records: list[Any], tries: int) -> None:
        result = execute(func, {"Records": records})
        if not result.get("error"):
            body = result.get("body")
            failures = body.get("batchItemFailures", []) if isinstance(body, dict) else []
            failed = {failure["itemIdentifier"] for failure in failures}
            at = [n for n, r in enumerate(records) if r["dynamodb"]["SequenceNumber"] in failed]
            if not at:
                return
            records = records[at[0] :]
        if len(records) > 1 and esm.get("BisectBatchOnFunctionError"):
            half = len(records) // 2
            try_records(esm, func, records[:half], tries)
            try_records(esm, func, records[half:], tries)
        elif tries < int(esm.get("MaximumRetryAttempts", -1)):
            time.sleep(RETRY_SECONDS)
            try_records(esm, func, records, tries + 1)
        else:
            lambda_svc._send_ddb_stream_failure_record(
                esm, func, records, esm["EventSourceArn"], result, "RetryAttemptsExhausted"
            )

    def execute_records(func: Any, event: Any) -> Any:
        records = event.get("Records", []) if isinstance(event, dict) else []
        if not records or records[0].get("eventSource") != "aws:dynamodb":
            return execute(func, event)
        config = func["config"]
        arn = records[0]["eventSourceARN"]
        if not all(may(config["Role"], f"dynamodb:{name}", arn) for name in STREAM_READS):
            return {"error": True, "body": {"errorMessage": "the role may not read the stream"}}
        (esm,) = (
            esm
            for esm in lambda_svc._esms.values()
            if esm["EventSourceArn"] == arn and esm["FunctionName"] == config["FunctionName"]
        )
        try_records(esm, func, records, 0)
        return {"body": None}

    lambda_svc._execute_function = execute_records


def ask_roles_of_destinations() -> None:
    """Failures and logs are delivered as the function's role."""
    invoked = lambda_svc._route_async_failure
    streamed = lambda_svc._send_ddb_stream_failure_record
    logged = lambda_svc._emit_lambda_logs

    def route(target: str, name: str, event: Any, result: Any) -> None:
        if may_with_key(lambda_svc._functions[name]["config"]["Role"], "sqs:SendMessage", target):
            invoked(target, name, event, result)

    def send(esm: dict[str, Any], func: Any, *args: Any) -> None:
        target = esm["DestinationConfig"]["OnFailure"]["Destination"]
        if may_with_key(func["config"]["Role"], "sqs:SendMessage", target):
            streamed(esm, func, *args)

    def log(func: Any, *args: Any, **options: Any) -> None:
        config = func["config"]
        group = config["LoggingConfig"]["LogGroup"]
        arn = f"arn:aws:logs:{get_region()}:{get_account_id()}:log-group:{group}:*"
        if all(may(config["Role"], f"logs:{a}", arn) for a in ("CreateLogStream", "PutLogEvents")):
            logged(func, *args, **options)

    lambda_svc._route_async_failure = route
    lambda_svc._send_ddb_stream_failure_record = send
    lambda_svc._emit_lambda_logs = log


def invoke_asynchronously() -> None:
    """EventBridge needs the function's permission, and Lambda tries a failed event again."""

    def targeted(target: Props, event: Any, rule: Props, view: Any = None) -> None:
        arn = target["Arn"]
        if ":lambda:" not in arn:
            return other(target, event, rule, view)
        func, _, _ = lambda_svc._get_func_record_for_ref(arn)
        role = target.get("RoleArn")
        if (
            may(role, "lambda:InvokeFunction", arn)
            if role
            else permits(func, "events", rule["Arn"])
        ):
            seen = view or eventbridge._pattern_event_view(event)
            payload = json.loads(target.get("Input") or json.dumps(seen.event_with_detail()))
            lambda_svc.invoke_async_with_retry(func, payload)
        return None

    other = eventbridge._invoke_target
    eventbridge._invoke_target = targeted


def answer_without_a_body() -> None:
    """A function may answer with no body at all, such as 204."""
    send = app._send_response

    async def respond(to: Any, status: int, headers: Any, body: Any, **options: Any) -> None:
        await send(to, status, headers, b"" if body is None else body, **options)

    app._send_response = respond


def find_the_api_of_strangers() -> None:
    """A request without an AWS signature belongs to the account that has the API."""
    handle = app._handle_execute_api_request

    async def handled(
        host: str, path: str, method: str, headers: Any, body: Any, query: Any, **raw: Any
    ) -> Any:
        wanted = app._parse_execute_api_url(host, path)
        if wanted and not app.extract_access_key_id(headers, query):
            for apis in (apigateway._apis, apigateway_v1._rest_apis):
                for (account, region, identifier), _ in apis.all_items():
                    if identifier == wanted[0]:
                        set_request_account_id(account)
                        set_request_region(region)
        return await handle(host, path, method, headers, body, query, **raw)

    app._handle_execute_api_request = handled


def permits(func: Any, service: str, source: str) -> bool:
    """Tell whether a function's own policy lets a service call it for this source."""
    return any(
        statement["Effect"] == "Allow"
        and statement["Principal"].get("Service") == f"{service}.amazonaws.com"
        and any(
            fnmatch.fnmatchcase(source, pattern)
            for pattern in statement.get("Condition", {}).get("ArnLike", {}).values()
        )
        for statement in func["policy"]["Statement"]
    )


def call_from_an_api_as_aws_does() -> None:
    """An API needs the function's permission, and a named stage is part of an HTTP API's path."""
    execute = lambda_svc._execute_function

    def executed(func: Any, event: Any) -> Any:
        context = event.get("requestContext", {}) if isinstance(event, dict) else {}
        if "apiId" not in context:
            return execute(func, event)
        method, _, path = context.get("routeKey", "").partition(" ")
        if "resourcePath" in context:
            method, path = context["httpMethod"], context["resourcePath"]
        api = f"{context['apiId']}/{context['stage']}/{method}{path}"
        arn = f"arn:aws:execute-api:{get_region()}:{get_account_id()}:{api}"
        if not permits(func, "apigateway", arn):
            return {"error": True, "body": {"errorMessage": "the API may not call the function"}}
        if "rawPath" in event and context["stage"] != "$default":
            event["rawPath"] = f"/{context['stage']}{event['rawPath']}"
            context["http"]["path"] = event["rawPath"]
        return execute(func, event)

    lambda_svc._execute_function = executed


def insist_on_the_second_factor() -> None:
    """Where a pool requires a second factor, a new password alone gives no tokens."""
    respond = cognito._admin_respond_to_auth_challenge

    def answered(data: dict[str, Any]) -> Any:
        response = respond(data)
        pool, _ = cognito._resolve_pool(data.get("UserPoolId"))
        first = data.get("ChallengeName") == "NEW_PASSWORD_REQUIRED"
        if response[0] == 200 and first and pool["MfaConfiguration"] == "ON":
            challenge = {
                "ChallengeName": "MFA_SETUP",
                "ChallengeParameters": {},
                "Session": "x" * 32,
            }
            return cognito.json_response(challenge)
        return response

    cognito._admin_respond_to_auth_challenge = answered


def simulate_conditions() -> None:
    """The policy simulator takes notice of the service that a key is used through."""
    extract = iam._extract_simulate_params
    via: list[str] = []

    def extracted(parameters: dict[str, Any]) -> Any:
        via[:] = [iam._p(parameters, "ContextEntries.member.1.ContextKeyValues.member.1")]
        return extract(parameters)

    def results(actions: list[str], resource: str, principal: str, *_: Any) -> str:
        return "".join(
            f"<member><EvalActionName>{action}</EvalActionName>"
            f"<EvalResourceName>{resource}</EvalResourceName><EvalDecision>"
            f"{'allowed' if may(principal, action, resource, via[0]) else 'implicitDeny'}"
            "</EvalDecision></member>"
            for action in actions
        )

    iam._extract_simulate_params = extracted
    iam._build_simulate_results_real = results


def run_schedules_faster() -> None:
    """A schedule of minutes runs every few seconds."""
    seconds = eventbridge._parse_rate_seconds
    scheduler._SCHEDULE_TICK_INTERVAL = 1
    eventbridge._parse_rate_seconds = lambda rate: (seconds(rate) or 0) / FASTER or None


def end_with_parent() -> None:
    """End, and leave nothing behind, when whoever started this is gone: its pipe closes then."""

    def wait() -> None:
        sys.stdin.buffer.read()
        shutil.rmtree(os.environ["STATE_DIR"], ignore_errors=True)
        os.killpg(0, 9)

    threading.Thread(target=wait, daemon=True).start()


def main() -> None:
    """Extend ministack, then serve until the parent process ends."""
    end_with_parent()
    for extend in (
        add_resource_types,
        hold_resources_to_more,
        enforce_keys,
        ask_roles_of_event_sources,
        follow_streams_as_lambda_does,
        ask_roles_of_destinations,
        invoke_asynchronously,
        answer_without_a_body,
        find_the_api_of_strangers,
        call_from_an_api_as_aws_does,
        insist_on_the_second_factor,
        simulate_conditions,
        run_schedules_faster,
    ):
        extend()
    app._port_is_bindable = lambda *_: False  # it would bind port 443 as well
    apigateway._PORT = os.environ["HTTP_PORT"]  # where it fetches the keys of tokens, over HTTP
    app._HypercornConfig._insecure_bind = [f"127.0.0.1:{os.environ['HTTP_PORT']}"]
    sys.argv = ["ministack"]
    app.main()


if __name__ == "__main__":
    main()
