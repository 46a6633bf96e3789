{{ cookiecutter.__incoming }} = "{{ cookiecutter.__incoming_prefix }}"
{% if cookiecutter.worker == 'schedule' %}
{{ cookiecutter.__failed }} = "{{ cookiecutter.__failed_prefix }}"
{% endif %}
# The maximum number of items in one object.
MAX_ITEMS = 1000
# An import stops this many seconds before the function's timeout, so that it can save a checkpoint.
SECONDS_TO_STOP = 40
