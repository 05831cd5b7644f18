"""What the check refuses of a keras.* node, Keras refuses, or it is of a type that the argument does not take."""

from __future__ import annotations

import random

import pytest

from registry.loading.keras_block import keras_block
from registry.loading.keras_layer import keras_layer
from registry.loading.keras_operations import UNKNOWN
from registry.loading.keras_source import layer_arguments
from registry.loading.keras_types import wrong_type

REQUIRED = {
    "Dense": {"units": 3},
    "Dropout": {"rate": 0.5},
    "BatchNormalization": {},
    "LayerNormalization": {},
    "GroupNormalization": {},
    "Conv1D": {"filters": 2, "kernel_size": 2},
    "Conv2DTranspose": {"filters": 2, "kernel_size": 2},
    "SeparableConv1D": {"filters": 2, "kernel_size": 2},
    "MaxPooling2D": {},
    "LSTM": {"units": 3},
    "GRU": {"units": 3},
    "MultiHeadAttention": {"num_heads": 2, "key_dim": 3},
    "GroupQueryAttention": {"num_query_heads": 4, "num_key_value_heads": 2, "head_dim": 3},
    "Attention": {},
    "Embedding": {"input_dim": 5, "output_dim": 3},
    "Normalization": {},
    "Rescaling": {"scale": 2.0},
    "Reshape": {"target_shape": [1, 3]},
    "Permute": {"dims": [1]},
    "Cropping3D": {},
    "ZeroPadding2D": {},
    "LeakyReLU": {},
    "PReLU": {},
    "ReLU": {},
}
VALUES = [
    *(-1, 0, 1, 2, 7, 0.5, -0.5, 100.0, True, None, "", "same", "x", "relu", "swiish", "zeros", "constant", "l2"),
    *("max_norm", "channels_last", "concat", "nearest", "float32", "floot", [1], [1, 2], [0], [1.5], [], ["a"]),
    *(
        {"class_name": "Zeros"},
        {"class_name": "L2", "config": {"l2": 0.1}},
        {"class_name": "Zeros", "config": {"a": 1}},
    ),
    *({"class_name": "MaxNorm", "config": {"max_value": 2.0}}, {"a": 1}),
]


@pytest.mark.slow
@pytest.mark.parametrize("name", REQUIRED)
def test_keras_refuses_what_the_check_refuses_and_takes_what_it_takes(name: str) -> None:
    import keras

    chosen = random.Random(name)
    layer, known = keras_layer(name), layer_arguments(name)
    assert layer is not None
    assert known is not None
    for argument in sorted(known.known):
        for value in chosen.sample(VALUES, 5):
            arguments = {**REQUIRED[name], argument: value}
            try:
                getattr(keras.layers, name)(**arguments)
                reason = ""
            except Exception as error:
                reason = str(error) or type(error).__name__
            kind = keras_block(f"keras.{name}")
            complaints = list(kind(kind.Params.model_validate(arguments)).check())
            if not complaints:
                assert reason == "", (argument, value)
            elif not reason and not wrong_type(layer.kind, argument, value):
                # What is refused though it has the right type, Keras itself refuses, but for functions like `glu`,
                # which it takes and cannot call, and several outputs.
                assert layer.refusals({**arguments, argument: UNKNOWN}) == []
                assert argument in ("activation", "return_state"), (argument, value, complaints)
