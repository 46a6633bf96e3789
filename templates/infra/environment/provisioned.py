"""Settings of the table."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Capacity:
    """The capacity units a second between which a table, and likewise each index, scales.

    Reads and writes scale separately, at 70 % utilization.

    Args:
        min_units: the least read units and write units, which are always paid for.
        max_read_units: the most read units; an alarm notifies at 80 % of them.
        max_write_units: the most write units, likewise.

    Raises:
        ValueError: a maximum is below min_units, or min_units below 1.
    """

    min_units: int
    max_read_units: int
    max_write_units: int

    def __post_init__(self) -> None:
        if not 1 <= self.min_units <= min(self.max_read_units, self.max_write_units):
            raise ValueError(f"capacity {self!r} is not 1 <= min_units <= max_..._units")

    @property
    def initial_write_units(self) -> tuple[str, int]:
        """The write units that are available before scaling, and the argument that sets them."""
        return "min_units", self.min_units
