"""A block that computes with a column of truth which it declares to hand on is found when the graph is compiled."""

from __future__ import annotations

from pathlib import Path

import pytest

from registry.compiling.model import compile_graph
from registry.contract.errors import InputError
from tests.wiring.helpers import checked_graph_of

EVENT = """\
plugins: [thinning.py]
blocks:
  event: {use: showers}
  pre: {use: preprocess.none, in: event}
"""

BLOCK = '''
from registry import Block, Port, hookimpl


class Thin(Block):
    """All hits, with what is known of them."""

    name = "thin"
    kind = "layer"
    layer = "thinning_layer:Thin"
    inputs = (Port("features", "hits features", "features"), Port("columns", "", "other columns", rest=True))
    outputs = (Port("features", "hits features", "features"),)

    def output_types(self, inputs, bindings, node):
        return {**inputs["columns"], **super().output_types(inputs, bindings, node)}


@hookimpl
def register_blocks():
    return [Thin]
'''

LAYER = """
import keras
import tensorflow as tf
import thinning

from registry import BlockLayer


@keras.saving.register_keras_serializable("thinning")
class Thin(BlockLayer):
    block = thinning.Thin

    def call(self, features, columns):
        mixed = features
        if "truth_energy" in columns:
            mixed = MIXED
        return {**columns, "features": mixed}
"""


def compiled(folder: Path, mixed: str) -> None:
    (folder / "thinning.py").write_text(BLOCK)
    (folder / "thinning_layer.py").write_text(LAYER.replace("MIXED", mixed))
    text = f"{EVENT}  thin: {{use: thin, in: pre}}\n  heads: {{use: output_heads, in: thin.features}}\n"
    text += '  loss: {use: basic_object_condensation, in: {"*": [heads, thin]}}\noutputs: {beta: heads.beta}\n'
    compile_graph(checked_graph_of(folder, text))


@pytest.mark.parametrize(
    "mixed",
    [
        'features + columns["truth_energy"]',
        'tf.gather(features, tf.argsort(columns["truth_energy"][:, 0]))',
        'features * tf.cast(columns["truth_index"] >= 0, tf.float32) * (1 + 0 * columns["truth_energy"])',
    ],
)
def test_features_computed_from_a_column_that_is_handed_on(tmp_path: Path, mixed: str) -> None:
    with pytest.raises(InputError) as caught:
        compiled(tmp_path, mixed)
    message = str(caught.value)
    assert "thin: output 'features' is computed from the column 'truth_energy', which is truth" in message
    assert "graph.yaml:5:" in message


@pytest.mark.parametrize("mixed", ["features", 'tf.reshape(features, [tf.shape(columns["truth_energy"])[0], 10])'])
def test_the_number_of_hits_is_no_truth(tmp_path: Path, mixed: str) -> None:
    compiled(tmp_path, mixed)


def test_the_blocks_that_choose_hits_compute_nothing_from_what_they_hand_on(tmp_path: Path) -> None:
    text = EVENT.replace("plugins: [thinning.py]\n", "") + (
        "  sampled: {use: random_sampling, in: pre, with: {reduction: 2.0}}\n"
        "  score: {use: dense_loop, in: sampled.features, with: {units: [1], activation: sigmoid}}\n"
        '  kept: {use: noise_selection, in: {"*": sampled, score: score}}\n'
        '  same: {use: select_hits, in: {"*": kept, kept_hits: again.kept_hits}}\n'
        "  again: {use: random_sampling, in: kept}\n"
        '  all: {use: restore_hits, in: {"*": same, kept_hits: again.kept_hits, like: kept.energy}}\n'
        "  heads: {use: output_heads, in: all.features}\n"
        '  loss: {use: basic_object_condensation, in: {"*": heads, truth_index: all.truth_index, '
        "row_splits: kept.row_splits}}\noutputs: {beta: heads.beta}\n"
    )
    compile_graph(checked_graph_of(tmp_path, text))
