{% if cookiecutter.api != 'none' %}
INDEX = "by_created"
{% endif %}
_PERIOD = cdk.Duration.minutes(5)
{% if cookiecutter.api != 'none' %}
_OPERATIONS = ("DeleteItem", "GetItem", "PutItem", "Query")
{% else %}
_OPERATIONS = ("GetItem", "PutItem")
{% endif %}
