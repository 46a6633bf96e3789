{% if cookiecutter.api == 'rest' %}
"""The browser applications that may read responses; ALLOWED_ORIGINS has their origins."""

import os

from aws_lambda_powertools.event_handler import CORSConfig


def cors() -> CORSConfig | None:
    """Return the origins of the environment; None if there are none. API Gateway answers OPTIONS."""
    origins = os.environ.get("ALLOWED_ORIGINS", "").split()
    if not origins:
        return None
    return CORSConfig(
        allow_origin=origins[0],
        extra_origins=origins[1:],
        expose_headers=os.environ.get("EXPOSED_HEADERS", "").split(),
    )
{% endif %}
