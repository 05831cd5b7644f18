"""A stage changes the parameters of functions that are blocks, and freezes what they make."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from registry.compiling.model import Compiled, compile_graph
from registry.configuration.options import Options
from registry.contract.errors import InputError, Problems
from registry.training.changeable import check_changeable
from registry.training.changes import apply_changes
from registry.wiring.checked_graph import CheckedGraph
from registry.wiring.opening import open_graph
from registry.wiring.stages import check_options

PLUGIN = '''
from typing import Annotated

from registry import block, param


@block(inputs={"x": "hits features"}, outputs={"y": "hits {units}"})
def thin(
    x,
    units: int = param(4, "columns", gt=0, schedulable=True),
    rate: float = param(0.5, "share dropped", ge=0, lt=1, schedulable=True),
    slope: float = param(1.0, "factor", schedulable=True),
    momentum: float = param(0.9, "of the running means", schedulable=True),
):
    """Layers with weights, one with random numbers, and an operation."""
    from keras import layers

    if slope < 0:
        raise ValueError("slopes are positive")
    normed = layers.BatchNormalization(momentum=momentum)(layers.Dense(units)(x))
    return slope * layers.Dropout(rate)(normed)


@block(inputs={"x": "hits features"}, outputs={"y": "hits features"})
def plain(x):
    """Twice."""
    return 2 * x
'''
GRAPH = """
name: thinned
plugins: [thin.py]
blocks:
  event: {use: showers, with: {train_events: 2, validation_events: 1, test_events: 1, max_showers: 3}}
  plain: {use: plain, in: event.features}
  thin: {use: thin, in: plain}
outputs: {y: thin}
"""


def opened(folder: Path, stage: str) -> tuple[CheckedGraph, Options | None, Problems]:
    (folder / "thin.py").write_text(PLUGIN)
    (folder / "graph.yaml").write_text(GRAPH)
    stages = [f"{{batch_size: 800, learning_rate: 0.01, epochs: 1{more}}}" for more in ("", f", {stage}")]
    checked = open_graph(str(folder / "graph.yaml"), sets=[f"Training=[{', '.join(stages)}]"])
    problems = Problems()
    return checked, check_options(checked, problems), problems


def compiled(folder: Path, stage: str) -> tuple[Compiled, Options]:
    checked, options, problems = opened(folder, stage)
    problems.raise_if_any()
    assert options is not None
    return compile_graph(checked), options


def changed(folder: Path, stage: str) -> Compiled:
    """Return the network after a stage has begun."""
    found, options = compiled(folder, stage)
    check_changeable(options.stages, found)
    for item in options.stages:
        apply_changes(item, found.checked, found.layers)
    return found


def test_what_the_stage_sets_takes_effect_and_weights_and_random_numbers_stay(tmp_path: Path) -> None:
    import keras

    before, _ = compiled(tmp_path, "set: {thin: {rate: 0.1}}")
    variables = [id(variable) for variable in before.layers["thin"].variables]
    weights = before.layers["thin"].get_weights()
    made = changed(tmp_path, "set: {thin: {rate: 0.1, slope: 3.0}}")
    layer = made.layers["thin"]
    layer.set_weights(weights)
    assert len(layer.variables) == len(variables)
    x = np.random.default_rng(1).normal(size=(400, before.layers["plain"].input.shape[-1])).astype("float32")
    old, new = before.layers["thin"], layer
    np.testing.assert_allclose(np.asarray(new({"x": x})), 3 * np.asarray(old({"x": x})), rtol=1e-5)
    dropped = float(np.mean(np.asarray(new({"x": x}, training=True)) == 0))
    assert dropped == pytest.approx(0.1, abs=0.05)
    assert made.inference is not None
    again = keras.models.model_from_json(made.inference.to_json())
    assert again.get_layer("thin").parameters["rate"] == 0.1


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("units: 8", "the layer 'dense', which holds weights, would be another one"),
        ("momentum: 0.5", "which holds weights, would be another one"),
        ("slope: -1.0", "the function raised ValueError: slopes are positive"),
    ],
)
def test_a_value_that_would_change_weights_or_raises_is_refused_before_the_run(
    change: str, said: str, tmp_path: Path
) -> None:
    found, options = compiled(tmp_path, f"set: {{thin: {{{change}}}}}")
    with pytest.raises(InputError) as caught:
        check_changeable(options.stages, found)
    (problem,) = caught.value.problems
    assert said in problem.message
    assert "thin.py:" in str(problem.origin)
    assert problem.message.startswith("Training.1.set: ")


def test_dropout_that_a_stage_turns_on_is_refused_and_one_that_it_turns_off_is_not(tmp_path: Path) -> None:
    off, options = compiled(tmp_path, "set: {thin: {rate: 0.0}}")
    check_changeable(options.stages, off)
    (tmp_path / "graph.yaml").write_text(GRAPH.replace("in: plain}", "in: plain, with: {rate: 0.0}}"))
    stage = "Training=[{batch_size: 800, learning_rate: 0.01, epochs: 1, set: {thin: {rate: 0.2}}}]"
    checked = open_graph(str(tmp_path / "graph.yaml"), sets=[stage])
    options = check_options(checked, Problems())
    assert options is not None
    with pytest.raises(InputError, match="would draw random numbers that were none before"):
        check_changeable(options.stages, compile_graph(checked))


def test_a_stage_freezes_what_a_function_makes(tmp_path: Path) -> None:
    made = changed(tmp_path, "set: {thin: {slope: 2.0}}, freeze: [thin]")
    assert made.layers["thin"].trainable_weights == []
    assert len(made.layers["thin"].weights) == 6


def test_a_function_without_weights_that_is_frozen_is_found_when_compiled(tmp_path: Path) -> None:
    found, options = compiled(tmp_path, "freeze: [plain]")
    with pytest.raises(InputError, match=r"Training\.1\.freeze: no node that 'plain' matches has trainable weights"):
        check_changeable(options.stages, found)


def test_weights_of_functions_are_counted_when_compiled(tmp_path: Path) -> None:
    checked, _, _ = opened(tmp_path, "freeze: [thin]")
    assert checked.uncounted == ["plain", "thin"]
    compile_graph(checked)
    width = checked.nodes["plain"].types["y"].features
    assert checked.uncounted == []
    assert (checked.nodes["thin"].weights.trainable, checked.nodes["thin"].weights.frozen) == (4 * width + 4 + 8, 8)


def test_a_plan_says_whose_weights_are_in_no_sum(tmp_path: Path) -> None:
    import registry

    opened(tmp_path, "freeze: [thin]")
    graph = registry.load(tmp_path / "graph.yaml")
    plan = graph.plan()
    assert "not counted    the weights of plain, thin: when the graph is compiled" in str(plan)
    assert plan.table.weights.isna()["thin"]
    graph.compile()
    assert "not counted" not in str(graph.plan())
