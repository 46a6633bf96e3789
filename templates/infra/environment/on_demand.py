"""Settings of the table."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Capacity:
    """The most request units a second that a table, and likewise each index, may serve.

    It limits the cost of an on-demand table: requests beyond it are throttled, and an alarm
    notifies at 80 % (https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/on-demand-capacity-mode-max-throughput.html).

    Args:
        max_read_units: read request units a second.
        max_write_units: write request units a second.

    Raises:
        ValueError: a value is below 1.
    """

    max_read_units: int
    max_write_units: int

    def __post_init__(self) -> None:
        if self.max_read_units < 1 or self.max_write_units < 1:
            raise ValueError(f"capacity {self!r} has a maximum below 1")

    @property
    def initial_write_units(self) -> tuple[str, int]:
        """The write units that are available at once, and the argument that sets them."""
        return "max_write_units", self.max_write_units
