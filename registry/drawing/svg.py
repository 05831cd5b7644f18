"""Draws a laid-out picture as SVG."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape

from registry.drawing.geometry import FRAME_SIZE, LABEL_LINE, TITLE_BAND, Card, Geometry, Rectangle, label_size
from registry.drawing.heading import (
    CHIP,
    CHIP_TOP,
    HEADER,
    LEGEND_LINE,
    MARGIN,
    NAME_LINE,
    NOTE_LINE,
    Entry,
    Heading,
    heading,
)
from registry.drawing.routes import Route
from registry.drawing.scene import Container, is_cut, label_lines
from registry.drawing.styles import Theme, sheet
from registry.drawing.theme import LIGHT, readable


def svg(geometry: Geometry, theme: Theme = "auto", marks: Mapping[str, str] | None = None) -> str:
    """Return the picture as an SVG document.

    `marks` of boxes by their paths: "added", "removed", "changed", "same" in a difference, "hot", "warm" in a profile.
    """
    head = heading(geometry, marks or {})
    width = max(geometry.width, head.width) + 2 * MARGIN
    height = geometry.height + HEADER + 2 * MARGIN
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height:.0f}" '
            f'width="{width:.0f}" height="{height:.0f}" role="img" aria-label="{escaped(geometry.scene.root.title)}">',
            f"<style>{sheet(theme)}</style>",
            '<rect class="paper" width="100%" height="100%"/>',
            f'<g transform="translate({MARGIN:.0f} {MARGIN:.0f})">{_heading(head)}</g>',
            f'<g transform="translate({MARGIN:.0f} {MARGIN + HEADER:.0f})">',
            *content(geometry, marks or {}),
            "</g>",
            "</svg>\n",
        ]
    )


def _heading(head: Heading) -> str:
    parts = [
        f'<text class="heading" y="{NAME_LINE:.0f}">{escaped(head.name)}</text>',
        f'<text class="note" y="{NOTE_LINE:.0f}">{escaped(head.note)}</text>',
    ]
    for entry in head.legend:
        parts.append(f'<g transform="translate({entry.x:.1f} {CHIP_TOP:.0f})">{chip(entry)}</g>')
        parts.append(f'<text class="note" x="{entry.text_x:.1f}" y="{LEGEND_LINE}">{escaped(entry.meaning)}</text>')
    return "".join(parts)


def chip(entry: Entry) -> str:
    """Return the coloured square of an entry of the legend."""
    fill = ' fill="none"' if entry.is_mark else ""
    return f'<g class="{entry.name}"><rect width="{CHIP:.0f}" height="{CHIP:.0f}" rx="3"{fill}/></g>'


def content(geometry: Geometry, marks: Mapping[str, str]) -> list[str]:
    """Return the elements of a picture without its heading: frames, lines, boxes, labels."""
    lines = [_frame(geometry.rectangles[frame.path], frame) for frame in geometry.scene.root.containers()]
    lines += [_link(route, number) for number, route in enumerate(geometry.routes)]
    lines += [_box(card, geometry.rectangles[path], marks.get(path, "")) for path, card in geometry.cards.items()]
    return lines + [_label(route, number) for number, route in enumerate(geometry.routes) if route.label]


def _frame(place: Rectangle, frame: Container) -> str:
    return (
        f'<g class="frame" data-path="{escaped(frame.path)}" transform="translate({place.x:.1f} {place.y:.1f})">'
        f'<rect width="{place.width:.1f}" height="{place.height:.1f}" rx="8"/>'
        f'<g class="frame-head"><rect width="{place.width:.1f}" height="{TITLE_BAND}" rx="8" fill="none"/>'
        f'<text class="frame-title" x="14" y="{FRAME_SIZE + 6}">{escaped(frame.title)}</text></g></g>'
    )


def _box(card: Card, place: Rectangle, mark: str) -> str:
    style = card.box.style
    words = _styled(fill=style.text or (readable(style.fill) if style.fill else ""))
    # What marks a box says more than what a plugin makes of it.
    line = "" if mark in LIGHT[0].marks else style.line
    texts = (
        f'<text class="{row.role}" x="{row.x:.0f}" y="{row.y:.1f}"{words}>{escaped(row.text)}</text>'
        for row in card.texts
    )
    return (
        f'<g class="box {card.box.kind} {mark}" data-path="{escaped(card.box.path)}" '
        f'transform="translate({place.x:.1f} {place.y:.1f})">'
        f'<rect width="{card.width:.1f}" height="{card.height:.1f}" rx="6"{_styled(fill=style.fill, stroke=line)}/>'
        f'<rect class="stripe" width="4" height="{card.height:.1f}" rx="2"{_styled(fill=line)}/>'
        f"{''.join(texts)}{_tip(card.cut)}</g>"
    )


def _styled(**colours: str) -> str:
    """Return the attribute of colours that differ from those of the style sheet."""
    rules = ";".join(f"{name}:{colour}" for name, colour in colours.items() if colour)
    return f' style="{rules}"' if rules else ""


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
    where = "label inner" if route.level else "label"
    return (
        f'<g class="{where}" data-route="{number}" transform="translate({x:.1f} {y:.1f})">'
        f'<rect x="{-width / 2:.1f}" y="{-height / 2:.1f}" width="{width:.1f}" height="{height:.1f}" rx="3"/>'
        f"{''.join(texts)}{_tip(label_lines(route.edge.links, cut=False) if is_cut(route.label) else [])}</g>"
    )


def _tip(lines: list[str]) -> str:
    """Return what is shown while the pointer rests on something of which not all could be written."""
    return f"<title>{escaped(chr(10).join(lines))}</title>" if lines else ""


def escaped(text: str) -> str:
    """Return a text as it has to stand in XML."""
    return escape(text, quote=True)
