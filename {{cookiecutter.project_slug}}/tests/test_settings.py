"""Settings that can't work are refused, with what to type instead."""

from dataclasses import replace

import pytest

from infra.settings import ENVIRONMENTS, Environment, FunctionSize

ANY = next(iter(ENVIRONMENTS.values()))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        pytest.param({"name": "Dev_1"}, "not kebab-case", id="name"),
        pytest.param({"account": "1234"}, "not 12 digits", id="account"),
        pytest.param({"alarm_email": "on-call"}, "alarm_email 'on-call'", id="alarm_email"),
        pytest.param(
            {"notification_email": "team"}, "notification_email 'team'", id="notification_email"
        ),
{% if cookiecutter.network != 'none' %}
        pytest.param({"vpc_cidr": "10.0.0.0/8"}, "not a /16 to /26", id="vpc_cidr"),
{% endif %}
{% if cookiecutter.api != 'none' %}
        pytest.param(
            {"api_function": FunctionSize(memory_mib=512, timeout_seconds=30)},
            "29 at most",
            id="api_function",
        ),
{% endif %}
{% if cookiecutter.worker == 'sqs' %}
        pytest.param({"worker_concurrency": 1}, "not between 2 and 1000", id="worker_concurrency"),
{% endif %}
{% if cookiecutter.worker == 'schedule' %}
        pytest.param({"worker_minutes": 2}, "two runs would meet", id="worker_minutes"),
        pytest.param({"worker_minutes": 1441}, "longer than a day", id="worker_minutes-long"),
{% endif %}
    ],
)
def test_settings_that_cannot_work_are_refused(change: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        replace(ANY, **change)


@pytest.mark.parametrize("size", [(127, 10), (10241, 10), (512, 0), (512, 901)])
def test_sizes_that_lambda_does_not_offer_are_refused(size: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match="is not between"):
        FunctionSize(memory_mib=size[0], timeout_seconds=size[1])


def test_environments_are_known_by_their_names() -> None:
    assert ENVIRONMENTS
    assert all(isinstance(environment, Environment) for environment in ENVIRONMENTS.values())
    assert [environment.name for environment in ENVIRONMENTS.values()] == list(ENVIRONMENTS)
{% if cookiecutter.network != 'none' %}


def test_environments_have_networks_of_their_own() -> None:
    ranges = [environment.vpc_cidr for environment in ENVIRONMENTS.values()]
    assert len(set(ranges)) == len(ranges)
{% endif %}
