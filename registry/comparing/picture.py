"""Draws two graphs as one picture: changes have their own colour and sign, the rest is faint."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from registry.comparing.difference import Difference
from registry.drawing.labels import ARROW, value_text
from registry.drawing.scene import OUTPUTS, Box, Container, Link, Scene, build_scene
from registry.drawing.theme import SAME

REMOVED = "removed:"
"""Start of the path of a box that only the first graph has; it keeps it apart from boxes of the second one."""

SIGNS = {"added": "+ ", "removed": "\u2212 ", "changed": "~ "}


def union(found: Difference) -> tuple[Scene, dict[str, str]]:
    """Return the picture of both graphs, and the mark of each box by its path."""
    old, new = build_scene(found.first), build_scene(found.second)
    drawn = {node.written.path: box.path for box in new.root.boxes() for node in box.members}
    places = _places(found, old, new, drawn)
    kept = {path for path in places.values() if not path.startswith(REMOVED)}
    marks = {box.path: SAME if box.path in kept else "added" for box in new.root.boxes()}
    marks |= dict.fromkeys((path for path in places.values() if path.startswith(REMOVED)), "removed")
    rows = _changed_rows(found, drawn)
    for before, after in _kept_boxes(old, new, places):
        if len(before.members) != len(after.members):
            passes = f"passes: {len(before.members)} {ARROW} {len(after.members)}"
            rows.setdefault(after.path, {})["passes"] = passes
        elif not after.members and sorted(before.rows) != sorted(after.rows):
            rows.setdefault(after.path, {})
    marks |= {path: "changed" for path in rows if marks[path] == SAME}
    _add_boxes(old.root, new.root, places)
    new.links = _links(old, new, places)
    for box in new.root.boxes():
        _write(box, marks[box.path], rows.get(box.path, {}))
    return new, marks


def _kept_boxes(old: Scene, new: Scene, places: Mapping[str, str]) -> Iterator[tuple[Box, Box]]:
    """Yield each box of the first graph with the one it became."""
    present = {box.path: box for box in new.root.boxes()}
    return ((box, present[places[box.path]]) for box in old.root.boxes() if places[box.path] in present)


def _changed_rows(found: Difference, drawn: Mapping[str, str]) -> dict[str, dict[str, str]]:
    """Return what changed in every box, by its path: a row for each parameter, in which passes are joined."""
    texts: dict[str, dict[str, dict[str, None]]] = {}
    for change in found.changed:
        rows = texts.setdefault(drawn[change.after], {})
        for item in change.changes:
            text = f"{value_text(item.before)} {ARROW} {value_text(item.after)}"
            rows.setdefault(item.what, {})[text] = None
    return {path: {what: f"{what}: {' | '.join(row)}" for what, row in rows.items()} for path, rows in texts.items()}


def _write(box: Box, mark: str, changed: Mapping[str, str]) -> None:
    """Put the sign of its mark before a box's title, and what changed before its other rows."""
    box.title = SIGNS.get(mark, "") + box.title
    box.rows = [*changed.values(), *(row for row in box.rows if row.partition(":")[0] not in changed)]


def _places(found: Difference, old: Scene, new: Scene, drawn: dict[str, str]) -> dict[str, str]:
    """Return where in the joint picture each box of the first graph is: at the box it became, or at one of its own."""
    places = {}
    present = {box.path for box in new.root.boxes()}
    for box in old.root.boxes():
        became = [drawn[found.pairs[node.written.path]] for node in box.members if node.written.path in found.pairs]
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
