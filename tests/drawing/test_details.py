from __future__ import annotations

from pathlib import Path

from registry.drawing.details import LOAD, details, overview
from registry.drawing.labels import count_text, memory_text
from registry.drawing.scene import build_scene
from registry.wiring.costs import costs
from registry.wiring.fingerprints import architecture
from tests.drawing.graphs import REPEATED, graph_of


def test_a_node_shows_its_yaml_lines_and_no_others(tmp_path: Path) -> None:
    found = details(build_scene(graph_of(REPEATED, tmp_path)))
    assert found["start"]["yaml"] == "start: {use: dense_loop, in: event.features, with: {units: [8]}}"
    assert found["start"]["place"].endswith("graph.yaml:4")


def test_lines_that_are_indented_further_belong_to_the_node(tmp_path: Path) -> None:
    block = "  start:\n    use: dense_loop\n\n    in: event.features\n    with: {units: [8]}\n"
    text = REPEATED.replace("  start: {use: dense_loop, in: event.features, with: {units: [8]}}\n", block)
    found = details(build_scene(graph_of(text, tmp_path)))
    assert found["start"]["yaml"].splitlines() == [line.removeprefix("  ") for line in block.splitlines()]


def test_every_parameter_says_where_its_value_came_from(tmp_path: Path) -> None:
    (tmp_path / "options.yaml").write_text("Dense: {activation: relu}\n")
    text = REPEATED.replace("blocks:", "config: options.yaml\ndefaults: {dense_loop: '${Dense}'}\nblocks:", 1)
    parameters = {row[0]: row for row in details(build_scene(graph_of(text, tmp_path)))["start"]["parameters"]}
    assert parameters["units"][1] == "[8]"
    assert "graph.yaml:6" in parameters["units"][2]
    assert "options.yaml:1, used at" in parameters["activation"][2]
    assert parameters["activation"][3] == "changed"
    assert parameters["dropout"][1:] == ["0.0", "default of the block", ""]


def test_inputs_name_their_sources_and_shapes(tmp_path: Path) -> None:
    found = details(build_scene(graph_of(REPEATED, tmp_path)))
    assert ["x", "start.x", "hits \u00d7 8"] in found["steps.0.wide"]["inputs"]
    assert any("previous pass" in row[1] for row in found["steps.0.wide"]["inputs"])


def test_weights_are_given_per_pass_and_in_total(tmp_path: Path) -> None:
    facts = dict(map(tuple, details(build_scene(graph_of(REPEATED, tmp_path)))["steps.0.wide"]["facts"]))
    assert facts["weights"] == "144 | 544 per pass, 1,232 in 3 passes"


def test_the_cost_of_a_node_is_that_of_the_plan(tmp_path: Path) -> None:
    checked = graph_of(REPEATED, tmp_path)
    facts = dict(map(tuple, details(build_scene(checked))["heads"]["facts"]))
    (planned,) = [node for node in costs(checked, LOAD).nodes if node.path == "heads"]
    assert facts["multiply-adds"] == count_text(planned.multiply_adds)
    assert facts["training memory"] == memory_text(planned.training_memory)
    assert facts["inference memory"] == memory_text(planned.inference_memory)


def test_the_whole_graph_is_summed_up_with_its_fingerprint(tmp_path: Path) -> None:
    checked = graph_of(REPEATED, tmp_path)
    rows = dict(map(tuple, overview(checked)))
    assert rows["nodes"] == str(len(checked.nodes))
    assert rows["fingerprint"] == architecture(checked)
