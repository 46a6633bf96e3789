"""Breakages that no rule refuses, because an owner may have a reason for them."""

from __future__ import annotations

CHOICES: dict[str, str] = {}
"""The reason, by the breakage's id."""
