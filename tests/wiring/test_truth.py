"""Truth is followed from the loader through the graph; a path from it to an output is an error that names the path."""

from __future__ import annotations

from pathlib import Path

import pytest

from registry import check
from registry.contract.errors import InputError, Problem
from registry.wiring.checked_graph import Ref
from registry.wiring.needed import inference_inputs
from registry.wiring.truth import truth_of
from tests.conftest import ROOT
from tests.graphs.helpers import NAMES, few_events, opened
from tests.wiring.helpers import checked_graph_of

EVENT = """\
blocks:
  event: {use: showers}
  pre: {use: preprocess.none, in: event}
"""

LOADER = '''
from registry import Block, Loader, Port, hookimpl


class Labelled(Loader):
    """Hits with a label."""

    name = "labelled"
    outputs = (
        Port("x", "hits 3", "position"),
        Port("label", "hits 1", "what the hit is", truth=True),
        Port("row_splits", "events+1 -> hits", "where events start", "int32"),
    )

    def open(self, seed):
        raise NotImplementedError


class Thin(Block):
    """Every second hit, with all that is known of it."""

    name = "thin"
    kind = "layer"
    layer = "thin_layer:Thin"
    inputs = (Port("x", "hits features", "position"), Port("columns", "", "other columns", rest=True))
    outputs = (Port("x", "kept features", "positions of the kept hits"),)

    def output_types(self, inputs, bindings, node):
        types = super().output_types(inputs, bindings, node)
        kept = types["x"].axes[0]
        columns = {name: type(type_)((kept, *type_.axes[1:]), type_.dtype) for name, type_ in inputs["columns"].items()}
        columns.pop("row_splits", None)
        return {**columns, **types}


@hookimpl
def register_blocks():
    return [Labelled, Thin]
'''


def leaks(folder: Path, text: str, options: str = "") -> list[Problem]:
    with pytest.raises(InputError) as caught:
        checked_graph_of(folder, text, options)
    return caught.value.problems


def leak(folder: Path, text: str) -> tuple[str, str]:
    """Return the one mistake of a graph, and the text at its place."""
    (problem,) = leaks(folder, text)
    origin = problem.origin
    assert origin is not None
    line = Path(origin.file).read_text().splitlines()[origin.line - 1]
    return problem.message, line[origin.column - 1 : origin.column - 1 + origin.length]


def test_truth_among_the_features_of_a_layer(tmp_path: Path) -> None:
    text = EVENT + "  mix: {use: concatenate, in: [pre.features, pre.truth_energy]}\n"
    text += "  dense: {use: dense_loop, in: mix, with: {units: [4]}}\noutputs: {y: dense}\n"
    message, place = leak(tmp_path, text)
    path = "event.truth_energy -> pre.truth_energy -> mix.x -> dense.x -> outputs.y"
    assert message == f"truth reaches the output 'y': {path}"
    assert place == "pre.truth_energy"


@pytest.mark.parametrize("port", ["truth_index", "truth_pid", "truth_is_unique"])
def test_truth_as_an_output(tmp_path: Path, port: str) -> None:
    message, place = leak(tmp_path, f"{EVENT}outputs: {{x: pre.features, t: event.{port}}}\n")
    assert message == f"truth reaches the output 't': event.{port} -> outputs.t"
    assert place == f"event.{port}"


def test_every_place_by_which_truth_enters_is_one_error_however_many_outputs_it_reaches(tmp_path: Path) -> None:
    text = EVENT + "  mix: {use: concatenate, in: [pre.features, pre.truth_energy, pre.truth_time]}\n"
    text += "  heads: {use: output_heads, in: mix}\noutputs: {beta: heads.beta, time: heads.time, e: pre.energy}\n"
    found = [problem.message for problem in leaks(tmp_path, text)]
    assert len(found) == 2
    assert all(message.startswith("truth reaches the outputs 'beta', 'time': event.truth_") for message in found)


def test_truth_carried_into_a_loop_is_placed_where_it_is_named(tmp_path: Path) -> None:
    text = EVENT + (
        "  loop:\n    repeat: [1, 2]\n    carry: {x: pre.features, t: pre.truth_time}\n    blocks:\n"
        "      mix: {use: concatenate, in: [x, t]}\n    next: {x: mix, t: t}\noutputs: {y: loop.x}\n"
    )
    message, place = leak(tmp_path, text)
    assert "event.truth_time -> pre.truth_time -> loop.1.mix.x -> outputs.y" in message
    assert place == "pre.truth_time"


def included(folder: Path, outputs: str) -> None:
    """Write the graph `inner.yaml`: a dense layer behind a loader."""
    blocks = "  data: {use: showers}\n  dense: {use: dense_loop, in: data.features, with: {units: [4]}}\n"
    (folder / "inner.yaml").write_text(f"blocks:\n{blocks}outputs: {outputs}\n")


def test_truth_given_to_an_included_graph_is_placed_where_it_is_given(tmp_path: Path) -> None:
    included(tmp_path, "{y: dense}")
    sub = "  sub: {graph: inner.yaml, in: {features: pre.truth_energy}}\n"
    message, place = leak(tmp_path, f"{EVENT}{sub}outputs: {{y: sub.y}}\n")
    assert "pre.truth_energy -> sub.dense.x -> sub.y -> outputs.y" in message
    assert place == "pre.truth_energy"


def test_an_included_graph_may_hand_on_truth_beside_what_it_computes(tmp_path: Path) -> None:
    included(tmp_path, '{"*": data, y: dense}')
    sub = f"{EVENT}  sub: {{graph: inner.yaml, in: event}}\n"
    checked_graph_of(tmp_path, f"{sub}outputs: {{y: sub.y}}\n")
    assert (
        "event.truth_time -> sub.truth_time -> outputs.t" in leak(tmp_path, f"{sub}outputs: {{t: sub.truth_time}}\n")[0]
    )


