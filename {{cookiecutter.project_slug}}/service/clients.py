"""Timeouts and retries of AWS clients, and errors that mean throttling."""

from botocore.config import Config
from botocore.exceptions import ClientError

ATTEMPTS = 2
# botocore waits up to a second before it repeats a throttled call, and up to five more where the
# service asks for it with `x-amz-retry-after`.
# https://docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html
WAIT_SECONDS = 6
THROTTLED = frozenset(
    {
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "ServiceUnavailable",
        "SlowDown",
        "Throttling",
        "ThrottlingException",
    }
)


def config(call_seconds: float) -> Config:
    """Return the settings of a client whose calls end within `call_seconds`, retries included.

    The SDK's own defaults wait 60 seconds for a connection and again for each answer, which is
    longer than most functions run.

    Raises:
        ValueError: `call_seconds` leaves no time for the attempts themselves.
    """
    attempt_seconds = (call_seconds - WAIT_SECONDS * (ATTEMPTS - 1)) / ATTEMPTS
    if attempt_seconds <= 0:
        raise ValueError(f"{call_seconds!r} seconds are too few for {ATTEMPTS} attempts")
    return Config(
        connect_timeout=attempt_seconds / 3,
        read_timeout=attempt_seconds * 2 / 3,
        retries={"mode": "standard", "total_max_attempts": ATTEMPTS},
    )


def is_throttled(error: ClientError) -> bool:
    """Return whether AWS throttled a call, which may succeed later."""
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode")
    return error.response["Error"]["Code"] in THROTTLED or status == 503
