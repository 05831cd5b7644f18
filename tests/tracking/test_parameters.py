"""The parameters of a run: each that a person wrote, once; and all of every node as a file."""

from __future__ import annotations

from pathlib import Path

import pytest

from registry.plugins.trackers.mlflow.names import accepted
from registry.tracking.parameters import expanded_parameters, parameters
from registry.wiring.checked_graph import CheckedGraph
from registry.wiring.opening import open_graph
from tests.tracking.graphs import CONFIG, GRAPH, opened


@pytest.fixture
def checked(tmp_path: Path) -> CheckedGraph:
    return opened(tmp_path)


def test_what_nodes_take_from_the_configuration_is_logged_where_it_is_written_only(checked: CheckedGraph) -> None:
    flat = parameters(checked)
    assert flat["Passes.1.n"] == "16"
    assert flat["Dense.activation"] == "elu"
    once = [name for name in flat if name.endswith((".activation", ".learning_rate"))]
    assert once == ["Training.0.learning_rate", "Dense.activation"]


def test_what_the_graph_file_says_itself_is_logged_once_for_all_passes_and_nodes(checked: CheckedGraph) -> None:
    stated = {name: value for name, value in parameters(checked).items() if name[0].islower()}
    assert stated == {
        "passes.embed.kernel_regularizer": "l2",
        "mine.0.dense.units": "[3]",
        "mine.1.dense.units": "[5]",
        "heads.n_ccoords": "2",
        "loss.q_min": "0.5",
    }


def test_a_default_of_the_graph_for_several_nodes_is_one_parameter(tmp_path: Path) -> None:
    (tmp_path / "options.yaml").write_text(CONFIG.replace("Dense: {activation: elu}\n", ""))
    (tmp_path / "tiny.yaml").write_text(GRAPH.replace('"${Dense}"', "{activation: elu, dropout: 0.2}"))
    found = parameters(open_graph(str(tmp_path / "tiny.yaml"), sets=["Training.0.set=null"]))
    assert [name for name in found if "dropout" in name] == ["defaults.dense_loop.dropout"]


def test_the_file_has_every_parameter_of_every_node_of_every_pass(checked: CheckedGraph) -> None:
    flat = expanded_parameters(checked)
    assert flat["passes.1.embed.units"] == "[16]"
    assert flat["passes.0.embed.activation"] == "elu"
    assert flat["passes.0.embed.use"] == "dense_loop"
    for path, node in checked.nodes.items():
        for name, field in type(node.block.params).model_fields.items():
            key = f"{path}.{field.alias or name}"
            assert any(logged == key or logged.startswith(f"{key}.") for logged in flat), key


def test_all_names_are_accepted_by_mlflow_and_none_is_lost(checked: CheckedGraph) -> None:
    flat = parameters(checked)
    assert len(accepted(flat)) == len(flat)
    assert "Training.0.set._.embed.dropout" in accepted(flat)


def test_an_option_that_takes_the_value_of_another_is_logged_where_it_is_written_only() -> None:
    found = parameters(open_graph("builtin:gravnet.yaml"))
    assert found["Evaluation.tune"] == "true"
    assert not [name for name in found if name.startswith("Data.clustering.")]
    other = parameters(open_graph("builtin:gravnet.yaml", sets=["Data.clustering.tune=false"]))
    assert {name for name in other if name not in found} == {"Data.clustering.tune"}


def test_options_of_what_is_not_chosen_are_no_parameters() -> None:
    found = parameters(open_graph("builtin:gravnet.yaml"))
    assert "PreModels.none.graph" in found
    assert not [name for name in found if name.startswith(("PreModels.noise-filter.", "PreModels.pre-pooling."))]
    other = parameters(open_graph("builtin:gravnet.yaml", sets=["Data.options.tracks.train_events=9"]))
    assert other == found


def test_options_of_what_is_switched_off_are_no_parameters() -> None:
    pooled = parameters(open_graph("builtin:gravnet.yaml", sets=["General.pre-model-type=pre-pooling"]))
    assert "PreModels.pre-pooling.graph" in pooled
    assert not [name for name in pooled if name.startswith("Architecture.dense_embedding")]


def test_options_of_defaults_that_no_node_takes_are_no_parameters() -> None:
    sets = ["General.normalization=batch_normalization"]
    assert not [name for name in parameters(open_graph("builtin:gravnet.yaml", sets=sets)) if "BatchNorm" in name]
    assert "BatchNormOptions.max_viscosity" in parameters(open_graph("builtin:gravnet.yaml"))


def test_the_label_of_a_stage_is_no_parameter() -> None:
    found = parameters(open_graph("builtin:gravnet.yaml"))
    assert "Training.0.batch_size" in found
    assert not [name for name in found if "stage_" in name]


def test_what_the_engine_reads_is_a_parameter(checked: CheckedGraph) -> None:
    assert parameters(checked)["General.description-string"] == "a trial"
