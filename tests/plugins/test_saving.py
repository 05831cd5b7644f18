"""Every layer comes back from its configuration and weights as it was."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from tests.plugins import laws, test_laws, test_laws_of_losses, test_laws_of_selection
from tests.plugins.block_case import Case
from tests.plugins.losses.object_condensation.events import batch
from tests.plugins.losses.object_condensation.loss_case import LossCase
from tests.plugins.selecting_case import Selecting

SIZES = [7, 0, 12]


def again(layer: Any) -> Any:
    """Return a layer made from the configuration of another, as a saved model holds it."""
    found = keras.saving.deserialize_keras_object(keras.saving.serialize_keras_object(layer))
    assert type(found) is type(layer)
    assert found.get_config() == layer.get_config()
    return found


def assert_restored(case: Case, values: laws.Values) -> None:
    inputs = laws.relevant(case, values)
    case(**inputs)
    random = np.random.default_rng(0)
    for weight in case.layer.trainable_weights:
        weight.assign(random.normal(size=weight.shape))
    expected, weights = laws.arrays(case(**inputs)), case.layer.get_weights()
    case.layer = again(case.layer)
    case(**inputs)
    case.layer.set_weights(weights)
    laws.assert_same(laws.arrays(case(**inputs)), expected)


@pytest.mark.parametrize("name", test_laws.BLOCKS)
def test_a_layer_is_restored_from_its_configuration_and_weights(name: str) -> None:
    use, parameters = test_laws.BLOCKS[name]
    assert_restored(Case(use, **parameters), test_laws.inputs_for(name, test_laws.events(SIZES, 0)))


@pytest.mark.parametrize("name", test_laws_of_selection.BLOCKS)
def test_a_layer_that_chooses_hits_is_restored_from_its_configuration_and_weights(name: str) -> None:
    use, parameters = test_laws_of_selection.BLOCKS[name]
    assert_restored(Selecting(use, **parameters), test_laws_of_selection.inputs_for(name, SIZES, 0))


@pytest.mark.parametrize("name", test_laws_of_losses.LOSSES)
def test_a_loss_is_restored_from_its_configuration(name: str) -> None:
    use, parameters = test_laws_of_losses.LOSSES[name]
    case = LossCase(use, **parameters)
    inputs = test_laws_of_losses.taken(case, test_laws_of_losses.inputs_for(SIZES, 0))
    expected = case(**inputs)
    case.layer = again(case.layer)
    assert case(**inputs) == expected


def test_object_condensation_is_restored_from_its_configuration() -> None:
    case = LossCase("object_condensation:ObjectCondensation", implementation="hinge", payload="full", q_min=0.3)
    expected = case(**batch(SIZES))
    case.layer = again(case.layer)
    assert case(**batch(SIZES)) == expected


def test_a_saved_model_gives_what_it_gave_before(tmp_path: Path) -> None:
    x, row_splits = keras.Input((test_laws.WIDTH,)), keras.Input((), dtype="int32")
    (gravnet, options), (messages, widths) = (test_laws.BLOCKS[name] for name in ("gravnet", "message passing"))
    found = Case(gravnet, **options).block.build("gravnet")(x=x, row_splits=row_splits)
    lists = {name: found[name] for name in ("neighbour_indices", "squared_distances")}
    passed = Case(messages, **widths).block.build("messages")(x=found["features"], **lists)
    model = keras.Model([x, row_splits], passed)
    model.save(tmp_path / "model.keras")
    values = test_laws.events(SIZES, 0)
    inputs = [values["x"], values["row_splits"]]
    np.testing.assert_array_equal(keras.models.load_model(tmp_path / "model.keras")(inputs), model(inputs))
