"""Draws a laid-out picture as one HTML page that works offline: pan, zoom, fold, search, look at a node."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib.resources import files
from typing import Any

from registry.drawing.colouring import Colouring
from registry.drawing.details import BATCH, details, overview
from registry.drawing.document import filled, html_page, script_json
from registry.drawing.geometry import BOTTOM, SIDE, TITLE_BAND, Geometry
from registry.drawing.heading import CHIP, MARGIN, Entry, heading
from registry.drawing.placing import LAYER_GAP
from registry.drawing.routes import CORNER, LANE, Route
from registry.drawing.stages import stages
from registry.drawing.styles import Theme, switched_sheet
from registry.drawing.svg import chip, content, escaped
from registry.wiring.stage_plan import planned_stages


def html(
    geometry: Geometry,
    theme: Theme = "auto",
    marks: Mapping[str, str] | None = None,
    note: str = "",
    colourings: Sequence[Colouring] = (),
) -> str:
    """Return the page; `note` is shown in the panel before a node is chosen, `colourings` can be chosen there."""
    head = heading(geometry, marks or {})
    drawing = "\n".join(content(geometry, marks or {}))
    assets = files("registry.drawing") / "assets"
    title, style = geometry.scene.root.title, switched_sheet() + (assets / "viewer.css").read_text(encoding="utf-8")
    parts = {
        "title": escaped(title),
        "description": escaped(head.description),
        "legend": "".join(_legend_item(entry) for entry in head.legend),
        "drawing": drawing,
        "note": escaped(note),
        "stages": stages(planned_stages(geometry.scene.checked)),
        "data": script_json(_data(geometry) | {"colourings": [item.plain(geometry.scene) for item in colourings]}),
        "script": (assets / "viewer.js").read_text(encoding="utf-8"),
    }
    return html_page(title, style, filled((assets / "page.html").read_text(encoding="utf-8"), parts), theme)


def _legend_item(entry: Entry) -> str:
    side = f"{CHIP + 2:.0f}"
    size = f'width="{side}" height="{side}" viewBox="-1 -1 {side} {side}"'
    return f'<li><svg {size} aria-hidden="true">{chip(entry)}</svg>{escaped(entry.meaning)}</li>'


def _data(geometry: Geometry) -> dict[str, Any]:
    return {
        "batch": BATCH,
        "overview": overview(geometry.scene.checked),
        "details": details(geometry.scene),
        "levels": {path: _level(path, geometry) for path in geometry.levels},
        "routes": [_route(route, geometry) for route in geometry.routes],
        "size": [geometry.width, geometry.height],
        "constants": {
            "gap": LAYER_GAP,
            "band": TITLE_BAND,
            "bottom": BOTTOM,
            "side": SIDE,
            "lane": LANE,
            "corner": CORNER,
            "margin": MARGIN,
        },
    }


def _level(path: str, geometry: Geometry) -> dict[str, Any]:
    """Return what the viewer needs to place a level anew when a frame in it is folded: sizes, and horizontal places."""
    placed = geometry.placed[path]
    sizes = {
        name: [round(item.x, 1), round(item.width, 1), round(item.height, 1)] for name, item in placed.items.items()
    }
    ports = {name: dict(item.ports) for name, item in placed.items.items() if item.ports}
    return {
        "layers": placed.layered.layers,
        "items": sizes,
        "ports": ports,
        "shift": geometry.shifts.get(path, 0.0),
        "title": geometry.levels[path].level.container.title,
    }


def _route(route: Route, geometry: Geometry) -> dict[str, Any]:
    edge = route.edge
    level = geometry.levels[route.level].level
    return {
        "level": route.level,
        "source": edge.source,
        "sourcePort": edge.source_port,
        "target": edge.target,
        "targetPort": edge.target_port,
        "via": edge.via,
        "shift": route.end_shift,
        "loop": route.lane,
        "entry": edge.source in level.entries,
        "exit": edge.target in level.exits,
        "arrow": route.arrow,
        "ends": sorted({(link.source, link.target) for link in edge.links}),
    }
