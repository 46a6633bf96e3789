"""TAP63x: tags say something."""

from __future__ import annotations

from collections.abc import Iterator

from tap_guardrails.model import Resource
from tap_guardrails.rule import rule
from tap_guardrails.rules.project import TAGGED, TAGS


@rule("TAP631", "silent", *TAGGED, profile="house")
def tags_have_values(resource: Resource) -> Iterator[str]:
    """The tags Project, Owner and Environment have a value.

    Costs of an empty owner are no one's, and no one is asked before the resource is deleted.
    Limits: The content of a value is not judged.
    https://docs.aws.amazon.com/whitepapers/latest/tagging-best-practices/building-your-tagging-strategy.html

        - cdk.Tags.of(queue).add("Owner", "")
    """
    tags = resource.get("UserPoolTags" if resource.type.endswith("UserPool") else "Tags") or []
    pairs = tags if isinstance(tags, dict) else {t["Key"]: t.get("Value") for t in tags}
    for name in sorted(TAGS & {*pairs}):
        if isinstance(pairs[name], str) and not pairs[name].strip():
            yield f"its tag {name} is empty"
