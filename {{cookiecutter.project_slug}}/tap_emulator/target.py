"""A deployed stack for the tests, on the emulator or in an AWS account."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

import boto3
import urllib3
from botocore.config import Config

from tap_emulator.emulator import Emulator

Found = TypeVar("Found")

POLL_SECONDS = 0.2
# AWS retries failed events after minutes, and indexes and logs lag; the emulator doesn't wait.
EMULATOR_PATIENCE_SECONDS = 30
ACCOUNT_PATIENCE_SECONDS = 30 * 60


@dataclass(frozen=True, kw_only=True)
class Target:
    """One environment of this project, deployed; `emulator` is None in an AWS account."""

    stack: str
    outputs: dict[str, str]
    session: boto3.Session
    emulator: Emulator | None
    patience: float
    _clients: dict[str, Any] = field(default_factory=dict, repr=False)

    def client(self, service: str) -> Any:
        """Return a client of an AWS service, with the caller's credentials."""
        if service not in self._clients:
            self._clients[service] = self.session.client(service)
        return self._clients[service]

    def plain_s3(self) -> Any:
        """Return a client for S3 over plain HTTP."""
        endpoint = self.emulator.plain_endpoint if self.emulator else None
        once = Config(retries={"total_max_attempts": 1}, s3={"addressing_style": "path"})
        return self.session.client("s3", endpoint_url=endpoint, use_ssl=False, config=once)

    def url(self, path: str) -> str:
        """Return the URL of a path of the API; the emulator serves every API on one port."""
        if self.emulator is None:
            return f"{self.outputs['ApiUrl']}{path}"
        api, stage = self.outputs["ApiArn"].split(":")[-1].split("/")[:2]
        return f"{self.emulator.endpoint}/_aws/execute-api/{api}/{stage}/{path}"

    def http(self) -> urllib3.PoolManager:
        """Return a connection pool for the API."""
        certificates = self.emulator.certificate if self.emulator else None
        return urllib3.PoolManager(ca_certs=certificates, maxsize=10, retries=False, timeout=120)

    def eventually(self, look: Callable[[], Found | None], what: str) -> Found:
        """Poll until `look` returns a result, and return it.

        Raises:
            AssertionError: no result in time.
        """
        deadline = time.monotonic() + self.patience
        while time.monotonic() < deadline:
            found = look()
            if found:
                return found
            time.sleep(POLL_SECONDS)
        raise AssertionError(f"timed out after {self.patience} seconds waiting for {what}")

    def may(
        self,
        role: str,
        action: str,
        resource: str = "*",
        context: Mapping[str, str] | None = None,
    ) -> bool:
        """Return whether a role of the stack is allowed an action, given the keys of a request."""
        answer = self.client("iam").simulate_principal_policy(
            PolicySourceArn=role,
            ActionNames=[action],
            ResourceArns=[resource],
            ContextEntries=[
                {"ContextKeyName": key, "ContextKeyType": "string", "ContextKeyValues": [value]}
                for key, value in (context or {}).items()
            ],
        )
        return bool(answer["EvaluationResults"][0]["EvalDecision"] == "allowed")

    def messages(self, queue_url: str, wanted: Callable[[str], bool]) -> list[str]:
        """Remove and return the wanted messages of a queue, and leave the others."""
        sqs = self.client("sqs")
        answer = sqs.receive_message(
            QueueUrl=queue_url, MaxNumberOfMessages=10, VisibilityTimeout=5, WaitTimeSeconds=1
        )
        taken = [message for message in answer.get("Messages", []) if wanted(message["Body"])]
        for message in taken:
            sqs.delete_message(QueueUrl=queue_url, ReceiptHandle=message["ReceiptHandle"])
        return [message["Body"] for message in taken]

    def drained(self, queue_url: str) -> bool:
        """Return whether a queue has no messages, visible or not."""
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        sqs = self.client("sqs")
        found = sqs.get_queue_attributes(QueueUrl=queue_url, AttributeNames=names)["Attributes"]
        return all(found[name] == "0" for name in names)

    def queue_url(self, arn: str) -> str:
        """Return the URL of a queue of the stack."""
        name = arn.rsplit(":", maxsplit=1)[1]
        return str(self.client("sqs").get_queue_url(QueueName=name)["QueueUrl"])

    def logged(self, function_arn: str, since: int) -> bool:
        """Return whether a function has logged since a time (milliseconds of the epoch)."""
        name = self.client("lambda").get_function_configuration(FunctionName=function_arn)
        group = name["LoggingConfig"]["LogGroup"]
        page = self.client("logs").filter_log_events(logGroupName=group, startTime=since, limit=1)
        return bool(page["events"])
