"""Partial Markdown pages are added to whole ones."""

from lifecycle.pages import merge

PAGE = """\
# Architecture

Text.

```mermaid
flowchart LR
    table
```

## Alarms

Before.

| alarm | action |
|---|---|
| A | b |

After.

### Drill

- one
  continued
- two

## Last
"""


def test_rows_follow_the_last_row_of_the_table() -> None:
    merged = merge(PAGE, "## Alarms\n\n| B | c |\n| C | d |\n")
    assert merged == PAGE.replace("| A | b |\n", "| A | b |\n| B | c |\n| C | d |\n")


def test_entries_follow_the_last_entry_with_its_lines() -> None:
    merged = merge(PAGE, "### Drill\n\n- three\n")
    assert merged == PAGE.replace("- two\n", "- two\n- three\n")


def test_code_is_added_as_a_paragraph() -> None:
    code = "```sh\n- one\n| A | b |\n```"
    merged = merge(PAGE, f"### Drill\n\n{code}\n")
    assert merged == PAGE.replace("- two\n", f"- two\n\n{code}\n")


def test_a_new_section_follows_the_one_before_it() -> None:
    merged = merge(PAGE, "## Alarms\n\n| B | c |\n\n### Letters\n\nRead them.\n")
    assert merged.index("After.") < merged.index("### Letters") < merged.index("### Drill")
    assert "\n\n### Letters\n\nRead them.\n\n### Drill\n" in merged


def test_a_section_without_a_place_is_last() -> None:
    assert merge(PAGE, "## New\n\nText.\n") == f"{PAGE}\n## New\n\nText.\n"


def test_headings_in_code_are_no_headings() -> None:
    page = "# A\n\n```sh\n# B\n```\n"
    assert merge(page, "# B\n\ntext\n") == f"{page}\n# B\n\ntext\n"


def test_the_same_part_changes_nothing_twice() -> None:
    part = "## Alarms\n\n| B | c |\n\n### Letters\n\nRead them.\n"
    once = merge(PAGE, part)
    assert merge(once, part) == once
