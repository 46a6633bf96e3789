from infra.environment.function import FunctionSize

ENVIRONMENTS = by_name(
{% for name in cookiecutter.environments | environment_names %}
    Environment(
        name="{{ name }}",
        {{ cookiecutter.__name }}=FunctionSize(memory_mib={{ 1024 if name | is_production else 512 }}, timeout_seconds=20),
    ),
{% endfor %}
)
