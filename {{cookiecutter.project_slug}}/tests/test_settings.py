"""Invalid settings are rejected, with a valid value in the message."""

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from infra.environment import Environment, by_name
from infra.environment.function import FunctionSize
from infra.settings import ENVIRONMENTS

ROOT = Path(__file__).resolve().parent.parent
ANY = next(iter(ENVIRONMENTS.values()))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        pytest.param({"name": "Dev_1"}, "not kebab-case", id="name"),
        pytest.param({"name": "prod", "production": False}, "production=True", id="production"),
        pytest.param({"name": "live-eu", "production": False}, "production=True", id="live"),
        pytest.param({"region": "us-esat-1"}, "try 'us-east-1'", id="region"),
        pytest.param({"region": "eusc-de-east-1"}, "not a region of aws", id="partition"),
        pytest.param({"account": "1234"}, "not 12 digits", id="account"),
        pytest.param({"bootstrap_qualifier": "My-dev"}, "lower-case", id="bootstrap_qualifier"),
        pytest.param({"alarm_email": "on-call"}, "alarm_email 'on-call'", id="alarm_email"),
        pytest.param(
            {"notification_email": "team"}, "notification_email 'team'", id="notification_email"
        ),
        pytest.param({"log_level": "ERROR"}, "try 'INFO'", id="log_level"),
        pytest.param(
            {"production": True, "retain_data": False}, "try retain_data=None", id="retain_data"
        ),
        pytest.param({"log_retention_days": 8}, "try 30 or 365", id="log_retention_days"),
    ],
)
def test_invalid_settings_are_rejected(change: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        replace(ANY, **change)


@pytest.mark.parametrize("size", [(127, 10), (10241, 10), (512, 0), (512, 901)])
def test_sizes_outside_the_limits_of_lambda_are_rejected(size: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match="is not between"):
        FunctionSize(memory_mib=size[0], timeout_seconds=size[1])


@pytest.mark.parametrize(
    ("production", "retain_data", "retained"),
    [(True, None, True), (True, True, True), (False, None, False), (False, True, True)],
)
def test_other_environments_retain_data_on_request_only(
    production: bool, retain_data: bool | None, retained: bool
) -> None:
    settings = replace(ANY, name="any", production=production, retain_data=retain_data)
    assert settings.retains_data is retained


@pytest.mark.parametrize("name", ["preprod", "nonprod", "produce", "livestream", "pre-prod"])
def test_names_similar_to_production_are_not_production(name: str) -> None:
    assert not replace(ANY, name=name, production=False).production


def test_duplicate_environment_names_are_rejected() -> None:
    with pytest.raises(ValueError, match="two environments are named"):
        by_name(ANY, ANY)


def test_environments_are_keyed_by_name() -> None:
    assert ENVIRONMENTS
    assert all(isinstance(environment, Environment) for environment in ENVIRONMENTS.values())
    assert [environment.name for environment in ENVIRONMENTS.values()] == list(ENVIRONMENTS)


def test_importing_the_settings_starts_no_node() -> None:
    """Tools that need a name or a region start in milliseconds."""
    check = "import sys, infra.settings; sys.exit('jsii' in sys.modules)"
    # A fixed command, without input from outside (S603).
    subprocess.run([sys.executable, "-c", check], cwd=ROOT, check=True)  # noqa: S603
