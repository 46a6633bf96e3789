"""The default answers of cookiecutter."""

from __future__ import annotations

from local_extensions import answers


def defaults() -> dict[str, object]:
    """Return the default answers, without verification."""
    return {
        name: value[0] if isinstance(value, list) else value
        for name, value in answers.asked().items()
    } | {"project_slug": "tap-service", "verify": False}
