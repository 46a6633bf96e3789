ENVIRONMENTS = by_name(
{% for name in cookiecutter.environments | environment_names %}
    Environment(
        name="{{ name }}",
        monthly_budget_usd={{ 200 if name | is_production else 50 }},
    ),
{% endfor %}
)
