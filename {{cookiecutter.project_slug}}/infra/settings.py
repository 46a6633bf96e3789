"""What differs between environments, typed and validated in one place.

Constructs never ask which environment they are in: they read a setting.
"""

{% if cookiecutter.network != 'none' %}
import ipaddress
{% endif %}
import re
from dataclasses import dataclass

import aws_cdk as cdk
from aws_cdk import aws_logs as logs

PROJECT = {{ cookiecutter.project_slug | python_string }}
OWNER = {{ cookiecutter.owner | python_string }}


@dataclass(frozen=True, kw_only=True)
class FunctionSize:
    """How large a function is, and how long it may run.

    Lambda gives CPU in proportion to memory, so more memory is often faster at the same price;
    docs/operations.md shows how to measure and change it.

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


@dataclass(frozen=True, kw_only=True)
class Capacity:
{% if cookiecutter.billing_mode == 'on_demand' %}
    """The most request units a second that the table{{ ', and likewise its index,' if cookiecutter.api != 'none' else '' }} may serve.

    A ceiling on the bill of an on-demand table: requests beyond it are throttled, and an alarm
    tells at 80 % of it (https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/on-demand-capacity-mode-max-throughput.html).

    Args:
        max_read_units: read request units a second.
        max_write_units: write request units a second.

    Raises:
        ValueError: a ceiling is below 1.
    """

    max_read_units: int
    max_write_units: int

    def __post_init__(self) -> None:
        if self.max_read_units < 1 or self.max_write_units < 1:
            raise ValueError(f"capacity {self!r} has a ceiling below 1")
{% else %}
    """Between how many capacity units a second the table{{ ', and likewise its index, scale' if cookiecutter.api != 'none' else ' scales' }}.

    Reads and writes scale alike and hold 70 % utilization.

    Args:
        min_units: capacity units a second that are always paid for.
        max_units: the ceiling; an alarm tells at 80 % of it.

    Raises:
        ValueError: not 1 <= min_units <= max_units.
    """

    min_units: int
    max_units: int

    def __post_init__(self) -> None:
        if not 1 <= self.min_units <= self.max_units:
            raise ValueError(f"capacity {self!r} is not 1 <= min_units <= max_units")
{% endif %}


@dataclass(frozen=True, kw_only=True)
class Environment:
    """One environment: everything that its stack may do differently from the others.

    Args:
        name: kebab-case; the stack is called `<project>-<name>`.
        region: the AWS region.
        account: the AWS account id; None deploys to the account of the caller.
        production: keeps data when the stack goes{{ ',' if cookiecutter.audit_trail else ' and' }} protects the stack from deletion{{ ' and\n            records who writes to it' if cookiecutter.audit_trail else '' }}.
        alarm_email: who receives pages; None: no one is subscribed yet.
        notification_email: who receives other notifications; None: alarm_email.
        permissions_boundary: name of a managed policy that bounds every role of the stack.
{% if cookiecutter.network != 'none' %}
        vpc_cidr: the VPC's range, /16 to /26; choose ranges that don't overlap to peer them later.
{% endif %}
        log_retention: how long logs are kept.
{% if cookiecutter.api != 'none' %}
        api_function: size of the function behind the API; the API itself waits {{ '29' if cookiecutter.api == 'rest' else '30' }} seconds at most.
        api_rate_limit: steady requests a second that the API admits.
        api_burst_limit: requests that it admits at once.
{% endif %}
{% if cookiecutter.worker != 'none' %}
        worker_function: size of the worker; a document of 1000 items takes it a minute or more.
{% endif %}
{% if cookiecutter.worker == 'sqs' %}
        worker_concurrency: the most workers at once, 2 to 1000; nothing is reserved for them.
{% endif %}
{% if cookiecutter.worker == 'schedule' %}
        worker_minutes: minutes between two runs of the worker, enough for three tries of one and
            at most 1440, a day, which is the longest period of an alarm.
{% endif %}
        capacity: what the table may serve.

    Raises:
        ValueError: a value can't work; the message says which and what would.
    """

    name: str
    region: str
{% if cookiecutter.network != 'none' %}
    vpc_cidr: str
{% endif %}
{% if cookiecutter.api != 'none' %}
    api_function: FunctionSize
    api_rate_limit: int
    api_burst_limit: int
{% endif %}
{% if cookiecutter.worker != 'none' %}
    worker_function: FunctionSize
{% endif %}
{% if cookiecutter.worker == 'sqs' %}
    worker_concurrency: int
{% endif %}
{% if cookiecutter.worker == 'schedule' %}
    worker_minutes: int
{% endif %}
    capacity: Capacity
    log_retention: logs.RetentionDays
    production: bool = False
    account: str | None = None
    alarm_email: str | None = None
    notification_email: str | None = None
    permissions_boundary: str | None = None

    def __post_init__(self) -> None:
        if not re.fullmatch(r"[a-z][a-z0-9]*(-[a-z0-9]+)*", self.name):
            raise ValueError(f"environment name {self.name!r} is not kebab-case; try 'dev'")
        if self.account is not None and not re.fullmatch(r"\d{12}", self.account):
            raise ValueError(
                f"account {self.account!r} of {self.name!r} is not 12 digits in quotes;"
                " try '111122223333'"
            )
        for setting, email in (
            ("alarm_email", self.alarm_email),
            ("notification_email", self.notification_email),
        ):
            if email is not None and "@" not in email:
                raise ValueError(
                    f"{setting} {email!r} of {self.name!r} is not an address;"
                    " try 'on-call@example.com', or None"
                )
{% if cookiecutter.network != 'none' %}
        if not 16 <= ipaddress.IPv4Network(self.vpc_cidr).prefixlen <= 26:
            raise ValueError(
                f"vpc_cidr {self.vpc_cidr!r} of {self.name!r} is not a /16 to /26;"
                " try '10.0.0.0/16'"
            )
{% endif %}
{% if cookiecutter.api != 'none' %}
        if self.api_function.timeout_seconds > 29:
            raise ValueError(
                f"api_function of {self.name!r} may run {self.api_function.timeout_seconds!r}"
                " seconds, longer than API Gateway waits: 29 at most; try timeout_seconds=10"
            )
{% endif %}
{% if cookiecutter.worker == 'sqs' %}
        if not 2 <= self.worker_concurrency <= 1000:
            raise ValueError(
                f"worker_concurrency {self.worker_concurrency!r} of {self.name!r}"
                " is not between 2 and 1000; try 5"
            )
{% endif %}
{% if cookiecutter.worker == 'schedule' %}
        # Lambda tries a failed run twice more, after one minute and after two.
        if self.worker_minutes * 60 < 3 * self.worker_function.timeout_seconds + 180:
            raise ValueError(
                f"worker_minutes {self.worker_minutes!r} of {self.name!r} is too short for three"
                " tries of worker_function, and two runs would meet; try 15"
            )
        if self.worker_minutes > 1440:
            raise ValueError(
                f"worker_minutes {self.worker_minutes!r} of {self.name!r} is longer than a day,"
                " the longest period of an alarm; try 1440"
            )
{% endif %}

    @property
    def tags(self) -> dict[str, str]:
        """The tags on the stack and on every taggable resource."""
        return {"Project": PROJECT, "Owner": OWNER, "Environment": self.name}

    @property
    def removal_policy(self) -> cdk.RemovalPolicy:
        """What becomes of data when its resource leaves the stack.

        Production keeps it, except where the very first deployment is rolled back.
        """
        if self.production:
            return cdk.RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE
        return cdk.RemovalPolicy.DESTROY


# Sizes are starting points, not guesses to keep: 512 MiB gives about a third of a CPU, which serves
# JSON and a few calls to AWS; production gets twice that for latency.
ENVIRONMENTS = {
    environment.name: environment
    for environment in (
{% for name in cookiecutter.environments | environment_names %}
{% set production = name | is_production %}
        Environment(
            name="{{ name }}",
            region="{{ cookiecutter.aws_region }}",
{% if production %}
            production=True,
{% endif %}
{% if cookiecutter.alarm_email %}
            alarm_email={{ cookiecutter.alarm_email | python_string }},
{% endif %}
{% if cookiecutter.network != 'none' %}
            vpc_cidr="10.{{ loop.index0 }}.0.0/16",
{% endif %}
{% if cookiecutter.api != 'none' %}
            api_function=FunctionSize(memory_mib={{ 1024 if production else 512 }}, timeout_seconds=10),
            api_rate_limit={{ 500 if production else 50 }},
            api_burst_limit={{ 1000 if production else 100 }},
{% endif %}
{% if cookiecutter.worker != 'none' %}
            worker_function=FunctionSize(memory_mib={{ 1024 if production else 512 }}, timeout_seconds=180),
{% endif %}
{% if cookiecutter.worker == 'sqs' %}
            worker_concurrency={{ 20 if production else 2 }},
{% endif %}
{% if cookiecutter.worker == 'schedule' %}
            worker_minutes=15,
{% endif %}
{% if cookiecutter.billing_mode == 'on_demand' %}
            capacity=Capacity({{ 'max_read_units=1000, max_write_units=1000' if production else 'max_read_units=100, max_write_units=100' }}),
{% else %}
            capacity=Capacity({{ 'min_units=5, max_units=500' if production else 'min_units=5, max_units=50' }}),
{% endif %}
            log_retention=logs.RetentionDays.{{ 'ONE_YEAR' if production else 'ONE_MONTH' }},
        ),
{% endfor %}
    )
}
