from infra.environment.waf import WafSettings

ENVIRONMENTS = by_name(
{% for name in cookiecutter.environments | environment_names %}
    Environment(
        name="{{ name }}",
        waf=WafSettings(requests_per_address={{ 10000 if name | is_production else 2000 }}),
    ),
{% endfor %}
)
