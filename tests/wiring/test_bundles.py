"""A bundle fills required inputs by their names, and optional ones only where they are named."""

from __future__ import annotations

from pathlib import Path

import pytest

from registry import check
from registry.contract.errors import InputError
from registry.wiring.checked_graph import CheckedGraph
from tests.wiring.helpers import checked_graph_of

EVENT = """\
blocks:
  event: {use: showers}
  near: {use: knn, in: event, with: {K: 5}}
  heads: {use: output_heads, in: event}
  hint: {use: bundle, in: {direction: event.truth_index, other: event.energy}}
"""
PAYLOADS = ("energy", "position", "timing", "classification")
CONDENSATION = ", ".join(["use_energy_weights: false", *(f"{name}_loss_weight: 0.0" for name in PAYLOADS)])


def ports(folder: Path, node: str) -> set[str]:
    """Return the inputs of a node `x` that have a source."""
    return set(checked_graph_of(folder, f"{EVENT}  x: {node}\n").nodes["x"].inputs)


def refused(folder: Path, node: str) -> str:
    with pytest.raises(InputError) as caught:
        checked_graph_of(folder, f"{EVENT}  x: {node}\n")
    (problem,) = caught.value.problems
    return problem.render()


@pytest.mark.parametrize("bundle", ['{"*": near, x: event.features}', '{x: event.features, "*": [near]}'])
def test_an_optional_input_stays_open(tmp_path: Path, bundle: str) -> None:
    node = f"{{use: attention_message_passing, in: {bundle}, with: {{n_feature_transformation: [4]}}}}"
    assert ports(tmp_path, node) == {"x", "neighbour_indices"}


def test_an_optional_input_that_is_named_is_filled_where_a_bundle_offers_it(tmp_path: Path) -> None:
    node = '{use: basic_object_condensation, in: {"*": [heads, event], "?": [truth_spectator, truth_spectator_weight]}}'
    found = ports(tmp_path, node)
    assert found == {"beta", "ccoords", "truth_index", "row_splits", "truth_spectator"}


def test_one_name_needs_no_list(tmp_path: Path) -> None:
    assert "truth_index" in ports(tmp_path, '{use: fill_space, in: {"*": event, "?": truth_index}}')


def test_an_optional_input_is_wired_by_hand_as_before(tmp_path: Path) -> None:
    node = '{use: basic_object_condensation, in: {"*": [heads, event], truth_spectator: event.energy}}'
    assert "truth_spectator" in ports(tmp_path, node)


def test_inputs_that_the_parameters_need_are_required(tmp_path: Path) -> None:
    plain = {"beta", "ccoords", "truth_index", "row_splits"}
    node = '{use: object_condensation, in: {"*": [heads, event]}, with: {%s}}'
    assert ports(tmp_path, node % CONDENSATION) == plain
    position = CONDENSATION.replace("position_loss_weight: 0.0", "position_loss_weight: 1.0")
    assert ports(tmp_path, node % position) == {*plain, "position", "truth_position"}
    classes = CONDENSATION.replace("classification_loss_weight: 0.0", "classification_loss_weight: 1.0")
    assert ports(tmp_path, node % f"{classes}, class_truth: pdg") == {*plain, "classes", "truth_pdg"}
    assert ports(tmp_path, node % classes) == {*plain, "classes", "truth_pid"}


def test_one_of_several_inputs_that_would_do_is_enough(tmp_path: Path) -> None:
    energy = CONDENSATION.replace("energy_loss_weight: 0.0", "energy_loss_weight: 1.0")
    by_hand = f'{{use: object_condensation, in: {{"*": [heads, event], energy: event.energy}}, with: {{{energy}}}}}'
    assert "truth_rec_energy" not in ports(tmp_path, by_hand)


def test_a_block_that_takes_every_column_takes_those_it_knows(tmp_path: Path) -> None:
    assert {"features", "energy", "coordinates", "is_track", "rest"} <= ports(
        tmp_path, "{use: preprocess.none, in: event}"
    )


def test_bundles_that_disagree_on_an_input_that_stays_open_do_no_harm(tmp_path: Path) -> None:
    text = f"{EVENT}  other: {{use: bundle, in: {{distance: event.energy, truth_spectator_weight: event.energy}}}}\n"
    text += '  x: {use: basic_object_condensation, in: {"*": [event, heads, other], "?": truth_spectator_weight}}\n'
    assert set(checked_graph_of(tmp_path, text).nodes["x"].inputs) == {
        *("beta", "ccoords", "truth_index", "row_splits", "truth_spectator_weight")
    }


