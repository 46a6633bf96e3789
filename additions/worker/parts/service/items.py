{% if cookiecutter.worker == 'stream' %}
from typing import Annotated

from pydantic import MISSING, BaseModel, Field

{% if cookiecutter.api != 'none' %}
MAX_OBJECT_KEY = 1024
{% endif %}


class Item(BaseModel):
    """An item; fields without a value are absent."""

    {{ cookiecutter.__link }}: Annotated[
        str | MISSING, Field(description="Key of the object that the worker imports")
    ] = MISSING
{% endif %}
