"""The figures of a run as its page holds them: numbers that a script draws, and pictures that were drawn before."""

from __future__ import annotations

import base64
import mimetypes
from collections.abc import Iterator, Mapping
from html import escape
from pathlib import PurePosixPath
from typing import Any

from registry.reporting.record import EVENT_FILE, FIGURES, NODES_FILE, RunRecord

MOST_PLACES = 150_000
"""Places of hits on a page, of all spaces together: spaces that would be more are left out."""

MOST_PICTURES = 3_000_000
"""Bytes of pictures on a page, together."""


class Figures:
    """The figures that a script draws, each put in one place of the page."""

    def __init__(self) -> None:
        self.data: list[dict[str, Any]] = []

    def place(self, figure: dict[str, Any], title: str = "", small: bool = True) -> str:
        """Return the place of a figure; `small`: beside others, where there is room."""
        self.data.append(figure)
        text = figure.get("text", "")
        head = f"<h3>{escape(title)}</h3>" if title else ""
        said = f"<p class='said'>{escape(text)}</p>" if text else ""
        kind = "figure small" if small else "figure"
        return f'<div class="{kind}">{head}{said}<div data-figure="{len(self.data) - 1}"></div></div>'


def monitor_figures(record: RunRecord) -> dict[str, dict[str, dict[str, Any]]]:
    """Return what monitors found at last, by monitor and title."""
    found = {}
    for path in record.inside(FIGURES):
        kept = record.json(path) if path.endswith(".json") and path not in (EVENT_FILE, NODES_FILE) else None
        if isinstance(kept, dict):
            found[PurePosixPath(path).stem] = kept
    return found


def joined_clouds(event: Any, monitors: Mapping[str, Mapping[str, dict[str, Any]]]) -> list[dict[str, Any]]:
    """Return the events to be turned: what several figures show of the same hits is one, with all their spaces.

    `event`: what the trained network says of the event that monitors look at; the same hits have the same true objects.
    """
    whole = isinstance(event, dict) and event.get("spaces")
    found: list[dict[str, Any]] = [dict(event, spaces=dict(event["spaces"]))] if whole else []
    left = MOST_PLACES - sum(len(places) for item in found for places in item["spaces"].values())
    for monitor, figures in monitors.items():
        for title, figure in figures.items():
            if figure.get("kind") != "cloud":
                continue
            same = next((item for item in found if _objects(item) == _objects(figure)), None)
            known = list(same["spaces"].values()) if same else []
            spaces = {}
            for name, places in figure["spaces"].items():
                if places not in known and len(places) <= left:
                    spaces[monitor if title == "space" else f"{monitor}: {name}"] = places
                    left -= len(places)
            if same is not None:
                same["spaces"] |= spaces
                same["colours"] = {**figure["colours"], **same["colours"]}
            elif spaces:
                found.append({**figure, "spaces": spaces, "axes": {}})
    return found


def _objects(cloud: Mapping[str, Any]) -> Any:
    return cloud["colours"].get(cloud["noise"], len(next(iter(cloud["spaces"].values()), ())))


def pictures(record: RunRecord, folder: str, most: int) -> Iterator[tuple[str, str]]:
    """Yield the pictures in a folder of the run by path, each as data that an image element can show.

    `most`: bytes of all of them; what would be more is left out.
    """
    kinds = (".png", ".svg", ".jpg")
    left = most
    for path in record.inside(folder):
        content = record.content(path) if path.endswith(kinds) else None
        if content is None or len(content) > left:
            continue
        left -= len(content)
        kind = mimetypes.guess_type(path)[0] or "image/png"
        yield path, f"data:{kind};base64,{base64.b64encode(content).decode()}"


def image(path: str, data: str) -> str:
    """Return an image element with what it is called."""
    name = escape(PurePosixPath(path).stem)
    return f'<figure><img loading="lazy" alt="{name}" src="{data}"><figcaption>{name}</figcaption></figure>'
