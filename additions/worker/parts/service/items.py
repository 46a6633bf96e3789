{% if cookiecutter.worker == 'stream' %}
class Item:
    """One item.

    Args:
        {{ cookiecutter.__link }}: key of the object that the worker imports for this item, if any.
    """

    {{ cookiecutter.__link }}: str | None = None
{% endif %}
