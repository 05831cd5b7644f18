"""Colours: of the paper, of the kinds of block, of what has changed; for light and dark backgrounds."""

from __future__ import annotations

from typing import NamedTuple


class Shade(NamedTuple):
    """Fill, line and text of a box."""

    fill: str
    line: str
    text: str


class Paper(NamedTuple):
    """Everything but the boxes; `marks`: lines around marked boxes, those of a difference and those of a profile."""

    background: str
    text: str
    faint: str
    line: str
    frame: str
    border: str
    marks: dict[str, str]


LEGENDS = (
    {"added": "added", "removed": "removed", "changed": "changed"},
    {"hot": "over 10 % of the time", "warm": "2 to 10 %"},
)
"""What the marks mean, for the two kinds of picture that have them."""

SAME = "same"
"""Mark of a box that is equal in both graphs of a difference: it is drawn faintly, and needs no legend."""
FAINTNESS = 0.45
"""How much of the paper's colour is mixed into what is drawn faintly."""


LIGHT_SHADES = {
    "loader": Shade("#dbeafe", "#2563eb", "#172554"),
    "preprocessing": Shade("#cffafe", "#0891b2", "#083344"),
    "transform": Shade("#ccfbf1", "#0d9488", "#042f2e"),
    "layer": Shade("#ffffff", "#64748b", "#0f172a"),
    "normalisation": Shade("#f3e8ff", "#9333ea", "#3b0764"),
    "loss": Shade("#ffe4e6", "#e11d48", "#4c0519"),
    "monitor": Shade("#fef3c7", "#d97706", "#451a03"),
    "output": Shade("#dcfce7", "#16a34a", "#052e16"),
}

DARK_SHADES = {
    "loader": Shade("#172c55", "#60a5fa", "#dbeafe"),
    "preprocessing": Shade("#0b3a47", "#22d3ee", "#cffafe"),
    "transform": Shade("#0f3d38", "#2dd4bf", "#ccfbf1"),
    "layer": Shade("#263347", "#94a3b8", "#e2e8f0"),
    "normalisation": Shade("#351a55", "#c084fc", "#f3e8ff"),
    "loss": Shade("#4a1424", "#fb7185", "#ffe4e6"),
    "monitor": Shade("#43290a", "#fbbf24", "#fef3c7"),
    "output": Shade("#123a22", "#4ade80", "#dcfce7"),
}

LIGHT = (
    Paper(
        *("#ffffff", "#0f172a", "#475569", "#94a3b8", "#f8fafc", "#cbd5e1"),
        {"added": "#16a34a", "removed": "#dc2626", "changed": "#d97706", "hot": "#dc2626", "warm": "#d97706"},
    ),
    LIGHT_SHADES,
)

DARK = (
    Paper(
        *("#0f172a", "#e2e8f0", "#a8b4c6", "#64748b", "#162033", "#334155"),
        {"added": "#4ade80", "removed": "#f87171", "changed": "#fbbf24", "hot": "#f87171", "warm": "#fbbf24"},
    ),
    DARK_SHADES,
)


SERIES = ("#3b82f6", "#f59e0b", "#10b981", "#ec4899", "#8b5cf6", "#14b8a6", "#ef4444", "#84cc16", "#a16207", "#64748b")
"""Of curves and groups, in their order: they can be told apart on light and on dark paper."""


def mixed(shade: Shade, paper: Paper, mark: str) -> Shade:
    """Return the colours of a box on a paper, fainter if it is marked as the same in both graphs."""
    return Shade(*(_faint(colour, paper.background) for colour in shade)) if mark == SAME else shade


def readable(fill: str) -> str:
    """Return black or white, whichever can be read on a colour (W3C, Web Content Accessibility Guidelines 2.2)."""
    shares = [part / 255 for part in bytes.fromhex(fill[1:])]
    linear = [share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4 for share in shares]
    luminance = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    # Where both have the same contrast: (1.05) / (L + 0.05) = (L + 0.05) / 0.05.
    return "#000000" if luminance > (1.05 * 0.05) ** 0.5 - 0.05 else "#ffffff"


def _faint(colour: str, paper: str) -> str:
    parts = zip(bytes.fromhex(colour[1:]), bytes.fromhex(paper[1:]), strict=True)
    return "#" + bytes(round(own + FAINTNESS * (other - own)) for own, other in parts).hex()
