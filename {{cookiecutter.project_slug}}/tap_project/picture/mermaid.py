"""A graph as a Mermaid flowchart, which GitHub and GitLab draw.

https://mermaid.js.org/syntax/flowchart.html
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping

from tap_project.picture.graph import ALARMS, Graph, Node

# Words that end or break a flowchart as the name of a node.
RESERVED = {"call", "class", "click", "default", "direction", "end", "graph", "style", "subgraph"}


def lines(graph: Graph) -> Iterator[str]:
    """Yield the lines of a flowchart: the nodes by construct, then the arrows.

    Nodes below one construct of the stack are a group. Lines are sorted, so that a small change of
    the stack is a small difference of the page.
    """
    ids = _ids(graph)
    yield "flowchart TB"
    for group, nodes in sorted(_groups(graph).items()):
        if group:
            yield f'    subgraph {_plain(group)}_ ["{_escaped(group)}"]'
        for node in nodes:
            indent = "        " if group else "    "
            name = _name(node, nodes) if group else node.path
            yield f"{indent}{ids[node.path]}{_shaped(node, name)}"
        if group:
            yield "    end"
    for arrow in sorted(graph.arrows):
        label = f'|"{_escaped(arrow.label)}"|' if arrow.label else ""
        line = "-.->" if arrow.event else "-->"
        yield f"    {ids[arrow.source]} {line}{label} {ids[arrow.target]}"


def _groups(graph: Graph) -> Mapping[str, list[Node]]:
    """Return the nodes by group; '' for those in none."""
    nodes = sorted(graph.nodes.values())
    counted = Counter(_construct(node) for node in nodes)
    found: dict[str, list[Node]] = defaultdict(list)
    for node in nodes:
        construct = _construct(node)
        found[construct if counted[construct] > 1 else ""].append(node)
    return found


def _construct(node: Node) -> str:
    """Return the construct of the stack that a node is in; the alarms of a topic are beside it."""
    if node.outside:
        return ""
    return node.path.removeprefix(ALARMS).partition("/")[0]


def _name(node: Node, nodes: list[Node]) -> str:
    """Return the last part of a path, or as much as no other node of the group has."""
    if node.path.startswith(ALARMS):
        return "alarms"
    paths = [f"/{each.path}" for each in nodes if not each.path.startswith(ALARMS)]
    parts = node.path.split("/")
    for length in range(1, len(parts)):
        name = "/".join(parts[-length:])
        if sum(path.endswith(f"/{name}") for path in paths) == 1:
            return name
    return node.path


def _shaped(node: Node, name: str) -> str:
    words = node.kind.words
    told = re.sub(r"[^a-z]", "", words.lower()) in re.sub(r"[^a-z]", "", name.lower())
    parts = [name, *([] if told else [words]), *([node.note] if node.note else [])]
    return node.kind.shape.format(f'"{_escaped("<br/>".join(parts))}"')


def _ids(graph: Graph) -> Mapping[str, str]:
    """Return an id for each node, alike if other nodes come and go."""
    found: dict[str, str] = {}
    for path in sorted(graph.nodes):
        plain = _plain(path)
        taken = set(found.values())
        number = 2
        unique = plain
        while unique in taken:
            unique, number = f"{plain}{number}", number + 1
        found[path] = unique
    return found


def _plain(text: str) -> str:
    joined = "".join(
        part[:1].upper() + part[1:] for part in re.split(r"[^A-Za-z0-9]+", text) if part
    )
    return f"{joined}_" if joined.lower() in RESERVED or not joined else joined


def _escaped(text: str) -> str:
    return text.replace("&", "#amp;").replace('"', "#quot;").replace("`", "#96;")
