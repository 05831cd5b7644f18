"""The optimisers that may be named are those of Keras."""

from __future__ import annotations

import keras
import pytest

from registry.contract.keras_optimizers import NONE, optimizers, parameters


def test_every_optimiser_that_keras_exports_may_be_named() -> None:
    exported = [getattr(keras.optimizers, name) for name in dir(keras.optimizers)]
    kinds = {item for item in exported if isinstance(item, type) and issubclass(item, keras.optimizers.Optimizer)}
    assert set(optimizers().values()) == {kind.__name__ for kind in kinds} - set(NONE)


@pytest.mark.parametrize("name", sorted(optimizers()))
def test_the_parameters_of_an_optimiser_are_those_it_is_made_with(name: str) -> None:
    kind = getattr(keras.optimizers, optimizers()[name])
    assert set(kind().get_config()) <= {*parameters(name), "is_legacy_optimizer"}
