"""All breakages, by subject."""

from __future__ import annotations

from proof.judges.breakage import SUBJECTS, Breakage
from proof.judges.breakages import access, arrival, data, known, limits, service

BREAKAGES: tuple[Breakage, ...] = tuple(
    sorted(
        (*access.ALL, *service.ALL, *arrival.ALL, *data.ALL, *limits.ALL, *known.ALL),
        key=lambda each: [*SUBJECTS].index(each.kind),
    )
)
