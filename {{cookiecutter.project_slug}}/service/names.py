"""Names and limits that the infrastructure and the functions share.

This module imports nothing. `infra` imports it as `service.names`, the functions as `names`.
"""

PARTITION_KEY = "pk"
SORT_KEY = "sk"
# The attribute with the kind of a row. An index of all items is partitioned by it.
INDEX_PARTITION_KEY = "kind"
{% if cookiecutter.__has_api %}
# The index of all items by time of creation.
INDEX = "by_created"
INDEX_SORT_KEY = "created_at"
# The largest page of items that one request returns.
MAX_PAGE = 100
{% endif %}

# Prefixes of object keys in the bucket.
DOCUMENTS = "documents/"
{% if cookiecutter.__has_worker %}
{{ cookiecutter.__incoming }} = "{{ cookiecutter.__incoming_prefix }}"
{% if cookiecutter.worker == 'schedule' %}
{{ cookiecutter.__failed }} = "{{ cookiecutter.__failed_prefix }}"
{% endif %}

# The maximum number of items in one object.
MAX_ITEMS = 1000
# An import stops this many seconds before the function's timeout, so that it can save a checkpoint.
SECONDS_TO_STOP = 40
{% endif %}

# The maximum length of a name, in bytes of UTF-8.
MAX_NAME = 200
