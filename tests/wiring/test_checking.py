"""Inputs are filled by name, and shapes are followed through the graph."""

from __future__ import annotations

from pathlib import Path

import pytest

from registry.contract.errors import InputError
from tests.wiring.helpers import checked_graph_of

EVENT = "blocks:\n  event: {use: showers}\n"


def types(folder: Path, text: str, node: str) -> dict[str, str]:
    return {port: str(type_) for port, type_ in checked_graph_of(folder, EVENT + text).nodes[node].types.items()}


def test_feature_counts_are_inferred(tmp_path: Path) -> None:
    text = "  a: {use: dense_loop, in: event, with: {units: [4, 7]}}\n"
    text += "  b: {use: concatenate, in: [a, event.features, a]}\n"
    assert types(tmp_path, text, "b") == {"x": "[hits@event, 24] float32"}


def test_weights_are_counted(tmp_path: Path) -> None:
    checked = checked_graph_of(tmp_path, EVENT + "  a: {use: dense_loop, in: event, with: {units: [4, 7]}}\n")
    assert checked.nodes["a"].weights.trainable == (10 + 1) * 4 + (4 + 1) * 7


def test_a_bundle_fills_ports_of_equal_name(tmp_path: Path) -> None:
    text = "  g: {use: knn, in: event, with: {K: 5}}\n"
    checked = checked_graph_of(tmp_path, EVENT + text)
    assert {port: str(ref) for port, ref in checked.nodes["g"].inputs.items()} == {
        "coordinates": "event.coordinates",
        "row_splits": "event.row_splits",
    }


def test_a_port_given_by_hand_wins_over_a_bundle(tmp_path: Path) -> None:
    text = '  g: {use: knn, in: {"*": event, coordinates: event.features}, with: {K: 5}}\n'
    checked = checked_graph_of(tmp_path, EVENT + text)
    assert str(checked.nodes["g"].inputs["coordinates"]) == "event.features"


def test_two_bundles_that_offer_the_same_port_are_refused(tmp_path: Path) -> None:
    text = '  other: {use: showers}\n  g: {use: knn, in: {"*": [event, other]}, with: {K: 5}}\n'
    with pytest.raises(InputError, match="input 'coordinates' is offered by 'event' and by 'other'"):
        checked_graph_of(tmp_path, EVENT + text)


def test_indices_of_other_hits_are_refused(tmp_path: Path) -> None:
    text = """\
  kept: {use: random_sampling, in: event, with: {reduction: 2.0}}
  near: {use: knn, in: event, with: {K: 5}}
  pass: {use: message_passing, in: {"*": near, x: kept.features}, with: {n_feature_transformation: [4]}}
"""
    with pytest.raises(InputError) as caught:
        checked_graph_of(tmp_path, EVENT + text)
    message = caught.value.problems[-1].message
    assert "hits@event" in message
    assert "kept@kept" in message


def test_nodes_stand_in_an_order_in_which_each_follows_its_sources(tmp_path: Path) -> None:
    text = """
        blocks:
          last: {use: dense_loop, in: middle, with: {units: [3]}}
          middle: {use: dense_loop, in: event, with: {units: [3]}}
          event: {use: showers}
    """
    assert list(checked_graph_of(tmp_path, text).nodes) == ["event", "middle", "last"]


def test_a_node_that_feeds_nothing_is_warned_of(tmp_path: Path) -> None:
    checked = checked_graph_of(tmp_path, EVENT + "  a: {use: dense_loop, in: event, with: {units: [3]}}\n")
    assert [problem.node for problem in checked.warnings] == ["a"]


