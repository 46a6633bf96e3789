"""The answers that cookiecutter gives by default."""

from __future__ import annotations

from local_extensions import answers


def defaults() -> dict[str, object]:
    """Return the answers of someone who presses Enter, and doesn't want the project verified."""
    return {
        name: value[0] if isinstance(value, list) else value
        for name, value in answers.asked().items()
    } | {"project_slug": "tap-service", "verify": False}
