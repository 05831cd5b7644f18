"""What stages change takes effect, and nothing is traced again for each batch."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from registry.configuration.options import Options
from registry.configuration.reading import read_options
from registry.contract.errors import Problems
from registry.training.events import open_data
from registry.training.feeding import Feed
from registry.training.progress import Progress
from registry.training.run import Run
from registry.training.trainer import Trainer
from registry.wiring.selectors import select
from tests.training.helpers import TINY, compiled

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def trainer(tmp_path_factory: pytest.TempPathFactory) -> Trainer:
    """A trainer that has run both stages."""
    made = new_trainer(tmp_path_factory.mktemp("stages"))
    made.before = [np.array(weight) for weight in made.run.compiled.layers["iterations.0.dense"].get_weights()]
    made.fit()
    return made


def new_trainer(folder: Path, *sets: str, graph: Path = TINY) -> Trainer:
    model = compiled(*sets, graph=graph)
    checked, problems = model.checked, Problems()
    options = read_options(checked.expanded.config, problems)
    problems.raise_if_any()
    assert isinstance(options, Options)
    feed = Feed(open_data(checked.loader, 1), checked.loader.written.path, frozenset(model.training_inputs), 1)
    return Trainer(Run(checked, options, model, feed, Progress(), folder))


def test_a_stage_sets_parameters_of_the_layers_it_selects(trainer: Trainer) -> None:
    layers = trainer.run.compiled.layers
    assert [layers[f"iterations.{number}.norm"].max_viscosity for number in (0, 1)] == [0.5, 0.5]


def test_a_stage_freezes_weights(trainer: Trainer) -> None:
    layers = trainer.run.compiled.layers
    assert not layers["iterations.0.dense"].trainable
    assert layers["iterations.1.dense"].trainable


def test_a_selector_that_also_names_nodes_without_a_layer_freezes_the_others(tmp_path: Path) -> None:
    stage = "{batch_size: 800, learning_rate: 0.01, epochs: 1, freeze: ['*'], unfreeze: [heads]}"
    made = new_trainer(tmp_path, f"Training=[{stage}]")
    made.fit()
    assert [name for name, layer in made.run.compiled.layers.items() if layer.trainable] == ["heads"]


def test_each_stage_is_traced_once(trainer: Trainer) -> None:
    assert trainer.steps.traces == 2 * 2


def test_a_stage_that_changes_nothing_but_the_rate_is_not_traced_again(tmp_path: Path) -> None:
    stage = "{batch_size: 800, learning_rate: 0.01, epochs: 1}"
    made = new_trainer(tmp_path, f"Training=[{stage}, {stage}]")
    made.fit()
    assert made.steps.traces == 2


def test_epochs_count_per_stage(trainer: Trainer) -> None:
    assert trainer.run.epochs_done == 3


def test_a_stage_keeps_its_learning_rate_or_follows_a_cosine(tmp_path: Path) -> None:
    made = new_trainer(
        tmp_path, "Training=[{batch_size: 800, learning_rate: 0.01, final_learning_rate: 0.001, epochs: 2}]"
    )
    rates: list[float] = []
    made.run.callbacks = [Recorder(rates)]
    made.fit()
    assert rates == sorted(rates, reverse=True)
    assert 0.001 < rates[-1] < rates[0] <= 0.01


class Recorder:
    """Keeps the learning rates it is told."""

    def __init__(self, rates: list[float]) -> None:
        self.rates = rates

    def on_record(self, run: Run, metrics: dict[str, float]) -> None:
        self.rates.append(metrics["train/learning_rate"])

    def on_epoch_end(self, run: Run, metrics: dict[str, float]) -> None:
        assert run.epochs_done


def test_selectors_name_nodes_by_path_and_by_block() -> None:
    checked = compiled().checked
    assert select("iterations.0.dense", checked) == ["iterations.0.dense"]
    assert select("iterations.*.dense", checked) == ["iterations.0.dense", "iterations.1.dense"]
    assert select("*.gooey_batchnorm", checked) == ["iterations.0.norm", "iterations.1.norm"]
