"""Keras's own methods of a compiled model: they work on columns of hits, or say what does."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

from registry.compiling.usable import usable
from registry.contract.errors import InputError


@keras.saving.register_keras_serializable("test_usable")
class InPython(keras.layers.Layer):  # type: ignore[misc]
    """Doubles hits outside TensorFlow."""

    def call(self, x: tf.Tensor) -> tf.Tensor:
        doubled = tf.numpy_function(lambda values: 2 * values, [x], tf.float32)
        return tf.ensure_shape(doubled, [None, 2])

    def compute_output_shape(self, shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        return shape


def model_of(layer: keras.layers.Layer) -> keras.Model:
    inputs = {
        "event.x": keras.Input((2,), name="event.x"),
        "event.row_splits": keras.Input((), dtype="int32", name="event.row_splits"),
    }
    outputs = {"y": layer(inputs["event.x"]), "row_splits": inputs["event.row_splits"] + 0}
    return usable(keras.Model(inputs, outputs))


COLUMNS = {"event.x": np.ones((7, 2), np.float32), "event.row_splits": np.array([0, 3, 7], np.int32)}


def test_predict_takes_the_columns_of_whole_events_which_differ_in_length() -> None:
    found = model_of(keras.layers.Dense(3)).predict({**COLUMNS, "event.truth": np.zeros(7)}, verbose=0)
    assert {name: value.shape for name, value in found.items()} == {"y": (7, 3), "row_splits": (3,)}


@pytest.mark.parametrize("given", [np.ones((7, 2)), [COLUMNS]], ids=["an array", "a list"])
def test_predict_says_how_to_predict_anything_else(given: object) -> None:
    with pytest.raises(InputError, match=r"expected the columns of some whole events(.|\n)*predict_on_batch"):
        model_of(keras.layers.Dense(3)).predict(given)


@pytest.mark.parametrize("option", ["batch_size", "steps"])
def test_predict_refuses_to_cut_events_into_pieces(option: str) -> None:
    with pytest.raises(InputError, match=rf"received the option '{option}'(.|\n)*predict_on_batch"):
        model_of(keras.layers.Dense(3)).predict(COLUMNS, **{option: 2})


def calls(model: keras.Model) -> list[Any]:
    return [model, model.predict, model.predict_on_batch]


def test_every_call_names_a_missing_column() -> None:
    for call in calls(model_of(keras.layers.Dense(3))):
        with pytest.raises((InputError, ValueError), match=r"the model takes a column 'x'(.|\n)*event.row_splits"):
            call({"event.row_splits": COLUMNS["event.row_splits"]})


def test_every_call_takes_columns_by_port_and_leaves_others_alone() -> None:
    model = model_of(keras.layers.Dense(3))
    by_port = {name.removeprefix("event."): value for name, value in COLUMNS.items()}
    expected = model(COLUMNS)["y"]
    for call in calls(model):
        np.testing.assert_allclose(call({**by_port, "truth_index": np.zeros(7)})["y"], expected, rtol=1e-6)


def test_events_without_hits_are_predicted_without_calling_the_model() -> None:
    nothing = {"x": np.zeros((0, 2), np.float32), "row_splits": np.zeros(3, np.int32)}
    found = model_of(keras.layers.Dense(3)).predict(nothing)
    assert {name: value.shape for name, value in found.items()} == {"y": (0, 3), "row_splits": (3,)}


def test_a_model_that_calls_python_is_not_exported(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"cannot be exported: .* would call Python(.|\n)*REGISTRY_KERNELS=tensorflow"):
        model_of(InPython()).export(tmp_path / "exported", verbose=False)
    assert not (tmp_path / "exported").exists()


@pytest.mark.slow
def test_an_exported_model_predicts_what_it_did(tmp_path: Path) -> None:
    model = model_of(keras.layers.Dense(3))
    model.export(tmp_path / "exported", verbose=False)
    function = tf.saved_model.load(str(tmp_path / "exported")).signatures["serving_default"]
    found = function(**{name: tf.constant(value) for name, value in COLUMNS.items()})
    np.testing.assert_allclose(found["y"], model.predict(COLUMNS)["y"], rtol=1e-6)
