from infra.environment.function import FunctionSize
from infra.environment.{{ cookiecutter.__worker_settings_module }} import {{ cookiecutter.__worker_settings }}

ENVIRONMENTS = by_name(
{% for name in cookiecutter.environments | environment_names %}
{% set production = name | is_production %}
{% set memory = {true: 1024, false: 512}[production] %}
    Environment(
        name="{{ name }}",
{% include 'settings/worker.py' %}
    ),
{% endfor %}
)
