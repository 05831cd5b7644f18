"""A run goes on from a checkpoint as if it had not been stopped, whatever stopped it and wherever."""

from __future__ import annotations

import json
import shutil
import textwrap
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from registry.contract.callback import Callback
from registry.contract.errors import InputError, RunError
from registry.training.checkpoint import Position, State, Tally
from registry.training.history import HISTORY_FILE
from registry.training.run import Run
from registry.training.saved import Saved, load_checkpoint
from registry.training.trainer import Trainer
from tests.training.helpers import TINY
from tests.training.test_stages import new_trainer

pytestmark = pytest.mark.slow

OPTIONS = str(TINY.parent / "tiny_options.yaml")
STAGE = "batch_size: 800, learning_rate: 0.01"
FREEZING = f"Training=[{{{STAGE}, epochs: 1}}, {{{STAGE}, epochs: 2, freeze: ['*.dense']}}]"


class StopAt(Callback):
    """Stops a run at a record, as Ctrl-C does."""

    def __init__(self, step: int) -> None:
        self.step = step

    def on_record(self, run: Run, metrics: dict[str, float]) -> None:
        if run.step == self.step:
            raise KeyboardInterrupt


@pytest.fixture(scope="module")
def graph(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The smallest graph, with dropout: its random numbers have to go on as well."""
    text = TINY.read_text().replace("tiny_options.yaml", OPTIONS)
    path = tmp_path_factory.mktemp("graph") / "graph.yaml"
    path.write_text(text.replace('units: ["${entry.n}"]', 'units: ["${entry.n}"], dropout: 0.2'))
    return path


@pytest.fixture(scope="module")
def whole(graph: Path, tmp_path_factory: pytest.TempPathFactory) -> Trainer:
    """A training that nothing stopped."""
    made = new_trainer(tmp_path_factory.mktemp("whole"), graph=graph)
    made.fit()
    return made


@pytest.fixture(scope="module")
def freezing(graph: Path, tmp_path_factory: pytest.TempPathFactory) -> Trainer:
    """A training that nothing stopped, in stages with other layers frozen."""
    made = new_trainer(tmp_path_factory.mktemp("freezing"), FREEZING, graph=graph)
    made.fit()
    return made


def stopped(trainer: Trainer, step: int) -> Saved:
    """Run until a step; return the checkpoint that is left."""
    trainer.run.callbacks = [StopAt(step)]
    with pytest.raises(KeyboardInterrupt):
        trainer.fit()
    return load_checkpoint(trainer.checkpoints.path)


def assert_same(one: Saved, other: Saved) -> None:
    assert (one.position, one.tally) == (other.position, other.tally)
    for first, second in zip([*one.model, *one.optimizer], [*other.model, *other.optimizer], strict=True):
        np.testing.assert_array_equal(first, second)


def recorded(trainer: Trainer) -> list[tuple[int, dict[str, float]]]:
    """Return every metric a run has logged, in order, without how long it took."""
    lines = [json.loads(line) for line in trainer.run.history.path.read_text().splitlines()]
    for line in lines:
        for name in ("epoch/seconds", "epoch/waiting_for_data"):
            line["metrics"].pop(name, None)
    return [(line["step"], line["metrics"]) for line in lines]


# Record 2 is in the first epoch; 12 is in the stage that has frozen layers, and with them other optimiser slots.
@pytest.mark.parametrize(("step", "position"), [(2, Position(0, 0, 2, 2, 0)), (12, Position(1, 1, 2, 12, 2))])
def test_a_run_stopped_within_an_epoch_ends_with_equal_weights(
    step: int, position: Position, freezing: Trainer, graph: Path, tmp_path: Path
) -> None:
    saved = stopped(new_trainer(tmp_path / "stopped", FREEZING, graph=graph), step)
    assert saved.position == position
    resumed = new_trainer(tmp_path / "resumed", FREEZING, graph=graph)
    shutil.copyfile(tmp_path / "stopped" / HISTORY_FILE, tmp_path / "resumed" / HISTORY_FILE)
    assert resumed.run.history.go_on_from(saved.tally.history) is not None
    resumed.fit(saved)
    assert_same(load_checkpoint(freezing.checkpoints.path), load_checkpoint(resumed.checkpoints.path))
    assert recorded(freezing) == recorded(resumed)


@pytest.mark.parametrize(("step", "tally"), [(3, 2), (4, 2)])
def test_what_was_not_recorded_yet_is_recorded_later(
    step: int, tally: int, whole: Trainer, graph: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = new_trainer(tmp_path / "stopped", graph=graph)
    # Step 3 lies between two records; step 4 is done when the record of it is interrupted.
    name, owner, calls = ("take", made.steps.train_sums, 2) if step % 2 == 0 else ("inputs", made.steps, step + 1)
    monkeypatch.setattr(owner, name, interrupted_at(calls, getattr(owner, name)))
    with pytest.raises(KeyboardInterrupt):
        made.fit()
    saved = load_checkpoint(made.checkpoints.path)
    assert (saved.position.step, saved.tally.batches) == (step, tally)
    resumed = new_trainer(tmp_path / "resumed", graph=graph)
    shutil.copyfile(tmp_path / "stopped" / HISTORY_FILE, tmp_path / "resumed" / HISTORY_FILE)
    resumed.run.history.go_on_from(saved.tally.history)
    resumed.fit(saved)
    assert recorded(whole) == recorded(resumed)
    assert_same(load_checkpoint(whole.checkpoints.path), load_checkpoint(resumed.checkpoints.path))


def test_the_checkpoint_of_an_epoch_is_kept_by_the_run_that_goes_on_after_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage = "Training=[{batch_size: 800, learning_rate: 0.01, epochs: 2, keep_every: 1}]"
    made = new_trainer(tmp_path / "stopped", stage)
    monkeypatch.setattr(made.checkpoints, "keep", interrupted_at(1, made.checkpoints.keep))
    with pytest.raises(KeyboardInterrupt):
        made.fit()
    saved = load_checkpoint(made.checkpoints.path)
    assert (saved.position.epoch, saved.tally.due) == (1, "epoch")
    resumed = new_trainer(tmp_path / "resumed", stage)
    resumed.fit(saved)
    assert [path.stem for path in resumed.checkpoints.all()] == ["epoch-1", "epoch-2", "last"]


def interrupted_at(calls: int, function: Callable[..., Any]) -> Callable[..., Any]:
    """Return the function, which is interrupted when it is called for the so-manieth time."""
    done = 0

    def called(*arguments: Any) -> Any:
        nonlocal done
        done += 1
        if done == calls:
            raise KeyboardInterrupt
        return function(*arguments)

    return called


def test_a_checkpoint_of_another_network_is_refused_and_none_is_left(graph: Path, tmp_path: Path) -> None:
    saved = stopped(new_trainer(tmp_path / "stopped", graph=graph), 2)
    other = new_trainer(tmp_path / "other", "Architecture.dense=[{n: 4}]", graph=graph)
    with pytest.raises(
        InputError,
        match=r"iterations\.0\.dense: .* does not fit: expected iterations\.0\.dense/.* \(.*, 4\), received .*, 8\)",
    ):
        other.fit(saved)
    assert not other.checkpoints.path.exists()


def test_a_checkpoint_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    made = new_trainer(tmp_path)
    made.checkpoints.folder.rmdir()
    made.checkpoints.folder.touch()
    with pytest.raises(OSError, match=r"(File exists|Not a directory): '.*checkpoints/last\.npz'"):
        made.checkpoints.save(State(made.variables, [], []), Position(), Tally())


def test_a_step_that_is_not_finite_leaves_everything_as_it_was_before(tmp_path: Path) -> None:
    (tmp_path / "poison.py").write_text(POISON)
    text = TINY.read_text().replace("tiny_options.yaml", OPTIONS).replace("in: iterations.x", "in: after")
    nodes = "  bad: {use: poison, in: iterations.x}\n  after: {use: keras.BatchNormalization, in: bad}\n  heads:"
    (tmp_path / "graph.yaml").write_text(
        text.replace("  heads:", nodes).replace("blocks:", "plugins: [poison.py]\nblocks:", 1)
    )
    made = new_trainer(tmp_path / "run", "Plotting.record_frequency=5", graph=tmp_path / "graph.yaml")
    with pytest.raises(RunError, match=r"at step 3(.|\n)*bad \(block 'poison', output 'x'\)"):
        made.fit()
    saved = load_checkpoint(made.checkpoints.path)
    assert saved.position == Position(0, 0, 3, 3, 0)
    assert all(np.isfinite(array).all() for array in [*saved.model, *saved.optimizer])
    assert [int(array) for array in saved.model if array.dtype == np.int32 and array.shape == ()] == [3]


def test_a_gradient_that_is_not_finite_is_traced_to_the_node_it_comes_from(tmp_path: Path) -> None:
    (tmp_path / "poison.py").write_text(POISON.replace(POISONED, "tf.where(x == x, x, x / (x - x))"))
    text = TINY.read_text().replace("tiny_options.yaml", OPTIONS).replace("in: iterations.x", "in: bad")
    text = text.replace("  heads:", "  bad: {use: poison, in: iterations.x}\n  heads:")
    (tmp_path / "graph.yaml").write_text(text.replace("blocks:", "plugins: [poison.py]\nblocks:", 1))
    made = new_trainer(tmp_path / "run", graph=tmp_path / "graph.yaml")
    with pytest.raises(RunError, match=r"every output is finite, but not the gradient .* 'iterations\.1\.norm'"):
        made.fit()


POISONED = 'x * tf.where(tf.convert_to_tensor(self.calls) == 4, float("nan"), 1.0)'

POISON = textwrap.dedent('''
    """A block whose output is not finite in the fourth step."""

    import keras
    import tensorflow as tf

    from registry.contract.block import Block, Port, Weights
    from registry.contract.hooks import hookimpl
    from registry.contract.layer import BlockLayer


    class Poison(Block):
        """Counts, and divides by zero once."""

        name = "poison"
        kind = "layer"
        inputs = (Port("x", "hits features"),)
        outputs = (Port("x", "hits features"),)

        def weights(self, inputs, outputs):
            return Weights(0, 1)

        def build(self, name):
            return PoisonLayer(name=name)


    @keras.saving.register_keras_serializable("poison")
    class PoisonLayer(BlockLayer):
        def __init__(self, **kwargs):
            super().__init__(**kwargs)
            self.calls = self.add_weight(shape=(), dtype="int32", initializer="zeros", trainable=False)

        def call(self, x, training=None):
            if not training:
                return x
            self.calls.assign_add(1)
            return x * tf.where(tf.convert_to_tensor(self.calls) == 4, float("nan"), 1.0)


    @hookimpl
    def register_blocks():
        return [Poison]
''')
