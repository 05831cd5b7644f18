from __future__ import annotations

from itertools import combinations
from pathlib import Path

import pytest

from registry.drawing.geometry import Geometry, Rectangle, label_size, lay_out
from registry.drawing.scene import build_scene
from registry.drawing.text import text_width
from registry.wiring.opening import open_graph
from tests.conftest import ROOT
from tests.drawing.graphs import REPEATED, SMALL, chain, graph_of

GRAPHS = sorted((ROOT / "graphs").glob("*.yaml"))


def labels(geometry: Geometry) -> list[Rectangle]:
    found = []
    for route in geometry.routes:
        if route.label:
            width, height = label_size(route.label)
            found.append(Rectangle(route.label_at[0] - width / 2, route.label_at[1] - height / 2, width, height))
    return found


def overlap(one: Rectangle, other: Rectangle) -> bool:
    apart = one.x + one.width <= other.x + 0.01 or other.x + other.width <= one.x + 0.01
    return not (apart or one.y + one.height <= other.y + 0.01 or other.y + other.height <= one.y + 0.01)


@pytest.mark.parametrize("file", GRAPHS, ids=lambda file: file.stem)
def test_no_box_and_no_label_overlaps_another(file: Path) -> None:
    geometry = lay_out(build_scene(open_graph(str(file))))
    boxes = [geometry.rectangles[path] for path in geometry.cards]
    assert not [pair for pair in combinations([*boxes, *labels(geometry)], 2) if overlap(*pair)]


@pytest.mark.parametrize("text", [SMALL, REPEATED, chain(60)], ids=["small", "repeated", "chain"])
def test_everything_lies_within_its_frame_and_the_picture(text: str, tmp_path: Path) -> None:
    geometry = lay_out(build_scene(graph_of(text, tmp_path)))
    whole = Rectangle(0, 0, geometry.width, geometry.height)
    for path, place in geometry.rectangles.items():
        frames = [
            frame for frame in geometry.scene.root.containers() if path in {child.path for child in frame.children}
        ]
        outer = geometry.rectangles[frames[0].path] if frames else whole
        assert outer.x - 0.01 <= place.x
        assert place.x + place.width <= outer.x + outer.width + 0.01
        assert outer.y - 0.01 <= place.y
        assert place.y + place.height <= outer.y + outer.height + 0.01


def test_no_text_is_wider_than_its_box(tmp_path: Path) -> None:
    long = SMALL.replace("units: [2]", f"units: [{', '.join(['64'] * 40)}]").replace("head", "head_" + "x" * 80)
    geometry = lay_out(build_scene(graph_of(long, tmp_path)))
    sizes = {"title": (13, True), "block": (11.5, False), "row": (11, False)}
    for card in geometry.cards.values():
        for text in card.texts:
            size, bold = sizes[text.role]
            assert text.x + text_width(text.text, size, bold) <= card.width


def test_lines_run_from_top_to_bottom(tmp_path: Path) -> None:
    geometry = lay_out(build_scene(graph_of(REPEATED, tmp_path)))
    for route in geometry.routes:
        heights = [y for _, top, bottom in route.stops for y in (top, bottom)]
        assert heights == sorted(heights)


def test_equal_graphs_give_equal_pictures(tmp_path: Path) -> None:
    first, second = (lay_out(build_scene(graph_of(REPEATED, tmp_path))) for _ in range(2))
    assert first.rectangles == second.rectangles


def test_an_added_node_leaves_the_others_in_their_order(tmp_path: Path) -> None:
    before = lay_out(build_scene(graph_of(REPEATED, tmp_path)))
    text = REPEATED.replace("  heads:", "  extra: {use: dense_loop, in: start, with: {units: [4]}}\n  heads:")
    text = text.replace("outputs: {", "outputs: {extra: extra, ")
    after = lay_out(build_scene(graph_of(text, tmp_path)))
    assert before.levels["steps"].layers == after.levels["steps"].layers
    rows = [sorted(geometry.cards, key=lambda path: geometry.rectangles[path].y) for geometry in (before, after)]
    assert [path for path in rows[1] if "extra" not in path] == rows[0]


def test_a_graph_of_five_hundred_nodes_is_laid_out(tmp_path: Path) -> None:
    geometry = lay_out(build_scene(graph_of(chain(500), tmp_path)))
    assert len(geometry.cards) == 502


@pytest.mark.parametrize("file", GRAPHS, ids=lambda file: file.stem)
def test_no_line_crosses_the_title_of_a_frame(file: Path) -> None:
    geometry = lay_out(build_scene(open_graph(str(file))))
    for frame in geometry.scene.root.containers():
        place = geometry.rectangles[frame.path]
        title = place.x + 14 + text_width(frame.title, 12.5, bold=True)
        placed = geometry.placed[frame.path]
        left = place.x + geometry.shifts[frame.path]
        assert all(left + placed.items[entry].x > title for entry in placed.layered.level.entries)
