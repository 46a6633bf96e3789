"""A check of `make doctor` that failed."""


class Problem(Exception):
    """A check that failed: the problem, and the command or setting that fixes it."""

    def __init__(self, problem: str, remedy: str) -> None:
        super().__init__(f"{problem}; try: {remedy}")
