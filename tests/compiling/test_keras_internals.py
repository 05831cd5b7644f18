"""Names of Keras that are not public: a test that fails here says which one a new version of Keras has changed."""

from __future__ import annotations

import keras
import pytest

from registry.compiling.keras_internals import sources_of, takes_training


def test_a_symbolic_tensor_knows_the_operation_that_made_it() -> None:
    tensor = keras.layers.Dense(2)(keras.Input((3,)))
    history = getattr(tensor, "_keras_history", None)
    assert history is not None, "Keras renamed KerasTensor._keras_history: mend registry/compiling/keras_internals.py"
    assert len(history) == 3, f"KerasTensor._keras_history is no longer (operation, node index, output): {history}"


def test_an_operation_knows_what_it_was_called_with() -> None:
    layer = keras.layers.Dense(2)
    layer(keras.Input((3,)))
    nodes = getattr(layer, "_inbound_nodes", None)
    assert nodes, "Keras renamed Operation._inbound_nodes: mend registry/compiling/keras_internals.py"
    assert hasattr(nodes[0], "input_tensors"), "Keras renamed Node.input_tensors: mend keras_internals.py"


def test_the_sources_of_a_tensor_are_the_inputs_of_the_call_that_made_it() -> None:
    layer, first, second = keras.layers.Add(), keras.Input((3,)), keras.Input((3,))
    layer([second, second])
    assert [id(tensor) for tensor in sources_of(layer([first, second]))] == [id(first), id(second)]


def test_an_input_has_no_sources() -> None:
    assert sources_of(keras.Input((3,))) == []


@pytest.mark.parametrize(
    ("layer", "takes"), [(keras.layers.Dropout(0.5), True), (keras.layers.ReLU(), False)], ids=["dropout", "relu"]
)
def test_a_layer_says_whether_it_takes_training(layer: keras.layers.Layer, takes: bool) -> None:
    assert takes_training(layer) is takes
