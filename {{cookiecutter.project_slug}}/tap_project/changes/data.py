"""Resources with data that a deployment would replace or delete.

A resource is replaced if a property changes that can't be changed in place, or that refers to a
replaced resource. A deleted and a created resource of the same type count as a rename, which is a
replacement, too: CloudFormation knows resources by their logical id only.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tap_project.changes.indexes import index_findings
from tap_project.changes.pairs import Body, Item, Pair
from tap_project.changes.report import Finding, Section
from tap_project.changes.specification import Specification

BUCKET, KEY, LOG_GROUP = "AWS::S3::Bucket", "AWS::KMS::Key", "AWS::Logs::LogGroup"
NESTED = "AWS::CloudFormation::Stack"
KEPT = frozenset({"Retain", "RetainExceptOnCreate"})
# Logs of a shorter retention, in days, are no record.
RECORD = 365
# The default DeletionPolicy of these is Snapshot:
# https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-attribute-deletionpolicy.html
SNAPSHOTS = frozenset({"AWS::RDS::DBCluster", "AWS::RDS::DBInstance"})
# Retained on purpose whenever their code changes, or useless without the resource they belong to.
UNREMARKABLE = frozenset(
    {
        "AWS::Lambda::LayerVersion",
        "AWS::Lambda::Version",
        "AWS::S3::BucketPolicy",
        "AWS::SNS::TopicPolicy",
        "AWS::SQS::QueuePolicy",
    }
)
WORDS = {BUCKET: "bucket", KEY: "key", LOG_GROUP: "log group", "AWS::SQS::Queue": "queue"}


def data_findings(pair: Pair, spec: Specification) -> Iterator[Finding]:
    """Yield what happens to the data of one template that is updated in place."""
    yield from _less_protected_stack(pair)
    impacts = replacements(pair, spec)
    left = []
    for old, new in pair.both():
        reason = _reason(old, new, impacts.get(old.resource.id, {}))
        if reason and holds_data(old, spec):
            yield _finding(
                pair, old, f"{reason}; {_fate(old, new, pair)}{_conflict(old, new, spec)}"
            )
        elif reason and _policy(old, "UpdateReplacePolicy") in KEPT and "may be" not in reason:
            left.append(old)
        if old.type == new.type and old.resource.id == new.resource.id:
            yield from index_findings(pair, old, new, replaced=bool(reason))
            if holds_data(old, spec):
                yield from _less_protected(pair, old, new)
    for old in pair.gone():
        if holds_data(old, spec):
            yield _finding(pair, old, f"is deleted; {_fate(old, None, pair)}")
        elif _policy(old, "DeletionPolicy") in KEPT:
            left.append(old)
    orphans = sorted(f"{each.path} ({each.type})" for each in left if each.type not in UNREMARKABLE)
    if orphans:
        text = f"stays in the account, without code: {', '.join(orphans)}"
        yield Finding(Section.DATA, pair.environment, text)


def replacements(pair: Pair, spec: Specification) -> dict[str, dict[str, bool]]:
    """Return the properties that replace resources, by former logical id.

    The value is whether the property certainly replaces the resource. References to a resource that
    is replaced, or may be, count as changed.
    """
    found: dict[str, dict[str, bool]] = {}
    both = [(old, new) for old, new in pair.both() if old.type == new.type]
    certain = {new.resource.id for old, new in both if old.resource.id != new.resource.id}
    for sure in (True, False):
        moved, known = set(certain), -1
        while known != len(moved):
            known = len(moved)
            for old, new in both:
                after = marked(new.properties, moved)
                for name, certainly in spec.replacing(old.type, old.properties, after).items():
                    found.setdefault(old.resource.id, {}).setdefault(name, certainly and sure)
                impact = found.get(old.resource.id, {})
                if any(impact.values()) or (impact and not sure):
                    moved.add(new.resource.id)
        certain = moved
    return found


def marked(value: Any, moved: set[str]) -> Any:
    """Return a value in which references to some resources differ from those of before."""
    if isinstance(value, list):
        return [marked(each, moved) for each in value]
    if not isinstance(value, dict):
        return value
    match value:
        case {"Ref": str(name)} if name in moved:
            return {"Ref": f"{name} (replaced)"}
        case {"Fn::GetAtt": [str(name), *rest]} if name in moved:
            return {"Fn::GetAtt": [f"{name} (replaced)", *rest]}
        case {"Fn::GetAtt": str(name)} if name.partition(".")[0] in moved:
            return {"Fn::GetAtt": f"{name} (replaced)"}
        case {"Fn::Sub": pattern}:
            text = pattern if isinstance(pattern, str) else str(pattern[:1])
            if any(f"${{{name}}}" in text or f"${{{name}." in text for name in moved):
                return {"Fn::Sub": ["(replaced)", marked(pattern, moved)]}
    return {key: marked(each, moved) for key, each in value.items()}


def holds_data(item: Item, spec: Specification) -> bool:
    """Return whether a resource holds data; a log group only if it is a record.

    A log group is a record if it is retained, never expires, or keeps its events for a year.
    """
    if item.type == NESTED:  # its resources are compared, if its template is in the assembly
        return item.resource.id not in item.unit.template.nested
    if item.type == LOG_GROUP:
        days = item.properties.get("RetentionInDays")
        kept = not isinstance(days, int) or days >= RECORD
        return kept or _policy(item, "DeletionPolicy") in KEPT
    return spec.holds_data(item.type)


def _reason(old: Item, new: Item, impact: dict[str, bool]) -> str:
    """Return how a resource is replaced and why, or ''."""
    if old.type != new.type:
        return f"changes its type to {new.type}, which CloudFormation refuses for one logical id"
    if old.resource.id != new.resource.id:
        to = (
            f"to {new.path}"
            if new.path != old.path
            else f"from {old.resource.id} to {new.resource.id}"
        )
        return f"is renamed {to}: a new one is created, which is empty"
    certain = sorted(name for name, certainly in impact.items() if certainly)
    if certain:
        return f"is replaced by a new one, which is empty: {_listed(certain)}"
    if impact:
        return f"may be replaced by a new one, which is empty: {_listed(sorted(impact))}"
    if old.body.get("Condition") != new.body.get("Condition"):
        return "may be deleted: its Condition changes"
    name = new.body.get("Condition")
    if name and _condition(old, name) != _condition(new, name):
        return f"may be deleted: its Condition {name} changes"
    return ""


def _condition(item: Item, name: str) -> Any:
    return (item.unit.template.body.get("Conditions") or {}).get(name)


def _listed(names: list[str]) -> str:
    return f"{', '.join(names)} {'changes' if len(names) == 1 else 'change'}"


def _policy(item: Item, name: str) -> str:
    instance = item.type == "AWS::RDS::DBInstance" and "DBClusterIdentifier" in item.properties
    snapshot = name == "DeletionPolicy" and item.type in SNAPSHOTS and not instance
    return str(item.body.get(name, "Snapshot" if snapshot else "Delete"))


def _fate(old: Item, new: Item | None, pair: Pair) -> str:
    """Return what happens to the former resource, in words."""
    word = WORDS.get(old.type, "one")
    if new is None or old.resource.id != new.resource.id:
        policy = _policy(old, "DeletionPolicy")
    else:  # which of both templates counts is undocumented
        policies = [_policy(each, "UpdateReplacePolicy") for each in (old, new)]
        policy = next((each for each in policies if each not in KEPT), policies[0])
    if policy in KEPT:
        return f"the old {word} stays in the account with its data, without code"
    if is_protected(old.properties):
        return f"deletion protection keeps the old {word} in the account, without code"
    if policy == "Snapshot":
        return f"of the old {word} only a snapshot remains"
    if old.type == BUCKET and not _is_emptied(old):
        return "the old bucket is deleted if it is empty, and otherwise stays, without code"
    if old.type == KEY:
        days = old.properties.get("PendingWindowInDays", 30)
        return f"all that the old key encrypts is unreadable after {days} days"
    return f"the old {word} is deleted, and its data is lost"


def is_protected(properties: Body) -> bool:
    """Return whether deletion protection is on."""
    found = [
        properties,
        *(each for each in properties.get("Replicas", []) if isinstance(each, dict)),
    ]
    return any(
        each.get(name) in (True, "true", "ACTIVE")
        for each in found
        for name in ("DeletionProtection", "DeletionProtectionEnabled")
    )


def _is_emptied(bucket: Item) -> bool:
    """Return whether the CDK's custom resource empties a bucket before its deletion."""
    users = bucket.resource.app.referring(bucket.resource)
    return any(each.type == "Custom::S3AutoDeleteObjects" for each in users)


