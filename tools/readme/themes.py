"""Colours of pictures on light and on dark pages, as GitHub has them."""

from __future__ import annotations

from dataclasses import dataclass

FONT = "-apple-system,'Segoe UI','Noto Sans',Helvetica,Arial,sans-serif"


@dataclass(frozen=True)
class Theme:
    """Colours of one theme; `series` are those of curves."""

    page: str
    panel: str
    box: str
    line: str
    text: str
    muted: str
    accent: str
    arrow: str
    scale: tuple[str, ...]
    series: tuple[str, ...]


LIGHT = Theme(
    page="#ffffff",
    panel="#f6f8fa",
    box="#ffffff",
    line="#d1d9e0",
    text="#1f2328",
    muted="#59636e",
    accent="#0969da",
    arrow="#59636e",
    scale=("#ddf4ff", "#80ccff", "#218bff", "#0550ae", "#002155"),
    series=("#0969da", "#1a7f37", "#cf222e", "#9a6700"),
)
DARK = Theme(
    page="#0d1117",
    panel="#151b23",
    box="#212830",
    line="#3d444d",
    text="#f0f6fc",
    muted="#9198a1",
    accent="#4493f8",
    arrow="#9198a1",
    scale=("#0c2d6b", "#1158c7", "#388bfd", "#79c0ff", "#cae8ff"),
    series=("#4493f8", "#3fb950", "#f85149", "#d29922"),
)
THEMES = {"light": LIGHT, "dark": DARK}
