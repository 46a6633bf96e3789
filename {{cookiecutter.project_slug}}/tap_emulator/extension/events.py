"""Delivery of events, retries and failure destinations, with short waits."""

import json
import time
from typing import Any

from ministack.services import eventbridge, lambda_svc, scheduler, sqs
from roles import called_as, may, permits

# AWS waits minutes between tries, and schedules run every few minutes.
FASTER = 300
SLOWER = 6
RETRY_SECONDS = 0.3
STREAM_READS = ("DescribeStream", "GetRecords", "GetShardIterator", "ListStreams")


def add_stream_retries() -> None:
    """Add partial failures, bisecting, retries and the failure destination of DynamoDB streams."""
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


def invoke_asynchronously() -> None:
    """Check the target's permission for EventBridge, and retry failed events in Lambda.

    Retries and failure destination are those of the alias that was called.
    """

    def targeted(
        target: dict[str, Any], event: Any, rule: dict[str, Any], view: Any = None
    ) -> None:
        arn = target["Arn"]
        if ":sqs:" in arn and not sqs.queue_policy_allows(
            arn, "events.amazonaws.com", rule["Arn"], rule["Arn"].split(":")[4]
        ):
            return
        if ":lambda:" not in arn:
            other(target, event, rule, view)
            return
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

    def retried(func: Any, payload: Any) -> None:
        base = lambda_svc._functions[func["config"]["FunctionName"]]
        configs = base.get("event_invoke_configs") or {}
        names = ("$LATEST" if name == "" else name for name in called_as(func))
        found = next((configs[name] for name in names if name in configs), None)
        retry({**func, "event_invoke_config": found} if found else func, payload)

    other, retry = eventbridge._invoke_target, lambda_svc.invoke_async_with_retry
    eventbridge._invoke_target = targeted
    lambda_svc.invoke_async_with_retry = retried


def return_failed_messages_at_once() -> None:
    """Make failed messages visible at once, instead of after the visibility timeout."""
    run = lambda_svc._run_sqs_batch

    def run_sooner(esm: Any, func: Any, event: Any, batch: Any, url: str, name: str) -> None:
        run(esm, func, event, batch, url, name)
        for message in batch:
            message["visible_at"] = min(message["visible_at"], time.time() + RETRY_SECONDS)

    lambda_svc._run_sqs_batch = run_sooner


def extend_timeouts() -> None:
    """Extend timeouts: ten cold starts on a laptop take longer than on AWS."""
    execute = lambda_svc._execute_function

    def executed(func: Any, event: Any) -> Any:
        config = {**func["config"], "Timeout": func["config"]["Timeout"] * SLOWER}
        return execute({**func, "config": config}, event)

    lambda_svc._execute_function = executed


def run_schedules_faster() -> None:
    """Run schedules of minutes every few seconds."""
    seconds = eventbridge._parse_rate_seconds
    scheduler._SCHEDULE_TICK_INTERVAL = 1
    eventbridge._parse_rate_seconds = lambda rate: (seconds(rate) or 0) / FASTER or None
