class Environment:
    """Settings.

    Args:
        monthly_budget_usd: cost in a month, in whole USD, at which AWS Budgets notifies.
    """

    monthly_budget_usd: int

    def __post_init__(self) -> None:
        if self.monthly_budget_usd < 1:
            raise ValueError(
                f"monthly_budget_usd {self.monthly_budget_usd!r} of {self.name!r} is less than 1;"
                " try 50"
            )
