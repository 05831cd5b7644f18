"""Draws two graphs as one picture: what was added, removed and changed has its own colour."""

from __future__ import annotations

from dataclasses import replace

from registry.drawing.scene import OUTPUTS, Box, Container, Link, Scene, build_scene
from registry.wiring.difference import Difference

REMOVED = "removed:"
"""Start of the path of a box that only the first graph has; it keeps it apart from boxes of the second one."""


def union(found: Difference) -> tuple[Scene, dict[str, str]]:
    """Return the picture of both graphs, and the change of each box by its path."""
    old, new = build_scene(found.first), build_scene(found.second)
    drawn = {wired.node.path: box.path for box in new.root.boxes() for wired in box.members}
    places = _places(found, old, new, drawn)
    changes = dict.fromkeys((path for path in places.values() if path.startswith(REMOVED)), "removed")
    kept = {path for path in places.values() if not path.startswith(REMOVED)}
    changes |= {box.path: "added" for box in new.root.boxes() if box.path not in kept}
    for change in found.changed:
        changes.setdefault(drawn[change.after], "changed")
    _add_boxes(old.root, new.root, places)
    new.links = _links(old, new, places)
    return new, changes


def _places(found: Difference, old: Scene, new: Scene, drawn: dict[str, str]) -> dict[str, str]:
    """Return where in the joint picture each box of the first graph is: at the box it became, or at one of its own."""
    places = {}
    present = {box.path for box in new.root.boxes()}
    for box in old.root.boxes():
        became = [drawn[found.pairs[wired.node.path]] for wired in box.members if wired.node.path in found.pairs]
        if became:
            places[box.path] = became[0]
    for box in old.root.boxes():
        if box.kind == "output" and not box.members:
            source = places.get(box.path.removeprefix(OUTPUTS), "")
            places[box.path] = OUTPUTS + source if OUTPUTS + source in present else REMOVED + box.path
        places.setdefault(box.path, REMOVED + box.path)
    return places


def _add_boxes(old: Container, new: Container, places: dict[str, str]) -> None:
    """Put the boxes that only the first graph has into the frames of the second one, or into their own."""
    frames = {frame.path: frame for frame in new.containers()}
    for child in old.children:
        if isinstance(child, Box):
            if places[child.path].startswith(REMOVED):
                new.children.append(replace(child, path=places[child.path]))
        elif child.path in frames:
            _add_boxes(child, frames[child.path], places)
        else:
            frame = Container(REMOVED + child.path, child.title, child.count)
            _add_boxes(child, frame, places)
            if frame.children:
                new.children.append(frame)


def _links(old: Scene, new: Scene, places: dict[str, str]) -> list[Link]:
    before = {(places[link.source], places[link.target], bool(link.carrier)): link for link in old.links}
    after = {(link.source, link.target, bool(link.carrier)) for link in new.links}
    links = [
        link if (link.source, link.target, bool(link.carrier)) in before else replace(link, change="added")
        for link in new.links
    ]
    for (source, target, carried), link in before.items():
        # A link that led from pass to pass is drawn only where its repeat still is: elsewhere it would be a loop.
        if (source, target, carried) not in after and not carried:
            links.append(replace(link, source=source, target=target, change="removed"))
    return links
