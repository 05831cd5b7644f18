"""Every architecture that comes with the tool is right as it stands, and trains."""

from __future__ import annotations

import math
from pathlib import Path

import keras
import numpy as np
import pytest
import tensorflow as tf

from registry.wiring.costs import Load, costs
from tests.graphs.helpers import GRAPHS, NAMES, Model, few_events, opened

TRAINED = [name for name in NAMES if not name.startswith("pre/")]


@pytest.mark.parametrize("name", NAMES)
def test_a_graph_is_wired_without_a_warning(name: str) -> None:
    checked = opened(name)
    assert not checked.warnings
    assert checked.outputs


@pytest.mark.parametrize("name", NAMES)
def test_the_first_lines_say_where_the_schema_is_and_what_the_graph_is(name: str) -> None:
    path = GRAPHS / f"{name}.yaml"
    first, second, *_ = path.read_text().splitlines()
    schema = first.removeprefix("# yaml-language-server: $schema=")
    assert (path.parent / schema).resolve() == (GRAPHS.parent / "docs" / "schema.json").resolve()
    assert second.startswith("# ")


@pytest.mark.parametrize("name", [name for name in TRAINED if name not in ("noise_filter", "pooling")])
def test_an_architecture_names_its_paper(name: str) -> None:
    comments = [line for line in (GRAPHS / f"{name}.yaml").read_text().splitlines()[:6] if line.startswith("#")]
    assert "arXiv:" in " ".join(comments)


@pytest.fixture(scope="module", params=NAMES)
def model(request: pytest.FixtureRequest) -> Model:
    """Each architecture, compiled once for all that is asked of it."""
    return Model.of(opened(request.param, *few_events(request.param)))


@pytest.mark.slow
def test_the_plan_counts_the_weights_of_the_compiled_model(model: Model) -> None:
    found = costs(model.compiled.checked, Load(1000, 1))
    layers = model.compiled.layers
    held = {path: sum(math.prod(weight.shape) for weight in layer.weights) for path, layer in layers.items()}
    for node in found.nodes:
        if node.path in held and node.weights.known:
            assert node.weights.trainable + node.weights.frozen == held[node.path], node.path
    assert found.trainable + found.frozen == sum(held.values())


@pytest.mark.slow
@pytest.mark.parametrize("model", TRAINED, indirect=True)
def test_two_steps_are_finite_and_every_weight_is_trained(model: Model) -> None:
    training = model.compiled.training
    assert training is not None
    columns = model.batch(1)
    batch = {key: columns[key] for key in training.input}
    weights = training.trainable_variables
    optimizer = keras.optimizers.Nadam(1e-3, clipnorm=1.0)
    for _ in range(2):
        with tf.GradientTape() as tape:
            loss = tf.add_n([terms["loss"] for terms in training(batch, training=True).values()])
        gradients = tape.gradient(loss, weights)
        assert np.isfinite(float(loss))
        assert all(np.isfinite(np.asarray(gradient)).all() for gradient in gradients if gradient is not None)
        pairs = zip(gradients, weights, strict=True)
        optimizer.apply_gradients([(gradient, weight) for gradient, weight in pairs if gradient is not None])
    # Heads without a loss of their own (position, time) are the only weights nothing teaches.
    untaught = [weight.path for weight, gradient in zip(weights, gradients, strict=True) if gradient is None]
    assert all(path.split("/")[0] in ("heads", "position") for path in untaught)


@pytest.mark.slow
@pytest.mark.parametrize("model", TRAINED, indirect=True)
def test_predictions_have_one_row_for_every_hit_and_need_no_truth(model: Model) -> None:
    assert model.compiled.inference is not None
    assert not [key for key in model.compiled.inference.input if "truth" in key]
    columns = model.batch()
    found = model.predict(columns)
    hits = len(columns["event.features"])
    for key in ("beta", "score"):
        if key in found:
            assert found[key].shape == (hits, 1)
            assert np.isfinite(found[key]).all()


@pytest.mark.parametrize(
    ("name", "sets", "trainable"),
    [
        ("tree_condensation", (), 222_025),
        ("preclustered", ("General.pre-model-type=tree-condensation",), 474_829),
    ],
)
def test_the_models_of_2025_have_the_weights_of_the_original(name: str, sets: tuple[str, ...], trainable: int) -> None:
    assert costs(opened(name, *sets), Load(1000, 1)).trainable == trainable


def test_the_trees_hold_the_numbers_of_the_original_but_for_the_clocks_of_its_nine_losses() -> None:
    found = costs(opened("tree_condensation"), Load(1000, 1))
    assert found.trainable + found.frozen + 9 == 224_196


def test_the_last_layers_of_preclustered_see_projections_instead_of_cm_p21() -> None:
    place = opened("preclustered").nodes["all_features"].inputs["x"]
    kept = opened("preclustered", "Architecture.raw_coordinates=true").nodes["all_features"].inputs["x"]
    assert (str(place[0]), str(kept[0])) == ("prime.coordinates", "place.x")


def test_every_architecture_is_described() -> None:
    text = (Path(GRAPHS).parent / "docs" / "architectures.md").read_text()
    assert not [name for name in NAMES if f"graphs/{name}.yaml" not in text]


@pytest.mark.parametrize("name", TRAINED)
def test_the_page_says_what_an_architecture_costs(name: str) -> None:
    found = costs(opened(name), Load(10_000, 1))
    adds, kept = found.multiply_adds / 1e7, found.training_memory / 1e6
    row = f"| `{name}` | {found.trainable:,} | {adds:,.0f} | {kept:,.0f} |"
    assert row in (Path(GRAPHS).parent / "docs" / "architectures.md").read_text()


def test_preclustered_takes_the_description_of_what_the_trees_have_written() -> None:
    place = opened("preclustered", "Data.scaling=none").nodes["pre.scale"]
    assert place.block.params.scaling == "none"  # type: ignore[attr-defined]
