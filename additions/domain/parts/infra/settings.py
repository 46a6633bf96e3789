ENVIRONMENTS = by_name(
{% for name in cookiecutter.environments | environment_names %}
    Environment(
        name="{{ name }}",
        domain=None,
    ),
{% endfor %}
)
