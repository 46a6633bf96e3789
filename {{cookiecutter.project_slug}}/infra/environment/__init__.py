{% set groups = [
    ('network', 'network', 'NetworkSettings', cookiecutter.__has_network),
    ('api', 'api', 'ApiSettings', cookiecutter.__has_api),
    (cookiecutter.__worker_settings_module, 'worker', cookiecutter.__worker_settings, cookiecutter.__has_worker),
] | selectattr(3) | list %}
"""The settings of an environment as validated plain data, without the CDK.

Constructs never ask which environment they are in: they read a setting.
"""

import re
from dataclasses import dataclass, fields

{% for module, _, name, _ in (groups + [('group', '', 'Group', ''), ('table', '', 'Capacity', '')]) | sort %}
from infra.environment.{{ module }} import {{ name }}
{% endfor %}
from tap_guardrails.regions import offers
from tap_project.release import ALL_AT_ONCE, Release, check_release

# Names of production: these words, and whatever follows them after a hyphen.
PRODUCTION = re.compile(r"(prod|production|live|prd)(-.*)?")
# A region of the partitions aws, aws-cn or aws-us-gov, which this project is made for.
REGION = re.compile(
    r"(?!us-iso)(us-gov|[a-z]{2})-(north|south|central)?(east|west|north|south|central)-\d"
)
# Levels of the functions' logs. A higher one would hide errors that the alarms lead to (TAP332).
LOG_LEVELS = ("DEBUG", "INFO", "WARNING")
# https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html
RETENTION_DAYS = (
    *(1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545),
    *(731, 1096, 1827, 2192, 2557, 2922, 3288, 3653),
)


@dataclass(frozen=True, kw_only=True)
class Environment:
    """One environment: everything in which its stack may differ from the others.

    Args:
        name: kebab-case; the stack is called `<project>-<name>`.
        region: the AWS region.
        account: the AWS account id; None deploys to the account of the caller.
        production: retains data, protects the stack from deletion and records writes to its data.
            Pipelines deploy it after an approval. Required by the names that PRODUCTION matches.
        alarm_email: address that receives pages; None: no one is subscribed yet.
        notification_email: address that receives other notifications; None: alarm_email.
        permissions_boundary: name of a managed policy that bounds every role of the stack{{ " and of its\n            pipeline" if cookiecutter.ci != "none" else "" }}.
        bootstrap_qualifier: qualifier of a CDK bootstrap for this environment alone; None: the
            CDK's default, which all environments of the account share (docs/operations.md).
        retain_data: whether data is retained when the stack is deleted; None: in production only.
            Production retains it always.
        log_level: the lowest level that the functions log, one of LOG_LEVELS.
        log_retention_days: a number of days that CloudWatch Logs offers, such as 30 or 365.
        release: how new versions of functions get their invocations; see Release.
        capacity: the load that each table may serve.
{% for _, setting, name, _ in groups %}
        {{ setting }}: see {{ name }}.
{% endfor %}

    Raises:
        ValueError: a value is invalid; the message names it and a valid one.
    """

    name: str
    region: str
    account: str | None = None
    production: bool = False
    alarm_email: str | None = None
    notification_email: str | None = None
    permissions_boundary: str | None = None
    bootstrap_qualifier: str | None = None
    retain_data: bool | None = None
    log_level: str = "INFO"
    log_retention_days: int
    release: Release = ALL_AT_ONCE
    capacity: Capacity
{% for _, setting, name, _ in groups %}
    {{ setting }}: {{ name }}
{% endfor %}

    def __post_init__(self) -> None:
        if not re.fullmatch(r"[a-z][a-z0-9]*(-[a-z0-9]+)*", self.name):
            raise ValueError(f"environment name {self.name!r} is not kebab-case; try 'dev'")
        if PRODUCTION.fullmatch(self.name) and not self.production:
            raise ValueError(f"{self.name!r} is a name of production; try production=True")
        if not REGION.fullmatch(self.region):
            raise ValueError(
                f"region {self.region!r} of {self.name!r} is not a region of"
                " aws, aws-cn or aws-us-gov; try 'us-east-1'"
            )
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
        if self.production and self.retain_data is False:
            raise ValueError(
                f"retain_data=False of {self.name!r} would delete production's data with its stack;"
                " try retain_data=None"
            )
        if self.log_level not in LOG_LEVELS:
            raise ValueError(
                f"log_level {self.log_level!r} of {self.name!r} is not one of"
                f" {', '.join(LOG_LEVELS)}; try 'INFO'"
            )
        if self.log_retention_days not in RETENTION_DAYS:
            raise ValueError(
                f"log_retention_days {self.log_retention_days!r} of {self.name!r} is not offered by"
                " CloudWatch Logs; try 30 or 365"
            )
        self._check_email("alarm_email", self.alarm_email)
        self._check_email("notification_email", self.notification_email)
        check_release(self.release, self.region, self.name)
        for field in fields(self):
            group = getattr(self, field.name)
            if isinstance(group, Group):
                group.check(self, field.name)

    def _check_email(self, setting: str, email: str | None) -> None:
        if email is not None and "@" not in email:
            raise ValueError(
                f"{setting} {email!r} of {self.name!r} is not an address;"
                " try 'on-call@example.com', or None"
            )

    @property
    def retains_data(self) -> bool:
        """Whether data is retained when the stack is deleted."""
        return self.production if self.retain_data is None else self.retain_data

    @property
    def untaggable_types(self) -> list[str]:
        """Resource types whose tags CloudFormation rejects in this region."""
        tagged = offers(self.region, "event_source_mapping_tags")
        return [] if tagged else ["AWS::Lambda::EventSourceMapping"]

    @property
    def traced(self) -> bool:
        """Whether Lambda sends traces to X-Ray in this region."""
        return offers(self.region, "function_tracing")


def by_name(*environments: Environment) -> dict[str, Environment]:
    """Return environments by their names.

    Raises:
        ValueError: two environments have the same name.
    """
    found: dict[str, Environment] = {}
    for environment in environments:
        if environment.name in found:
            raise ValueError(f"two environments are named {environment.name!r}; rename one")
        found[environment.name] = environment
    return found
