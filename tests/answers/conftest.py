"""Answers are tried on many projects."""

from tests.support.memory import tmp_path as tmp_path
