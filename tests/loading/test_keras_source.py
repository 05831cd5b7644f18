"""What the source of Keras says of its layers is what Keras itself says."""

from __future__ import annotations

import inspect

import pytest

from registry.loading import keras_source
from registry.loading.keras_source import is_layer, layer_arguments, layers

NAMED = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)


def test_the_arguments_of_every_layer_are_those_of_its_constructor() -> None:
    import keras

    compared = 0
    for name in layers():
        read = layer_arguments(name)
        if read is None:
            continue
        parameters = inspect.signature(getattr(keras.layers, name).__init__).parameters.values()
        named = [item for item in parameters if item.kind in NAMED and item.name not in ("self", "name")]
        assert {item.name for item in named} <= read.known, name
        assert {item.name for item in named if item.default is item.empty} == set(read.required), name
        compared += 1
    assert compared > 100


def test_arguments_of_the_base_classes_are_known() -> None:
    read = layer_arguments("Add")
    assert read is not None
    assert {"dtype", "trainable"} <= read.known


def test_a_layer_is_one_that_keras_lists() -> None:
    assert is_layer("Dense")
    assert not is_layer("Dens")


def test_without_the_source_of_keras_nothing_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keras_source, "layers", dict)
    assert is_layer("Dens")
