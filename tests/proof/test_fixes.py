"""A printed fix counts as applied only where the source obeys it, and did not before."""

from __future__ import annotations

import pytest

from proof.mutants.fixes import applied, tokens

BUCKET = 'bucket = s3.Bucket(self, "Bucket", {})'
TWO_LINES = "queue=dead_letters,\nretention_period=cdk.Duration.days(14),  # of the other"
ALTERNATIVES = "enforce_ssl=True,\n# or, for a table\ndeletion_protection=settings.production,"


@pytest.mark.parametrize(
    ("fix", "before", "after", "expected"),
    [
        ("enforce_ssl=True,", "", "enforce_ssl=True", True),
        ("enforce_ssl=True,", "enforce_ssl=True", "enforce_ssl=True", False),
        ("enforce_ssl=True,", "enforce_ssl=True", "", False),
        ("enforce_ssl=True", "", "# enforce_ssl=True", False),
        ("enforce_ssl=True", "", "not_enforce_ssl=True", False),
        ("f(a, b)", "", "f(\n    a,\n    b,\n)", True),
        ('add(self, "...", metric=...)', "", 'add(self, f"{x}", metric=y(1))', True),
        ("- bucket_name=...,  # tags say it", 'bucket_name="x"', "", True),
        ("- bucket_name=...", "", "", False),
        (TWO_LINES, "queue=dead_letters", "queue=dead_letters", False),
        (TWO_LINES, "queue=dead_letters", TWO_LINES, True),
        (TWO_LINES, "", "queue=dead_letters", False),
        (ALTERNATIVES, "", "deletion_protection=settings.production", True),
        ("only advice", "", "something else", False),
    ],
)
def test_a_fix_is_applied_when_the_source_obeys_it(
    fix: str, before: str, after: str, expected: bool
) -> None:
    around = [BUCKET.format(f"{source}\n") for source in (before, after)]
    assert applied(fix, around[0], around[1]) is expected


def test_layout_and_comments_do_not_count() -> None:
    assert tokens('f(  # why\n  "a b",\n)') == ["f", "(", '"a b"', ")"]
