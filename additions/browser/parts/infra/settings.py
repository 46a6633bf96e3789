from infra.environment.browser import BrowserSettings

ENVIRONMENTS = by_name(
{% for name in cookiecutter.environments | environment_names %}
    Environment(
        name="{{ name }}",
        browser=BrowserSettings(origins=({{ '' if name | is_production else '"http://localhost:8080",' }})),
    ),
{% endfor %}
)
