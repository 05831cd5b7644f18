"""Gradients of several batches make one step of the optimiser."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from registry.configuration.training_options import OptimizerOptions
from registry.training.events import open_data
from registry.training.feeding import Feed
from registry.training.optimizers import make_optimizer
from registry.training.step import StepRule, Steps
from registry.training.strategies.accumulating import Amount, shares
from tests.training.helpers import compiled
from tests.training.strategies.helpers import STAGE, assert_resumed_alike

pytestmark = pytest.mark.slow

GRAPH = """\
blocks:
  event: {use: showers, with: {train_events: 8, validation_events: 1, test_events: 1, max_showers: 3}}
  pre: {use: preprocess.none, in: event}
  a: {use: keras.Dense, in: pre.features, with: {units: 8, activation: elu, kernel_regularizer: l2}}
  heads: {use: output_heads, in: a}
  loss: {use: object_condensation, in: {"*": [heads, pre]}}
  noise: {use: not_noise, in: {score: heads.beta, truth_index: pre.truth_index}}
  small: {use: value_penalty, in: heads.ccoords}
outputs: {beta: heads.beta}
"""


def learnt(path: Path, batches: list[list[int]]) -> list[np.ndarray]:
    """Return what one step of the optimiser on these batches of events changes in the weights."""
    model = compiled(graph=path)
    steps = Steps(model)
    steps.retrace(make_optimizer(OptimizerOptions(name="sgd"), 1.0), StepRule(accumulate=True, weighted=True))
    feed = Feed(open_data(model.checked.loader, 1), "event", frozenset(model.training_inputs), 1)
    before = [np.array(weight) for weight in model.training_model.trainable_variables]
    losses = [type(model.checked.nodes[node].block) for node in steps.losses]
    numbers, sizes = [np.array(events) for events in batches], feed.source.sizes("train")
    for index, events in enumerate(numbers):
        own = shares(losses, Amount.of(events, sizes), Amount.of(np.concatenate(numbers), sizes))
        steps.train(steps.inputs(feed.read("train", events)), index, own, index == len(batches) - 1)
    after = model.training_model.trainable_variables
    return [np.array(new) - old for new, old in zip(after, before, strict=True)]


@pytest.mark.long
def test_batches_together_teach_what_one_batch_of_all_their_events_teaches(tmp_path: Path) -> None:
    path = tmp_path / "graph.yaml"
    path.write_text(GRAPH)
    one, several = learnt(path, [[0, 1, 2, 3, 4, 5]]), learnt(path, [[0], [1, 2], [3, 4, 5]])
    for first, second in zip(one, several, strict=True):
        largest = np.abs(first).max()
        assert largest > 1e-4
        np.testing.assert_allclose(second, first, rtol=1e-5, atol=1e-5 * largest)


# Step 2 lies within the three batches of a step of the optimiser.
def test_a_run_that_is_stopped_between_two_batches_of_a_step_ends_with_equal_weights(tmp_path: Path) -> None:
    whole, _ = assert_resumed_alike(tmp_path, (f"{STAGE}, epochs: 2, accumulate: 3",), 2)
    batches = whole.run.step // 2
    assert int(whole.optimizer.iterations.numpy()) == 2 * -(-batches // 3)
