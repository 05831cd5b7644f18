"""Draws a laid-out picture as SVG."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape

from registry.drawing.geometry import FRAME_SIZE, LABEL_LINE, TITLE_BAND, Card, Geometry, Rectangle, label_size
from registry.drawing.routes import Route
from registry.drawing.scene import Container
from registry.drawing.styles import Theme, sheet
from registry.drawing.text import fitted, text_width
from registry.drawing.theme import LEGENDS

MARGIN = 24.0
HEADER = 74.0
"""Height of the heading: name, description, colours of the kinds."""
CHIP = 12.0


def svg(geometry: Geometry, theme: Theme = "auto", changes: Mapping[str, str] | None = None) -> str:
    """Return the picture as an SVG document.

    `changes`: marks by the path of a box: "added", "removed", "changed" in a difference, "hot", "warm" in a profile.
    """
    header = heading(geometry, changes)
    width = max(geometry.width, header[1]) + 2 * MARGIN
    height = geometry.height + HEADER + 2 * MARGIN
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height:.0f}" '
            f'width="{width:.0f}" height="{height:.0f}" role="img" aria-label="{escaped(geometry.scene.root.title)}">',
            f"<style>{sheet(theme)}</style>",
            '<rect class="paper" width="100%" height="100%"/>',
            f'<g transform="translate({MARGIN:.0f} {MARGIN:.0f})">{header[0]}</g>',
            f'<g transform="translate({MARGIN:.0f} {MARGIN + HEADER:.0f})">',
            *content(geometry, changes or {}),
            "</g>",
            "</svg>\n",
        ]
    )


def heading(geometry: Geometry, changes: Mapping[str, str] | None = None) -> tuple[str, float]:
    """Return the heading of a picture, and its width; with `changes`, the colours of marks are explained."""
    graph = geometry.scene.wiring.graph
    kinds = dict.fromkeys(box.kind for box in geometry.scene.root.boxes())
    note = fitted(graph.description, 12, max(geometry.width, 420))
    parts = [
        f'<text class="heading" y="16">{escaped(graph.name)}</text>',
        f'<text class="note" y="36">{escaped(note)}</text>',
    ]
    x = 0.0
    for kind in kinds:
        parts.append(f'<g class="{kind}"><rect x="{x:.1f}" y="47" width="{CHIP}" height="{CHIP}" rx="3"/></g>')
        parts.append(f'<text class="note" x="{x + CHIP + 5:.1f}" y="57.5">{kind}</text>')
        x += CHIP + 5 + text_width(kind, 12) + 16
    for change, meaning in legend(changes or {}).items():
        chip = f'<rect x="{x:.1f}" y="47" width="{CHIP}" height="{CHIP}" rx="3" fill="none"/>'
        parts.append(
            f'<g class="{change}">{chip}</g><text class="note" x="{x + CHIP + 5:.1f}" y="57.5">{meaning}</text>'
        )
        x += CHIP + 5 + text_width(meaning, 12) + 16
    return "".join(parts), max(x, text_width(note, 12), text_width(graph.name, 18, bold=True))


def legend(changes: Mapping[str, str]) -> dict[str, str]:
    """Return the meaning of the marks that a picture may show."""
    used = set(changes.values())
    return next((marks for marks in LEGENDS if used & set(marks)), {})


def content(geometry: Geometry, changes: Mapping[str, str]) -> list[str]:
    """Return the elements of a picture without its heading: frames, lines, boxes, labels."""
    lines = [_frame(geometry.rectangles[frame.path], frame) for frame in geometry.scene.root.containers()]
    lines += [_link(route, number) for number, route in enumerate(geometry.routes)]
    lines += [_box(card, geometry.rectangles[path], changes.get(path, "")) for path, card in geometry.cards.items()]
    return lines + [_label(route, number) for number, route in enumerate(geometry.routes) if route.label]


def _frame(place: Rectangle, frame: Container) -> str:
    return (
        f'<g class="frame" data-path="{escaped(frame.path)}" transform="translate({place.x:.1f} {place.y:.1f})">'
        f'<rect width="{place.width:.1f}" height="{place.height:.1f}" rx="8"/>'
        f'<g class="frame-head"><rect width="{place.width:.1f}" height="{TITLE_BAND}" rx="8" fill="none"/>'
        f'<text class="frame-title" x="14" y="{FRAME_SIZE + 6}">{escaped(frame.title)}</text></g></g>'
    )


def _box(card: Card, place: Rectangle, change: str) -> str:
    texts = (
        f'<text class="{line.role}" x="{line.x:.0f}" y="{line.y:.1f}">{escaped(line.text)}</text>'
        for line in card.texts
    )
    return (
        f'<g class="box {card.box.kind} {change}" data-path="{escaped(card.box.path)}" '
        f'transform="translate({place.x:.1f} {place.y:.1f})">'
        f'<rect width="{card.width:.1f}" height="{card.height:.1f}" rx="6"/>'
        f'<rect class="stripe" width="4" height="{card.height:.1f}" rx="2"/>{"".join(texts)}</g>'
    )


def _link(route: Route, number: int) -> str:
    change = route.edge.change
    shape = "link loop" if route.corners else "link"
    arrow = ""
    if route.arrow:
        x, _, y = route.stops[-1]
        arrow = f'<path class="arrow" d="M{x:.1f} {y:.1f}l-4 -7h8z"/>'
    return f'<g class="route" data-route="{number}"><path class="{shape} {change}" d="{route.path()}"/>{arrow}</g>'


def _label(route: Route, number: int) -> str:
    x, y = route.label_at
    width, height = label_size(route.label)
    first = -height / 2 + LABEL_LINE * 0.85
    texts = (f'<text y="{first + LABEL_LINE * row:.1f}">{escaped(line)}</text>' for row, line in enumerate(route.label))
    return (
        f'<g class="label" data-route="{number}" transform="translate({x:.1f} {y:.1f})">'
        f'<rect x="{-width / 2:.1f}" y="{-height / 2:.1f}" width="{width:.1f}" height="{height:.1f}" rx="3"/>'
        f"{''.join(texts)}</g>"
    )


def escaped(text: str) -> str:
    """Return a text as it has to stand in XML."""
    return escape(text, quote=True)
