"""Settings of a Lambda function."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class FunctionSize:
    """Memory and timeout of a function.

    Lambda allocates CPU in proportion to memory, so more memory is often faster at the same price;
    docs/operations.md explains how to measure and change it.

    Args:
        memory_mib: 128 to 10240 MiB.
        timeout_seconds: 1 to 900 seconds.

    Raises:
        ValueError: a value is outside these limits.
    """

    memory_mib: int
    timeout_seconds: int

    def __post_init__(self) -> None:
        if not 128 <= self.memory_mib <= 10240:
            raise ValueError(f"memory_mib {self.memory_mib!r} is not between 128 and 10240")
        if not 1 <= self.timeout_seconds <= 900:
            raise ValueError(f"timeout_seconds {self.timeout_seconds!r} is not between 1 and 900")