@pytest.mark.parametrize(
    ("bundle", "message"),
    [
        ('{"*": [heads, event], "?": truth_spectater}', "did you mean 'truth_spectator'?"),
        ('{"*": [heads, event], "?": beta}', "is not optional"),
        ('{"*": [heads, event], "?": [distance, distance]}', "is named twice"),
        ('{"*": [heads, event], "?": distance, distance: heads.distance}', "wired by hand, and named"),
        ('{"*": [heads, event], "?": [3]}', "expected names of optional inputs, received 3 (int)"),
        ('{beta: heads.beta, "?": distance}', "there is no bundle"),
    ],
)
def test_a_name_that_means_nothing_is_an_error(tmp_path: Path, bundle: str, message: str) -> None:
    assert message in refused(tmp_path, f"{{use: basic_object_condensation, in: {bundle}}}")


@pytest.mark.parametrize(
    ("node", "bundle", "hint"),
    [
        ('{use: plain_message_passing, in: {"*": [near, hint], x: event.features}}', "hint", "remove it"),
        (
            '{use: knn, in: {"*": [event, hint], row_splits: event.row_splits}, with: {K: 3}}',
            "hint",
            'name them: `"?": [direction]`',
        ),
        ('{use: basic_object_condensation, in: {"*": [heads, event, near]}}', "near", "remove it"),
    ],
)
def test_a_bundle_that_fills_nothing_is_an_error(tmp_path: Path, node: str, bundle: str, hint: str) -> None:
    found = refused(
        tmp_path, node.replace("x: event.features}", "x: event.features}, with: {n_feature_transformation: [3]}")
    )
    assert f"the bundle {bundle!r} fills no input" in found
    assert hint in found


def test_a_stage_cannot_ask_for_an_input_that_is_open(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "graph.yaml").write_text(
        f"config: options.yaml\n{EVENT}"
        f'  loss: {{use: object_condensation, in: {{"*": [heads, event]}}, with: {{{CONDENSATION}}}}}\n'
        "outputs: {beta: heads.beta}\n"
    )
    (tmp_path / "options.yaml").write_text(
        "Training:\n  - {batch_size: 100, learning_rate: 0.1, epochs: 1, set: {loss: {position_loss_weight: 1.0}}}\n"
    )
    with pytest.raises(InputError, match="needs its input 'position' with these parameters, and it is open"):
        check.main([str(tmp_path / "graph.yaml")])


def wires_of(checked: CheckedGraph) -> list[list[str]]:
    return [line.split() for line in check.wires(checked)]


def test_the_check_lists_what_a_bundle_has_filled_and_what_it_leaves_open(tmp_path: Path) -> None:
    node = '{use: basic_object_condensation, in: {"*": [heads, event], beta: heads.beta}}'
    found = wires_of(checked_graph_of(tmp_path, f"{EVENT}  x: {node}\n"))
    assert ["x", "beta", "heads.beta"] in found
    assert ["ccoords", "heads.ccoords", "by", "name"] in found
    assert ["truth_spectator", "open:", "event.truth_spectator", "offers", "it"] in found


def test_the_check_names_optional_inputs_that_stay_open(tmp_path: Path) -> None:
    node = '{use: basic_object_condensation, in: {"*": [heads, event], "?": distance}}'
    checked = checked_graph_of(tmp_path, f"{EVENT}  x: {node}\n")
    assert check.report(checked).endswith("that a bundle offers and nothing names: heads.is_track, x.truth_spectator")


def test_a_plugin_that_needs_an_input_it_does_not_have_is_named(tmp_path: Path) -> None:
    (tmp_path / "needing.py").write_text(
        "from registry import Block, Port, hookimpl\n\n\n"
        'class Needing(Block):\n    """Needs."""\n\n    name = "needing"\n    kind = "layer"\n'
        '    layer = "needing_layer:X"\n'
        '    inputs = (Port("x", "hits features", "x", optional=True),)\n\n'
        '    def required_inputs(self):\n        return ["x"]\n\n\n'
        "@hookimpl\ndef register_blocks():\n    return [Needing]\n"
    )
    (tmp_path / "needing_layer.py").write_text("class X: ...\n")
    with pytest.raises(InputError) as caught:
        checked_graph_of(tmp_path, f"plugins: [needing.py]\n{EVENT}  x: {{use: needing, in: {{x: event.features}}}}\n")
    assert "required_inputs() returned ['x'] (list)" in str(caught.value)


def test_the_check_prints_the_wires_only_when_asked(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "graph.yaml"
    file.write_text(f"{EVENT}outputs: {{beta: heads.beta}}\n")
    assert check.main([str(file)]) == 0
    assert "by name" not in capsys.readouterr().out
    assert check.main([str(file), "--wires"]) == 0
    assert "by name" in capsys.readouterr().out
