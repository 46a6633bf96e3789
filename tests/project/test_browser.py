"""A person signs in on the example page, creates an item, and signs out, in Chromium."""

from __future__ import annotations

from pathlib import Path

import pytest

from proof.live import walk, webdriver


@pytest.mark.skipif(not webdriver.is_installed(), reason="no Chromium, or no driver")
def test_a_person_signs_in_and_creates_an_item(tmp_path: Path) -> None:
    pictures = walk.walk(walk.VARIANTS["http"], tmp_path)
    assert [file.stem.split("-", 2)[2] for file in pictures] == [
        "login",
        "code",
        "items",
        "signed-out",
    ]
    assert all(file.read_bytes().startswith(b"\x89PNG") for file in pictures)