def test_keras_layers_are_checked_without_keras(tmp_path: Path) -> None:
    text = """\
  a: {use: keras.Dense, in: event.features, with: {units: 5}}
  b: {use: keras.LayerNormalization, in: a}
  c: {use: keras.Add, in: [a, b]}
  d: {use: keras.EinsumDense, in: c, with: {equation: "ab,bc->ac", output_shape: 2, output: "hits 2"}}
"""
    checked = checked_graph_of(tmp_path, EVENT + text)
    assert [str(checked.nodes[name].types["x"]) for name in "cd"] == [
        "[hits@event, 5] float32",
        "[hits@event, 2] float32",
    ]
    assert (checked.nodes["a"].weights.trainable, checked.nodes["b"].weights.trainable) == (55, 10)
    assert not checked.nodes["d"].weights.known


def test_a_keras_layer_of_unknown_shape_asks_for_it(tmp_path: Path) -> None:
    node = "  a: {use: keras.EinsumDense, in: event.features, with: {equation: 'ab,bc->ac', output_shape: 2}}\n"
    with pytest.raises(InputError, match=r"does not know the shape that keras\.EinsumDense returns"):
        checked_graph_of(tmp_path, EVENT + node)


def test_defaults_for_a_block_that_does_not_exist_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="`defaults`: there is no block 'dense_lop'"):
        checked_graph_of(tmp_path, "defaults: {dense_lop: {units: [3]}}\n" + EVENT)


BEHIND = """\
blocks:
  event: {use: showers}
  pre: {use: preprocess.none, in: event}
  a: {use: dense_loop, in: pre.features, with: {units: [four]}}
  b: {use: dense_loop, in: a.foo, with: {units: [4]}}
  c: {use: dense_loop, in: a.x, with: {units: [4], activatoin: elu}}
  d: {use: knn, in: {coordinates: c, row_splits: pre.features}, with: {K: 4}}
  e: {use: concatenate, in: [d.distances, nope]}
  f: {use: dense_loop, in: e, with: {units: "${A.missing}", foo: 4}}
  g: {use: dense_loop, in: f.y, with: {units: [3]}}
  h: {use: knn, in: {coordinates: pre.truth_index, row_splits: pre.features}, with: {K: 4}}
  i: {use: dense_loop, in: h.distances, with: {units: [3]}}
outputs: {x: g, y: c.foo, z: i}
"""


def test_a_faulty_node_hides_no_mistake_behind_it_and_causes_none(tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        checked_graph_of(tmp_path, BEHIND, "B: {}")
    found = [(problem.node, problem.message.partition(":")[0]) for problem in caught.value.problems]
    assert sorted(found) == sorted(
        [
            ("a", "parameter 'units.0'"),
            ("b", "'a' has no output 'foo'"),
            ("c", "'dense_loop' has no parameter 'activatoin'"),
            ("d", "input 'row_splits'"),
            ("e", "there is no node 'nope'"),
            ("f", "${A} refers to nothing"),
            ("f", "'dense_loop' has no parameter 'foo'"),
            ("g", "'f' has no output 'y'"),
            ("h", "input 'coordinates'"),
            ("h", "input 'row_splits'"),
            ("outputs", "output 'y'"),
        ]
    )


def test_one_wrong_input_is_one_mistake_whatever_is_bound_by_it(tmp_path: Path) -> None:
    """The axis of the first input is that of other hits: the others, which agree with each other, are not blamed."""
    text = EVENT + "  other: {use: showers}\n"
    text += "  k: {use: knn, in: {coordinates: other.coordinates, row_splits: event.row_splits}, with: {K: 4}}\n"
    with pytest.raises(InputError) as caught:
        checked_graph_of(tmp_path, text)
    assert len(caught.value.problems) == 1


def test_whole_numbers_of_more_than_64_bits_are_refused_and_hide_no_other_mistake(tmp_path: Path) -> None:
    text = EVENT + f"  a: {{use: dense_loop, in: event.features, with: {{units: [{2**64}], foo: 1}}}}\n"
    with pytest.raises(InputError) as caught:
        checked_graph_of(tmp_path, text)
    assert [problem.message.partition(",")[0] for problem in caught.value.problems] == [
        "expected a number of 64 bits at most",
        "'dense_loop' has no parameter 'foo'",
    ]
