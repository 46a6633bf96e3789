"""What differs between environments, typed and validated in one place.

Constructs never ask which environment they are in: they read a setting.
"""

{% if cookiecutter.network != 'none' %}
import ipaddress
{% endif %}
{% if cookiecutter.worker in ['s3', 'sqs'] %}
import math
{% endif %}
import re
from dataclasses import dataclass

import aws_cdk as cdk
from aws_cdk import aws_logs as logs

from tap_guardrails.regions import offers

PROJECT = {{ cookiecutter.project_slug | python_string }}
OWNER = {{ cookiecutter.owner | python_string }}
# Names of production: these words, and whatever follows them after a hyphen.
PRODUCTION = re.compile(r"(prod|production|live|prd)(-.*)?")
{% if cookiecutter.api != 'none' %}
# What a page of 100 items costs on the index: items of at most 480 bytes, eventually consistent, in
# steps of 4 KB. https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/read-write-operations.html
READ_UNITS_OF_A_PAGE = 6
# All items are in one partition of the index, and a partition takes no more.
# https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/bp-partition-key-design.html
WRITE_UNITS_OF_A_PARTITION = 1000
{% endif %}
{% if cookiecutter.worker != 'none' %}
ITEMS_OF_A_DOCUMENT = 1000
# An import stops this long before the timeout of its function, so that it can keep a checkpoint.
SECONDS_TO_STOP = 40
{% endif %}
{% if cookiecutter.worker in ['s3', 'sqs'] %}
# A message is received five times; the other two are for failures that have other reasons.
TRIES_OF_A_DOCUMENT = 3
{% endif %}


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

    Reads and writes scale apart and hold 70 % utilization.

    Args:
        min_units: capacity units a second that are always paid for, in reading and in writing.
        max_read_units: the ceiling of reads; an alarm tells at 80 % of it.
        max_write_units: the ceiling of writes, likewise.

    Raises:
        ValueError: a ceiling is below min_units, or min_units below 1.
    """

    min_units: int
    max_read_units: int
    max_write_units: int

    def __post_init__(self) -> None:
        if not 1 <= self.min_units <= min(self.max_read_units, self.max_write_units):
            raise ValueError(f"capacity {self!r} is not 1 <= min_units <= max_..._units")
{% endif %}


@dataclass(frozen=True, kw_only=True)
class Environment:
    """One environment: everything that its stack may do differently from the others.

    Args:
        name: kebab-case; the stack is called `<project>-<name>`.
        region: the AWS region.
        account: the AWS account id; None deploys to the account of the caller.
        production: required by the names that PRODUCTION covers, which pipelines deploy after an
            approval; keeps data when the stack goes{{ ',' if cookiecutter.audit_trail else ' and' }} protects the stack from deletion{{ ' and\n            records who writes to it' if cookiecutter.audit_trail else '' }}.
        alarm_email: who receives pages; None: no one is subscribed yet.
        notification_email: who receives other notifications; None: alarm_email.
        permissions_boundary: name of a managed policy that bounds every role of the stack.
        bootstrap_qualifier: qualifier of a CDK bootstrap for this environment alone; None: the
            CDK's default, which all environments of the account share (docs/operations.md, Deploy).
{% if cookiecutter.network != 'none' %}
        vpc_cidr: the VPC's range, /16 to /26; choose ranges that don't overlap to peer them later.
        availability_zones: two zones by name, such as `us-east-1b`; empty: the region's first two.
            `make doctor` names the zones to choose if Lambda does not support one of those.
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
{% if cookiecutter.worker in ['s3', 'sqs'] %}
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
{% if cookiecutter.worker in ['s3', 'sqs'] %}
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
{% if cookiecutter.network != 'none' %}
    availability_zones: tuple[str, ...] = ()
{% endif %}
    bootstrap_qualifier: str | None = None

    def __post_init__(self) -> None:
        if not re.fullmatch(r"[a-z][a-z0-9]*(-[a-z0-9]+)*", self.name):
            raise ValueError(f"environment name {self.name!r} is not kebab-case; try 'dev'")
        if PRODUCTION.fullmatch(self.name) and not self.production:
            raise ValueError(f"{self.name!r} is a name of production; try production=True")
        if self.account is not None and not re.fullmatch(r"\d{12}", self.account):
            raise ValueError(
                f"account {self.account!r} of {self.name!r} is not 12 digits in quotes;"
                " try '111122223333'"
            )
        qualifier = self.bootstrap_qualifier
        if qualifier is not None and not re.fullmatch(r"[a-z0-9]{1,10}", qualifier):
            raise ValueError(
                f"bootstrap_qualifier {qualifier!r} of {self.name!r} is not 1 to 10 lower-case"
                " letters and digits; try 'mydev', or None"
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
        zones = self.availability_zones
        if zones and (len(set(zones)) != 2 or not all(z.startswith(self.region) for z in zones)):
            raise ValueError(
                f"availability_zones {zones!r} of {self.name!r} are not two zones of {self.region};"
                f" try ('{self.region}a', '{self.region}b'), or ()"
            )
{% endif %}
{% if cookiecutter.api != 'none' %}
        if self.api_function.timeout_seconds > 29:
            raise ValueError(
                f"api_function of {self.name!r} may run {self.api_function.timeout_seconds!r}"
                " seconds, longer than API Gateway waits: 29 at most; try timeout_seconds=20"
            )
        if self.api_function.timeout_seconds < 20:
            raise ValueError(
                f"api_function of {self.name!r} may run {self.api_function.timeout_seconds!r}"
                " seconds, too few to repeat calls to AWS: 20 at least; try timeout_seconds=20"
            )
        self._check_admitted()
{% endif %}
{% if cookiecutter.worker != 'none' %}
        if self.worker_function.timeout_seconds < SECONDS_TO_STOP + 20:
            raise ValueError(
                f"worker_function of {self.name!r} may run {self.worker_function.timeout_seconds!r}"
                f" seconds, and stops {SECONDS_TO_STOP} seconds before; try timeout_seconds={{ 300 if cookiecutter.worker in ['s3', 'sqs'] else 180 }}"
            )
{% endif %}
{% if cookiecutter.worker in ['s3', 'sqs'] %}
        if not 2 <= self.worker_concurrency <= 1000:
            raise ValueError(
                f"worker_concurrency {self.worker_concurrency!r} of {self.name!r}"
                " is not between 2 and 1000; try 2"
            )
        self._check_concurrency()
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
{% if cookiecutter.api != 'none' %}

    def _check_admitted(self) -> None:
        """Refuse an API that admits more than the table serves.

        The dearest request is a page of 100 items, and the next one a new item, which takes a
        write unit of the table and one of the index. Whatever more is admitted is throttled by
        the table instead, and answered with 503{{ '; so is a rise until the table has scaled' if cookiecutter.billing_mode == 'provisioned' else '' }}.
        """
        reads = self.api_rate_limit * READ_UNITS_OF_A_PAGE
        if reads > self.capacity.max_read_units:
            raise ValueError(
                f"api_rate_limit {self.api_rate_limit!r} of {self.name!r} admits {reads} read units"
                f" a second, more than the table serves; try max_read_units={reads}"
            )
        if self.api_rate_limit > self.capacity.max_write_units:
            raise ValueError(
                f"api_rate_limit {self.api_rate_limit!r} of {self.name!r} admits as many write"
                f" units, more than the table serves; try max_write_units={self.api_rate_limit}"
            )
        if self.capacity.max_write_units > WRITE_UNITS_OF_A_PARTITION:
            raise ValueError(
                f"max_write_units {self.capacity.max_write_units!r} of {self.name!r} is more than"
                f" the index takes; try max_write_units={WRITE_UNITS_OF_A_PARTITION}"
            )
{% endif %}
{% if cookiecutter.worker in ['s3', 'sqs'] %}

    def _check_concurrency(self) -> None:
        """Refuse so many workers that none gets the writes it needs.

        Each has an equal share of the table's write units{{ '' if cookiecutter.billing_mode == 'on_demand' else ', before it scales,' }} and should import the largest
        document in three tries: what fails five times is a dead letter.
        """
        share = self.capacity.{{ 'max_write_units' if cookiecutter.billing_mode == 'on_demand' else 'min_units' }} / self.worker_concurrency
        seconds = self.worker_function.timeout_seconds - SECONDS_TO_STOP
        needed = ITEMS_OF_A_DOCUMENT / (TRIES_OF_A_DOCUMENT * seconds)
        if share < needed:
            raise ValueError(
                f"worker_concurrency {self.worker_concurrency!r} of {self.name!r} leaves each worker"
                f" {share:.1f} write units a second, not {needed:.1f}; try fewer workers, or"
                f" {{ 'max_write_units' if cookiecutter.billing_mode == 'on_demand' else 'min_units' }}={math.ceil(needed * self.worker_concurrency)}"
            )
{% endif %}

    @property
    def tags(self) -> dict[str, str]:
        """The tags on the stack and on every taggable resource."""
        return {"Project": PROJECT, "Owner": OWNER, "Environment": self.name}

    @property
    def untaggable_types(self) -> list[str]:
        """Resource types whose tags CloudFormation refuses in this region."""
        tagged = offers(self.region, "event_source_mapping_tags")
        return [] if tagged else ["AWS::Lambda::EventSourceMapping"]

    @property
    def traced(self) -> bool:
        """Whether Lambda sends traces to X-Ray in this region."""
        return offers(self.region, "function_tracing")

    @property
    def removal_policy(self) -> cdk.RemovalPolicy:
        """Whether data and its key are kept when they leave the stack.

        Production keeps them, also when its first deployment is rolled back: AWS refuses to delete
        {{ 'a table or a user pool' if cookiecutter.api != 'none' and cookiecutter.api_auth == 'cognito' else 'a table' }} with deletion protection, or a bucket with objects, and a rollback
        that has to delete them fails. They have generated names, so that the copies left behind
        don't block the next deployment; their key has to stay usable.
        https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-attribute-deletionpolicy.html
        """
        return cdk.RemovalPolicy.RETAIN if self.production else cdk.RemovalPolicy.DESTROY


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
            api_function=FunctionSize(memory_mib={{ 1024 if production else 512 }}, timeout_seconds=20),
            api_rate_limit={{ 500 if production else 50 }},
            api_burst_limit={{ 1000 if production else 100 }},
{% endif %}
{% if cookiecutter.worker != 'none' %}
            worker_function=FunctionSize(memory_mib={{ 1024 if production else 512 }}, timeout_seconds={{ 300 if cookiecutter.worker in ['s3', 'sqs'] else 180 }}),
{% endif %}
{% if cookiecutter.worker in ['s3', 'sqs'] %}
            worker_concurrency={{ 20 if production and cookiecutter.billing_mode == 'on_demand' else 2 }},
{% endif %}
{% if cookiecutter.worker == 'schedule' %}
            worker_minutes=15,
{% endif %}
{% if cookiecutter.billing_mode == 'on_demand' %}
            capacity=Capacity({{ 'max_read_units=3000, max_write_units=1000' if production else 'max_read_units=300, max_write_units=100' }}),
{% else %}
            capacity=Capacity({{ 'min_units=5, max_read_units=3000, max_write_units=500' if production else 'min_units=5, max_read_units=300, max_write_units=50' }}),
{% endif %}
            log_retention=logs.RetentionDays.{{ 'ONE_YEAR' if production else 'ONE_MONTH' }},
        ),
{% endfor %}
    )
}
