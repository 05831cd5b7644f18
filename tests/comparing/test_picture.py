from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image, ImageColor

from registry.comparing.difference import difference
from registry.comparing.picture import union
from registry.drawing.files import draw
from registry.drawing.scene import Box, Scene
from registry.drawing.theme import LIGHT
from tests.drawing.graphs import REPEATED, graph_of

Picture = tuple[Scene, dict[str, str]]


def picture(folder: Path, *edits: tuple[str, str]) -> Picture:
    """Return the picture of what edits of a graph change."""
    text = REPEATED
    for before, after in edits:
        assert before in text
        text = text.replace(before, after)
    return union(difference(graph_of(REPEATED, folder, "a.yaml"), graph_of(text, folder, "b.yaml")))


def box_of(scene: Scene, path: str) -> Box:
    return next(box for box in scene.root.boxes() if box.path == path)


def test_a_changed_box_says_what_the_parameter_was_and_is(tmp_path: Path) -> None:
    scene, marks = picture(tmp_path, ("activation: relu", "activation: elu"))
    box = box_of(scene, "steps.0.inner.0.dense")
    assert (box.title, marks[box.path]) == ("~ dense", "changed")
    assert box.rows == ["activation: relu \u2192 elu", "units: [8]"]


def test_boxes_that_are_equal_in_both_graphs_are_marked_the_same(tmp_path: Path) -> None:
    _, marks = picture(tmp_path, ("activation: relu", "activation: elu"))
    assert {path for path, mark in marks.items() if mark != "same"} == {"steps.0.inner.0.dense"}


def test_a_repeat_of_more_passes_is_marked_as_changed(tmp_path: Path) -> None:
    scene, marks = picture(tmp_path, ("{n: 32}]", "{n: 32}, {n: 32}]"))
    assert marks["steps.0.wide"] == "changed"
    assert "passes: 3 \u2192 4" in box_of(scene, "steps.0.wide").rows


def test_another_name_of_an_output_marks_its_box(tmp_path: Path) -> None:
    _, marks = picture(tmp_path, ("{beta: heads.beta", "{likeness: heads.beta"))
    assert marks["outputs:heads"] == "changed"


EXTRA = ("  heads:", "  extra: {use: dense_loop, in: start, with: {units: [4]}}\n  heads:")
OUTPUT = ("outputs: {", "outputs: {extra: extra, ")


def test_the_png_has_the_colours_of_what_was_added_and_changed(tmp_path: Path) -> None:
    scene, marks = picture(tmp_path, EXTRA, OUTPUT, ("activation: relu", "activation: elu"))
    draw(scene, str(tmp_path / "a.png"), marks=marks)
    with Image.open(tmp_path / "a.png") as image:
        present = {colour for _, colour in image.getcolors(1 << 24)}
    for mark in ("added", "changed"):
        assert ImageColor.getrgb(LIGHT[0].marks[mark]) in present


@pytest.mark.parametrize(("form", "line"), [("mmd", "stroke:#16a34a,stroke-width:4px"), ("dot", 'color="#16a34a"')])
def test_the_text_forms_mark_what_was_added(form: str, line: str, tmp_path: Path) -> None:
    scene, marks = picture(tmp_path, EXTRA, OUTPUT)
    draw(scene, str(tmp_path / f"a.{form}"), marks=marks)
    assert line in (tmp_path / f"a.{form}").read_text()
