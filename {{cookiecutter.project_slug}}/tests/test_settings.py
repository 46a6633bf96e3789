"""Settings that can't work are refused, with what to type instead."""

from dataclasses import replace

import pytest

from infra.settings import ENVIRONMENTS, Environment, FunctionSize

ANY = next(iter(ENVIRONMENTS.values()))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        pytest.param({"name": "Dev_1"}, "not kebab-case", id="name"),
        pytest.param({"name": "prod", "production": False}, "production=True", id="production"),
        pytest.param({"name": "live-eu", "production": False}, "production=True", id="live"),
        pytest.param({"account": "1234"}, "not 12 digits", id="account"),
        pytest.param({"bootstrap_qualifier": "My-dev"}, "lower-case", id="bootstrap_qualifier"),
        pytest.param({"alarm_email": "on-call"}, "alarm_email 'on-call'", id="alarm_email"),
        pytest.param(
            {"notification_email": "team"}, "notification_email 'team'", id="notification_email"
        ),
{% if cookiecutter.network != 'none' %}
        pytest.param({"vpc_cidr": "10.0.0.0/8"}, "not a /16 to /26", id="vpc_cidr"),
        pytest.param({"availability_zones": ("x-1a", "x-1b")}, "not two zones of", id="zones"),
{% endif %}
{% if cookiecutter.api != 'none' %}
        pytest.param(
            {"api_function": FunctionSize(memory_mib=512, timeout_seconds=30)},
            "29 at most",
            id="api_function",
        ),
        pytest.param(
            {"api_function": FunctionSize(memory_mib=512, timeout_seconds=10)},
            "20 at least",
            id="api_function_without_retries",
        ),
        pytest.param(
            {"api_rate_limit": ANY.capacity.max_read_units},
            f"try max_read_units={ANY.capacity.max_read_units * 6}",
            id="api_admits_more_reads",
        ),
        pytest.param(
            {"capacity": replace(ANY.capacity, max_write_units=ANY.api_rate_limit - 1)},
            f"try max_write_units={ANY.api_rate_limit}",
            id="api_admits_more_writes",
        ),
        pytest.param(
            {"capacity": replace(ANY.capacity, max_write_units=1001)},
            "more than the index takes; try max_write_units=1000",
            id="writes_of_the_index",
        ),
{% endif %}
{% if cookiecutter.worker != 'none' %}
        pytest.param(
            {"worker_function": FunctionSize(memory_mib=512, timeout_seconds=59)},
            "stops 40 seconds before",
            id="worker_function",
        ),
{% endif %}
{% if cookiecutter.worker in ['s3', 'sqs'] %}
        pytest.param({"worker_concurrency": 1}, "not between 2 and 1000", id="worker_concurrency"),
        pytest.param(
            {"worker_concurrency": 1000}, "try fewer workers, or", id="writes_of_each_worker"
        ),
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


@pytest.mark.parametrize("name", ["preprod", "nonprod", "produce", "livestream", "pre-prod"])
def test_names_that_only_look_like_productions_are_not(name: str) -> None:
    assert not replace(ANY, name=name, production=False).production


def test_environments_are_known_by_their_names() -> None:
    assert ENVIRONMENTS
    assert all(isinstance(environment, Environment) for environment in ENVIRONMENTS.values())
    assert [environment.name for environment in ENVIRONMENTS.values()] == list(ENVIRONMENTS)
{% if cookiecutter.network != 'none' %}


def test_environments_have_networks_of_their_own() -> None:
    ranges = [environment.vpc_cidr for environment in ENVIRONMENTS.values()]
    assert len(set(ranges)) == len(ranges)
{% endif %}
