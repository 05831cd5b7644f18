from __future__ import annotations

from pathlib import Path

from registry.drawing.scene import build_scene
from tests.drawing.graphs import REPEATED, SMALL, graph_of


def test_passes_that_are_alike_are_drawn_once_with_their_count(tmp_path: Path) -> None:
    scene = build_scene(graph_of(REPEATED, tmp_path))
    titles = {frame.path: frame.title for frame in scene.root.containers()}
    assert titles == {"steps": "steps \u00d73", "steps.0.inner": "inner \u00d72"}
    members = {box.path: len(box.members) for box in scene.root.boxes()}
    assert members["steps.0.wide"] == 3
    assert members["steps.0.inner.0.dense"] == 6


def test_values_that_differ_between_passes_stand_side_by_side(tmp_path: Path) -> None:
    scene = build_scene(graph_of(REPEATED, tmp_path))
    (box,) = [box for box in scene.root.boxes() if box.path == "steps.0.wide"]
    assert box.rows == ["units: [16] | [32]"]


def test_all_passes_are_drawn_on_request(tmp_path: Path) -> None:
    checked = graph_of(REPEATED, tmp_path)
    scene = build_scene(checked, all_passes=True)
    drawn = [box.path for box in scene.root.boxes() if box.members]
    assert sorted(drawn) == sorted(checked.nodes)
    assert not any(link.carrier for link in scene.links)


def test_a_wire_from_one_pass_to_the_next_is_carried_by_its_repeat(tmp_path: Path) -> None:
    scene = build_scene(graph_of(REPEATED, tmp_path))
    carried = {(link.source, link.target, link.carrier) for link in scene.links if link.carrier}
    assert carried == {
        ("steps.0.inner.0.both", "steps.0.wide", "steps"),
        ("steps.0.inner.0.both", "steps.0.inner.0.dense", "steps.0.inner"),
    }


def test_passes_that_differ_in_their_nodes_are_drawn_apart(tmp_path: Path) -> None:
    text = REPEATED.replace("norm: {use: gooey_batchnorm, in: wide}", "norm: {use: '${step.b}', in: wide}")
    text = text.replace("{n: 16}", "{n: 16, b: gooey_batchnorm}").replace("{n: 32}", "{n: 32, b: layer_normalization}")
    scene = build_scene(graph_of(text, tmp_path))
    assert {"steps.0", "steps.1", "steps.2"} <= {frame.path for frame in scene.root.containers()}


def test_only_parameters_that_differ_from_the_defaults_are_shown(tmp_path: Path) -> None:
    scene = build_scene(graph_of(SMALL.replace("units: [2]", "units: [2], dropout: 0.0"), tmp_path))
    (box,) = [box for box in scene.root.boxes() if box.path == "head"]
    assert box.rows == ["units: [2]"]


def test_an_included_graph_is_a_frame_around_its_nodes_and_its_face(tmp_path: Path) -> None:
    graph_of(SMALL, tmp_path, "inner.yaml")
    text = """\
blocks:
  event: {use: showers}
  pre: {graph: inner.yaml, in: event}
  last: {use: dense_loop, in: pre.x, with: {units: [3]}}
outputs: {x: last}
"""
    scene = build_scene(graph_of(text, tmp_path))
    (frame,) = scene.root.containers()
    assert (frame.path, frame.title) == ("pre/", "pre")
    assert {box.path for box in frame.boxes()} == {"pre.head", "pre"}
