"""What runs and experiments are called where nobody has named them."""

from __future__ import annotations

from pathlib import Path

import pytest

from registry.configuration.reading import read_options
from registry.contract.errors import Problems
from registry.contract.tracker import Naming
from registry.tracking.names import LONGEST, experiment_of, run_name
from registry.wiring.opening import open_graph
from tests.tracking.graphs import CONFIG, opened

NAMES = {
    (): "gravnet",
    (
        "Architecture.gravnet[*].n=32",
        "Training.0.learning_rate=3.0e-3",
        "General.seed=2",
    ): "gravnet seed=2 n=32 lr=3e-3",
    ("Architecture.gravnet[0].n=32",): "gravnet n=32",
    ("Architecture.gravnet[*].n=32", "Architecture.message_passing[1].n=8"): "gravnet gravnet.n=32 message_passing.n=8",
    ("Architecture.gravnet=[{n: 16}, {n: 16}]",): "gravnet gravnet=2 entries",
    ("Training=[{batch_size: 2500, learning_rate: 1.0e-3, epochs: 3}]",): "gravnet lr=1e-3 Training=1 entry",
    ("Data.scaling=none",): "gravnet scaling=none",
    ("PreModels.none.with.Data.scaling=none",): "gravnet scaling=none",
    ("General.experiment=x", "General.description-string=y", "General.tracker=folder"): "gravnet",
    ("Plotting.page=false", "Plotting.watch=[clusters]"): "gravnet",
    ("Training.0.learning_rate=0.0004024066464714613",): "gravnet lr=4.024e-4",
    ("General.seed=1",): "gravnet",
    ("Optimizer={name: lion}",): "gravnet Optimizer=lion",
    (
        "Training.0.learning_rate={schedule: one_cycle, peak: 1.0e-3}",
        "Training.0.keep_best={metric: clusters/efficiency, mode: max}",
    ): "gravnet lr=one_cycle peak=1e-3 keep_best=clusters/efficiency mode=max",
    ("Training.0.loss_weights={loss: {schedule: cosine, peak: 2.0}}",): "gravnet loss=cosine peak=2",
    ("Data.options.showers.train_events=1000000",): "gravnet train_events=1e6",
    ("LossOptions.q_min=0.25", "LossOptions.beta_loss_scale=2"): "gravnet q_min=0.25 beta_loss_scale=2",
}


@pytest.mark.parametrize("sets", NAMES, ids=" ".join)
def test_a_run_is_called_by_its_graph_and_the_options_that_differ_from_its_files(sets: tuple[str, ...]) -> None:
    assert run_name(open_graph("builtin:gravnet.yaml", sets=sets)) == NAMES[sets]


def test_a_file_laid_over_the_options_counts_by_what_it_changes(tmp_path: Path) -> None:
    (tmp_path / "wide.yaml").write_text("General: {seed: 1}\nArchitecture: {n_gravnet_filters: 128}\n")
    checked = open_graph("builtin:gravnet.yaml", configs=[str(tmp_path / "wide.yaml")])
    assert run_name(checked) == "gravnet n_gravnet_filters=128"


# Such options a run has kept: values, where the files say what they are taken from.
def test_an_option_that_has_the_value_of_the_one_that_it_takes_does_not_differ(tmp_path: Path) -> None:
    (tmp_path / "kept.yaml").write_text(
        "PreModels: {none: {with: {Data: {scaling: hgcal}}}}\n"
        "Data: {scaling: hgcal, clustering: {tune: true, min_object_hits: 2}}\nGeneral: {seed: 4}\n"
    )
    checked = open_graph("builtin:gravnet.yaml", configs=[str(tmp_path / "kept.yaml")])
    assert run_name(checked) == "gravnet seed=4"


def test_a_list_of_numbers_that_is_longer_or_shorter_is_said_as_a_whole(tmp_path: Path) -> None:
    opened(tmp_path)
    graph = tmp_path / "tiny.yaml"
    graph.write_text(graph.read_text().replace('units: ["${one.n}"]', 'units: "${one.units}"'))
    (tmp_path / "options.yaml").write_text(CONFIG.replace("[{n: 4}, {n: 8}]", "[{units: [4, 4]}]"))
    graph.write_text(graph.read_text().replace("repeat: [{n: 3}, {n: 5}]", "repeat: [{units: [3]}]"))
    assert run_name(open_graph(str(graph), sets=["Passes.0.units=[4]"])) == "tiny units=[4]"
    assert run_name(open_graph(str(graph), sets=["Passes.0.units=[8, 4, 4]"])) == "tiny units=[8, 4, 4]"


def test_a_name_that_no_database_would_take_says_how_much_is_left_out() -> None:
    checked = open_graph(
        "builtin:gravnet.yaml", sets=["General.description-string=x", f"General.pre-model-path={'a' * 300}"]
    )
    assert run_name(checked) == "gravnet and 1 more"
    assert len(run_name(checked)) <= LONGEST


def test_a_secret_is_not_part_of_a_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MODEL_TOKEN", "hunter2hunter2")
    checked = open_graph("builtin:gravnet.yaml", sets=["General.pre-model-path=${env:MODEL_TOKEN}"])
    assert run_name(checked) == "gravnet pre-model-path=${env:MODEL_TOKEN}"


def test_the_experiment_is_the_working_folder_unless_something_names_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "calorimeter study").mkdir()
    monkeypatch.chdir(tmp_path / "calorimeter study")
    checked = open_graph("builtin:gravnet.yaml")
    options = read_options(checked.expanded.config, Problems())
    assert options is not None
    assert experiment_of(checked, options) == "calorimeter study"
    assert experiment_of(checked, options, Naming("of mlflow")) == "of mlflow"
    monkeypatch.chdir("/")
    assert experiment_of(checked, options) == "gravnet"


def test_a_name_that_the_trackers_settings_give_stands() -> None:
    assert run_name(open_graph("builtin:gravnet.yaml"), Naming(run="mine")) == "mine"