def test_truth_may_flow_into_losses_monitors_and_nodes_that_no_output_needs(tmp_path: Path) -> None:
    text = EVENT + (
        "  heads: {use: output_heads, in: pre.features}\n"
        "  weight: {use: spectator_weight, in: pre.truth_spectator}\n"
        '  loss: {use: basic_object_condensation, in: {"*": [heads, pre], truth_spectator_weight: weight}}\n'
        '  plot: {use: plot_coordinates, in: {"*": pre, coordinates: heads.ccoords}}\n'
        "outputs: {beta: heads.beta}\n"
    )
    assert checked_graph_of(tmp_path, text).outputs["beta"] == Ref("heads", "beta")


def test_what_is_made_of_truth_for_a_loss_is_at_fault_where_it_is_predicted(tmp_path: Path) -> None:
    text = EVENT + (
        "  heads: {use: output_heads, in: pre.features}\n"
        "  weight: {use: spectator_weight, in: pre.truth_spectator}\n"
        '  loss: {use: basic_object_condensation, in: {"*": [heads, pre], truth_spectator_weight: weight}}\n'
        "outputs: {beta: heads.beta, w: weight}\n"
    )
    assert leak(tmp_path, text)[1] == "weight"


def test_hits_chosen_by_truth_are_truth(tmp_path: Path) -> None:
    text = EVENT + (
        "  score: {use: dense_loop, in: pre.truth_energy, with: {units: [1]}}\n"
        '  kept: {use: noise_selection, in: {"*": pre, score: score}}\noutputs: {x: kept.features}\n'
    )
    message, place = leak(tmp_path, text)
    assert "pre.truth_energy -> score.x -> kept.features -> outputs.x" in message
    assert place == "pre.truth_energy"


def test_a_plugin_declares_truth_and_a_block_that_hands_on_columns_keeps_it_apart(tmp_path: Path) -> None:
    (tmp_path / "labels.py").write_text(LOADER)
    (tmp_path / "thin_layer.py").write_text("class Thin: ...\n")
    head = "plugins: [labels.py]\nblocks:\n  event: {use: labelled}\n  thin: {use: thin, in: event}\n"
    checked = checked_graph_of(tmp_path, f"{head}outputs: {{x: thin.x}}\n")
    assert set(truth_of(checked).all) == {Ref("event", "label"), Ref("thin", "label")}
    assert inference_inputs(checked) == [Ref("event", "x")]
    assert "event.label -> thin.label -> outputs.t" in leak(tmp_path, f"{head}outputs: {{t: thin.label}}\n")[0]


def test_an_output_of_a_loader_is_truth_if_its_name_says_so(tmp_path: Path) -> None:
    (tmp_path / "labels.py").write_text(LOADER.replace('"label"', '"truth_label"').replace(", truth=True", ""))
    (tmp_path / "thin_layer.py").write_text("class Thin: ...\n")
    head = "plugins: [labels.py]\nblocks:\n  event: {use: labelled}\n"
    found = leak(tmp_path, f"{head}outputs: {{x: event.x, t: event.truth_label}}\n")[0]
    assert found == "truth reaches the output 't': event.truth_label -> outputs.t"


def test_a_column_handed_on_under_another_name_may_be_any_of_the_columns(tmp_path: Path) -> None:
    renamed = LOADER.replace("return {**columns, **types}", 'return {**types, "mine": columns["label"]}')
    (tmp_path / "labels.py").write_text(renamed)
    (tmp_path / "thin_layer.py").write_text("class Thin: ...\n")
    head = "plugins: [labels.py]\nblocks:\n  event: {use: labelled}\n  thin: {use: thin, in: event}\n"
    checked_graph_of(tmp_path, f"{head}outputs: {{x: thin.x}}\n")
    message, place = leak(tmp_path, f"{head}outputs: {{m: thin.mine}}\n")
    assert message == "truth reaches the output 'm': event.label -> thin.mine -> outputs.m"
    assert place == "event"


def test_truth_is_reported_beside_other_mistakes(tmp_path: Path) -> None:
    text = EVENT + "  wrong: {use: dense_lop, in: pre.features}\noutputs: {t: pre.truth_index, w: wrong}\n"
    messages = [problem.message for problem in leaks(tmp_path, text)]
    assert any(message.startswith("truth reaches the output 't'") for message in messages)
    assert any("dense_lop" in message for message in messages)


@pytest.mark.parametrize("name", NAMES)
def test_the_graphs_of_the_tool_predict_without_truth(name: str) -> None:
    checked = opened(name, *few_events(name))
    read = inference_inputs(checked)
    assert Ref("event", "features") in read
    assert not any(ref.port.startswith("truth") for ref in read)


def test_the_check_says_what_the_inference_model_reads(capsys: pytest.CaptureFixture[str]) -> None:
    assert check.main([str(ROOT / "graphs" / "edge_conv.yaml")]) == 0
    said = "the inference model reads no truth; it reads event.features, event.energy, event.coordinates,"
    assert said in capsys.readouterr().out


def test_the_check_claims_nothing_where_no_truth_is_declared(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "labels.py").write_text(LOADER.replace(", truth=True", ""))
    graph = tmp_path / "graph.yaml"
    graph.write_text("plugins: [labels.py]\nblocks:\n  event: {use: labelled}\noutputs: {t: event.label}\n")
    assert check.main([str(graph)]) == 0
    assert "no loader declares which of its outputs are truth" in capsys.readouterr().out
