{% if cookiecutter.worker == 'stream' %}
from typing import Annotated

from pydantic import MISSING, BaseModel, Field

{% if cookiecutter.api != 'none' %}
MAX_OBJECT_KEY = 1024
# Between slashes. HTTP clients resolve dots, and XML, in which S3 answers, has no control characters.
NAME_IN_KEY = r"[^/.\x00-\x1f\x7f][^/\x00-\x1f\x7f]*"
{% endif %}


class Item(BaseModel):
    """An item; fields without a value are absent."""

    {{ cookiecutter.__link }}: Annotated[
        str | MISSING, Field(description="Key of the object that the worker imports")
    ] = MISSING
{% endif %}