def _conflict(old: Item, new: Item, spec: Specification) -> str:
    """Return the consequence of a physical name that both resources have, or ''."""
    name = spec.name_property(old.type)
    if name is None or old.type != new.type or old.properties.get(name) is None:
        return ""
    if old.properties[name] != new.properties.get(name):
        return ""
    return f". Both have the same {name}, so the deployment fails"


def _less_protected_stack(pair: Pair) -> Iterator[Finding]:
    if pair.before is None or pair.after is None or pair.after.nested:
        return
    if pair.before.template.protected and not pair.after.template.protected:
        text = f"{pair.after.stack} is less protected: termination protection is turned off"
        yield Finding(Section.DATA, pair.environment, text)


def _less_protected(pair: Pair, old: Item, new: Item) -> Iterator[Finding]:
    """Yield what protects data before the change, and no longer after it."""
    lost = [
        f"{name} changes from {_policy(old, name)} to {_policy(new, name)}"
        for name in ("DeletionPolicy", "UpdateReplacePolicy")
        if _policy(old, name) in KEPT and _policy(new, name) not in KEPT
    ]
    if is_protected(old.properties) and not is_protected(new.properties):
        lost.append("deletion protection is turned off")
    if lost:
        text = f"{_name(old)} is less protected: {', '.join(lost)}"
        yield Finding(Section.DATA, pair.environment, text)


def _name(item: Item) -> str:
    return f"{item.path} ({item.type})"


def _finding(pair: Pair, item: Item, text: str) -> Finding:
    key = f"{pair.environment}/{item.path}"
    return Finding(Section.DATA, pair.environment, f"{_name(item)} {text}", fails=True, key=key)
