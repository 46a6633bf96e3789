"""Permission checks of AWS that ministack lacks."""

import fnmatch
from typing import Any

from ministack.core import iam_evaluator
from ministack.core.responses import get_account_id, get_region
from ministack.services import iam, lambda_svc, sqs

QUEUE_READS = ("DeleteMessage", "GetQueueAttributes", "ReceiveMessage")
# Uses of the key by S3, DynamoDB and SQS in the caller's name.
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
_keys: dict[str, str] = {}  # by ARN of the bucket or table


def encrypt(resource: str, key: str) -> None:
    """Record the key of a bucket or a table."""
    _keys[resource] = key


def may(role: str, action: str, resource: str, context: dict[str, str] | None = None) -> bool:
    """Return whether a role's own policies allow an action, given the keys of a request."""
    account = role.split(":")[4]
    request = iam_evaluator.EvalContext(
        principal_arn=role,
        principal_type="AssumedRole",
        principal_account=account,
        action=action,
        resource_arn=resource,
        region=get_region(),
        source_ip="127.0.0.1",
        secure_transport=True,
        service_context={key.lower(): value for key, value in (context or {}).items()},
    )
    policies = iam_evaluator._gather_role_policies(role.rsplit("/", 1)[1], account)
    return bool(iam_evaluator.evaluate(request, policies).decision == "Allow")


def may_with_key(role: str, action: str, resource: str) -> bool:
    """Return `may` for the action, and for the resource's customer managed key, if any."""
    key = key_of(action, resource)
    return may(role, action, resource) and (
        key is None or may(role, KEY_USE[action], key, {"kms:ViaService": via_service(action)})
    )


def via_service(action: str) -> str:
    """Return `kms:ViaService` for a service that uses a key in the caller's name."""
    return f"{action.split(':')[0]}.{get_region()}.amazonaws.com"


def key_of(action: str, resource: str) -> str | None:
    """Return the ARN of the key that an action on a resource uses, if any."""
    if action not in KEY_USE:
        return None
    if action.startswith("sqs:"):
        queue = sqs._queue_by_arn(resource) or {"attributes": {}}
        return str(queue["attributes"].get("KmsMasterKeyId") or "") or None
    owner = resource.split("/index/")[0] if action.startswith("dynamodb:") else resource
    return _keys.get(owner if action.startswith("dynamodb:") else owner.split("/")[0])


def permits(func: Any, service: str, source: str) -> bool:
    """Return whether a function's own policy allows a service to invoke it for this source."""
    return any(
        statement["Effect"] == "Allow"
        and statement["Principal"].get("Service") == f"{service}.amazonaws.com"
        and any(
            fnmatch.fnmatchcase(source, pattern)
            for pattern in statement.get("Condition", {}).get("ArnLike", {}).values()
        )
        for statement in _statements(func)
    )


def called_as(func: Any) -> list[str]:
    """Return the qualifiers with which a function or version can have been called: '' first.

    An event does not say which alias was called; each alias of the version counts.
    """
    config = func["config"]
    base, version = lambda_svc._functions[config["FunctionName"]], config["Version"]
    names = [name for name, each in base["aliases"].items() if each["FunctionVersion"] == version]
    return ["" if version == "$LATEST" else version, *names]


def _statements(func: Any) -> list[Any]:
    """Return the statements about a function, or about a version and its aliases."""
    base = lambda_svc._functions[func["config"]["FunctionName"]]
    arn = base["config"]["FunctionArn"]
    arns = {f"{arn}:{name}" if name else arn for name in called_as(func)}
    return [each for each in base["policy"]["Statement"] if each["Resource"] in arns]


def add_function_arn_to_requests() -> None:
    """Add the function's ARN to requests of its code, as in AWS.

    Only the Lambda service can assume functions' roles, and `may` decides about its own requests.
    All other requests with credentials of the role are from the code.
    https://docs.aws.amazon.com/lambda/latest/dg/permissions-source-function-arn.html
    """
    plain = iam_evaluator.enforce

    def enforce(
        access_key: str,
        action: str,
        service: str,
        region: str,
        resource_arn: str = "*",
        service_context: dict[str, Any] | None = None,
    ) -> Any:
        context = {**(service_context or {}), **_function_of(access_key)}
        return plain(access_key, action, service, region, resource_arn, context)

    iam_evaluator.enforce = enforce


def _function_of(access_key: str) -> dict[str, str]:
    """Return the condition key with the function of these credentials."""
    principal = iam_evaluator.resolve_principal(access_key or "", get_account_id())
    _, _, rest = str(getattr(principal, "arn", "")).partition(":assumed-role/")
    role = f"/{rest.partition('/')[0]}"
    for function in lambda_svc._functions.values() if rest else ():
        config = function["config"]
        if config["Role"].endswith(role) and f":{get_account_id()}:" in config["Role"]:
            return {"lambda:SourceFunctionArn": config["FunctionArn"]}
    return {}


def enforce_keys() -> None:
    """Require permission for the key of data in S3, DynamoDB and SQS, as in AWS."""
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


def check_roles_of_event_sources() -> None:
    """Read queues with the function's role."""
    receive = sqs._receive_messages_for_esm

    def receive_as_role(url: str, count: int) -> list[dict[str, Any]]:
        arn = sqs._queues[url]["attributes"]["QueueArn"]
        mappings = [esm for esm in lambda_svc._esms.values() if esm["EventSourceArn"] == arn]
        roles = [lambda_svc._functions[esm["FunctionName"]]["config"]["Role"] for esm in mappings]
        readable = all(may(role, f"sqs:{name}", arn) for role in roles for name in QUEUE_READS)
        usable = all(may_with_key(role, "sqs:ReceiveMessage", arn) for role in roles)
        return receive(url, count) if readable and usable else []

    sqs._receive_messages_for_esm = receive_as_role


def may_log(config: dict[str, Any]) -> bool:
    """Return whether a function's role may write to its log group."""
    group = config.get("LoggingConfig", {}).get("LogGroup")
    group = group or f"/aws/lambda/{config['FunctionName']}"
    arn = f"arn:aws:logs:{get_region()}:{get_account_id()}:log-group:{group}:*"
    return all(may(config["Role"], f"logs:{a}", arn) for a in ("CreateLogStream", "PutLogEvents"))


def check_roles_of_destinations() -> None:
    """Deliver failures and logs with the function's role."""
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
        if may_log(func["config"]):
            logged(func, *args, **options)

    lambda_svc._route_async_failure = route
    lambda_svc._send_ddb_stream_failure_record = send
    lambda_svc._emit_lambda_logs = log


def simulate_conditions() -> None:
    """Evaluate the condition keys of a request in the policy simulator."""
    extract = iam._extract_simulate_params
    context: dict[str, str] = {}

    def extracted(parameters: dict[str, Any]) -> Any:
        context.clear()
        entry = "ContextEntries.member.{}".format
        number = 1
        while key := iam._p(parameters, f"{entry(number)}.ContextKeyName"):
            context[key] = iam._p(parameters, f"{entry(number)}.ContextKeyValues.member.1")
            number += 1
        return extract(parameters)

    def results(actions: list[str], resource: str, principal: str, *_: Any) -> str:
        return "".join(
            f"<member><EvalActionName>{action}</EvalActionName>"
            f"<EvalResourceName>{resource}</EvalResourceName><EvalDecision>"
            f"{'allowed' if may(principal, action, resource, context) else 'implicitDeny'}"
            "</EvalDecision></member>"
            for action in actions
        )

    iam._extract_simulate_params = extracted
    iam._build_simulate_results_real = results
