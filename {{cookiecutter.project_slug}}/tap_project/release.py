"""The release of functions as a setting, without the CDK."""

from __future__ import annotations

from dataclasses import dataclass

from tap_guardrails.regions import offers

# CodeDeploy's canaries for functions, by percent and minutes.
# https://docs.aws.amazon.com/codedeploy/latest/userguide/deployment-configurations.html#deployment-configuration-lambda
CANARIES = {
    (10, 5): "CodeDeployDefault.LambdaCanary10Percent5Minutes",
    (10, 10): "CodeDeployDefault.LambdaCanary10Percent10Minutes",
    (10, 15): "CodeDeployDefault.LambdaCanary10Percent15Minutes",
    (10, 30): "CodeDeployDefault.LambdaCanary10Percent30Minutes",
}
UNSHIFTED = (100, 0)


@dataclass(frozen=True, kw_only=True)
class Release:
    """How a new version of each function gets its invocations.

    By default, all of them at once. `Release(percent=10, minutes=5)` is a canary: the new version
    gets 10 % of the invocations for five minutes, then all. If it fails in this time, all go to the
    previous version again, and the stack is rolled back.

    Args:
        percent: the share that the new version gets at first: 10, or 100 for all at once.
        minutes: how long; 5, 10, 15 or 30 for a canary, as CodeDeploy offers.
        snap_start: start functions from a snapshot of their initialized code; it is billed
            (docs/cost.md), and the code must not keep random values from its initialization.

    Raises:
        ValueError: CodeDeploy offers no such canary; the message names one.
    """

    percent: int = 100
    minutes: int = 0
    snap_start: bool = False

    def __post_init__(self) -> None:
        if (self.percent, self.minutes) not in (*CANARIES, UNSHIFTED):
            offered = ", ".join(str(minutes) for _, minutes in CANARIES)
            raise ValueError(
                f"release percent={self.percent!r}, minutes={self.minutes!r} is not offered by"
                f" CodeDeploy; try percent=10 and minutes={self._nearest()} (of {offered}), or"
                " Release() for all at once"
            )

    def check(self, region: str, environment: str) -> None:
        """Check the release against the Region of an environment.

        Raises:
            ValueError: the Region does not offer it.
        """
        if self.snap_start and not offers(region, "python_snapstart"):
            raise ValueError(
                f"snap_start=True of {environment!r} is not offered in {region};"
                " try snap_start=False"
            )

    @property
    def canary(self) -> str | None:
        """The name of CodeDeploy's configuration; None: all at once."""
        return CANARIES.get((self.percent, self.minutes))

    def _nearest(self) -> int:
        return min((minutes for _, minutes in CANARIES), key=lambda m: abs(m - self.minutes))


ALL_AT_ONCE = Release()


def check_release(release: object, region: str, environment: str) -> None:
    """Check the setting `release` of an environment.

    Raises:
        ValueError: it is not a `Release`, or the Region does not offer it.
    """
    if not isinstance(release, Release):
        raise ValueError(
            f"release {release!r} of {environment!r} is not a Release; try"
            " Release(percent=10, minutes=5), or Release() for all at once"
        )
    release.check(region, environment)
