{% set capacity = {
    'on_demand': {
        true: 'max_read_units=3000, max_write_units=1000',
        false: 'max_read_units=300, max_write_units=100',
    },
    'provisioned': {
        true: 'min_units=5, max_read_units=3000, max_write_units=500',
        false: 'min_units=5, max_read_units=300, max_write_units=50',
    },
}[cookiecutter.billing_mode] %}
"""The environments: everything in which their stacks differ.

This is plain data: importing it loads neither the CDK nor Node.js.
"""

from infra.environment import Environment, by_name
{% if cookiecutter.__has_api %}
from infra.environment.api import ApiSettings
{% endif %}
from infra.environment.function import FunctionSize
{% if cookiecutter.__has_network %}
from infra.environment.network import NetworkSettings
{% endif %}
{% if cookiecutter.__has_worker %}
from infra.environment.{{ cookiecutter.__worker_settings_module }} import {{ cookiecutter.__worker_settings }}
{% endif %}
from infra.environment.table import Capacity

PROJECT = {{ cookiecutter.project_slug | python_string }}
OWNER = {{ cookiecutter.owner | python_string }}

# Sizes are starting points: 512 MiB is about a third of a CPU, which serves JSON and a few calls to
# AWS; production gets twice that for latency.
ENVIRONMENTS = by_name(
{% for name in cookiecutter.environments | environment_names %}
{% set production = name | is_production %}
{% set memory = {true: 1024, false: 512}[production] %}
    Environment(
        name="{{ name }}",
        region="{{ cookiecutter.aws_region }}",
        production={{ production }},
        alarm_email={{ cookiecutter.alarm_email | python_optional }},
        log_retention_days={{ {true: 365, false: 30}[production] }},
        capacity=Capacity({{ capacity[production] }}),
{% if cookiecutter.__has_own_network %}
        network=NetworkSettings(cidr="10.{{ loop.index0 }}.0.0/16"),
{% elif cookiecutter.__has_network %}
        # Placeholders, which `make doctor` and `make deploy` refuse (docs/operations.md, Network).
        network=NetworkSettings(
            vpc_id="vpc-00000000000000000",
            subnet_ids=("subnet-00000000000000000", "subnet-00000000000000001"),
            availability_zones=("{{ cookiecutter.aws_region }}a", "{{ cookiecutter.aws_region }}b"),
        ),
{% endif %}
{% if cookiecutter.__has_api %}
        api=ApiSettings(
            function=FunctionSize(memory_mib={{ memory }}, timeout_seconds=20),
            rate_limit={{ {true: 500, false: 50}[production] }},
            burst_limit={{ {true: 1000, false: 100}[production] }},
        ),
{% endif %}
{% if cookiecutter.__has_worker %}
{% include 'settings/worker.py' %}
{% endif %}
    ),
{% endfor %}
)
