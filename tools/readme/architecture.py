"""The default architecture, drawn from the synthesized stack: boxes for its resources, and arrows.

The positions are fixed, and the content is not: a box whose resources the stack lacks,
and a resource without a box, is an error.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
from typing import Any

from tools.readme.themes import FONT, Theme

WIDTH, HEIGHT = 898, 400


@dataclass(frozen=True)
class Box:
    """A box: its place, its title, a note with counts of the stack, and its resource types."""

    x: int
    y: int
    title: str
    note: str
    types: tuple[str, ...]
    width: int = 132
    height: int = 56


BOXES = {
    "callers": Box(16, 92, "Callers", "SigV4 (IAM)", (), 108),
    "api": Box(164, 92, "REST API", "validation, logs", ("AWS::ApiGateway::RestApi",), 120),
    "api function": Box(516, 92, "API function", "own role", ("AWS::Lambda::Function",), 112),
    "table": Box(
        722, 92, "Table", "recovery to any second", ("AWS::DynamoDB::Table",), 142, height=172
    ),
    "uploads": Box(16, 208, "Uploads", "incoming/", (), 108),
    "bucket": Box(164, 208, "Bucket", "versioned, logged", ("AWS::S3::Bucket",), 120),
    "queue": Box(
        340, 208, "Rule, queue", "and dead letters", ("AWS::Events::Rule", "AWS::SQS::Queue"), 112
    ),
    "worker": Box(516, 208, "Worker", "own role", ("AWS::Lambda::Function",), 112),
    "alarms": Box(
        164, 314, "{AWS::CloudWatch::Alarm} alarms", "and a dashboard",
        ("AWS::CloudWatch::Alarm", "AWS::CloudWatch::Dashboard"), 120,
    ),
    "topics": Box(
        340, 314, "{AWS::SNS::Topic} topics", "pages, notices", ("AWS::SNS::Topic",), 112
    ),
    "trail": Box(722, 314, "Audit trail", "in production", ("AWS::CloudTrail::Trail",), 142),
}  # fmt: skip
ARROWS = (
    ("callers", "api", ""),
    ("api", "api function", "invokes"),
    ("api function", "table", "items"),
    ("uploads", "bucket", ""),
    ("bucket", "queue", "events"),
    ("queue", "worker", "batches"),
    ("worker", "table", "items"),
    ("alarms", "topics", "notify"),
)
FRAMES = (
    (
        500,
        58,
        146,
        222,
        "VPC, {AWS::EC2::VPCEndpoint} endpoints",
        ("AWS::EC2::VPC", "AWS::EC2::VPCEndpoint"),
    ),
    (146, 22, 736, 362, "One stack for each environment, with one KMS key", ("AWS::KMS::Key",)),
)
# Resources that serve another one, which has a box.
PARTS = (
    "AWS::ApiGateway::", "AWS::EC2::", "AWS::IAM::", "AWS::Lambda::", "AWS::Logs::",
    "AWS::S3::BucketPolicy", "AWS::SNS::TopicPolicy", "AWS::SQS::QueuePolicy",
)  # fmt: skip


class StaleError(Exception):
    """The picture doesn't show what the stack contains. The message says what to draw."""


def picture(counts: Mapping[str, int], theme: Theme) -> str:
    """Return the picture for the numbers of resources of the production stack by type.

    Raises:
        StaleError: stack and picture differ.
    """
    drawn = {kind for box in BOXES.values() for kind in box.types}
    drawn |= {kind for *_, types in FRAMES for kind in types}
    if missing := sorted(drawn - counts.keys()):
        raise StaleError(f"the default stack has no {', '.join(missing)}: change BOXES")
    if more := sorted(k for k in counts.keys() - drawn if not k.startswith(PARTS)):
        raise StaleError(f"no box shows {', '.join(more)}: change BOXES")
    parts = [_start(theme)]
    for x, y, width, height, label, _ in reversed(FRAMES):
        parts.append(
            f'<rect x="{x}" y="{y}" width="{width}" height="{height}" rx="10" fill="{theme.panel}"'
            f' stroke="{theme.line}" stroke-dasharray="5 4"/><text x="{x + 12}" y="{y + 20}"'
            f' class="n">{escape(_filled(label, counts))}</text>'
        )
    parts += [_arrow(BOXES[source], BOXES[target], label) for source, target, label in ARROWS]
    for name, box in BOXES.items():
        stroke = theme.line if not box.types else theme.accent
        parts.append(
            f'<g id="{name.replace(" ", "-")}"><rect x="{box.x}" y="{box.y}" width="{box.width}"'
            f' height="{box.height}" rx="8" fill="{theme.box}" stroke="{stroke}"/>'
            f'<text x="{box.x + box.width / 2:g}" y="{box.y + box.height / 2 - 4:g}" class="h">'
            f"{escape(_filled(box.title, counts))}</text>"
            f'<text x="{box.x + box.width / 2:g}" y="{box.y + box.height / 2 + 14:g}" class="n m">'
            f"{escape(_filled(box.note, counts))}</text></g>"
        )
    return "\n".join([*parts, "</svg>"]) + "\n"


def _start(theme: Theme) -> str:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}"'
        f' height="{HEIGHT}" role="img" aria-labelledby="t"><title id="t">Architecture of the'
        f" default project</title><style>text{{font:12px {FONT};fill:{theme.text}}}"
        f".h{{font-weight:600;font-size:13px;text-anchor:middle}}.n{{fill:{theme.muted};font-size:11px}}"
        f".m{{text-anchor:middle}}.a{{stroke:{theme.arrow};fill:none;stroke-width:1.5}}</style>"
        f'<defs><marker id="p" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7"'
        f' orient="auto"><path d="M0 0L8 4L0 8z" fill="{theme.arrow}"/></marker></defs>'
        f'<rect width="{WIDTH}" height="{HEIGHT}" rx="10" fill="{theme.page}"/>'
    )


def _arrow(source: Box, target: Box, label: str) -> str:
    x1, x2, y = source.x + source.width, target.x, source.y + source.height / 2
    place = f'x="{(x1 + x2) / 2:g}" y="{y - 7:g}" class="n m"'
    text = f"<text {place}>{escape(label)}</text>" if label else ""
    line = f'<path class="a" marker-end="url(#p)" d="M{x1:g} {y:g}L{x2:g} {y:g}"/>'
    return line + text


def _filled(text: str, counts: Mapping[str, Any]) -> str:
    for kind, count in counts.items():
        text = text.replace(f"{{{kind}}}", str(count))
    return text
