"""Configuration files of the HGCalML trainer (versions A to C) work as `--config`, or say why not."""

from __future__ import annotations

from pathlib import Path

import pytest

from registry.check import main
from registry.console.command import run_command
from registry.contract.errors import InputError
from registry.wiring.checked_graph import CheckedGraph
from registry.wiring.opening import open_graph

FOLDER = Path(__file__).parent
GRAPH = FOLDER.parent.parent / "graphs" / "gravnet.yaml"


def opened(version: str, *sets: str) -> CheckedGraph:
    return open_graph(str(GRAPH), [str(FOLDER / f"{version}.yaml")], sets)


def trainable(checked: CheckedGraph) -> int:
    return sum(node.weights.trainable for node in checked.nodes.values() if node.written.trainable)


def test_version_a_which_could_not_start_says_which_keys_to_rename() -> None:
    with pytest.raises(InputError) as caught:
        opened("a")
    shown = "\n".join(problem.render() for problem in caught.value.problems)
    assert "the name is now 'n_gravnet_space_coordinates'" in shown
    assert 'has no parameter "beta_push\'"' in shown
    assert len(caught.value.problems) == 2


def test_version_b_is_the_network_it_was() -> None:
    # The original's number of weights behind its noise filter.
    assert trainable(opened("b")) == 475_852


def test_version_c_is_the_network_it_was() -> None:
    # The original ignored use_layer_normalization; without it the number of weights is the original's.
    assert trainable(opened("c", "General.use_layer_normalization=false")) == 482_217


def test_layer_normalisation_which_was_ignored_works() -> None:
    nodes = opened("c").nodes
    assert [path for path, node in nodes.items() if node.written.use == "layer_normalization"] == [
        f"iterations.{number}.per_hit" for number in range(3)
    ]


def test_fill_space_is_switched_by_its_option() -> None:
    assert "fill_space" in opened("b").nodes
    assert "fill_space" not in opened("c").nodes


@pytest.mark.parametrize("version", ["b", "c"])
def test_the_options_of_the_file_reach_the_blocks(version: str) -> None:
    nodes = opened(version).nodes
    assert nodes["loss"].block.params.q_min == 1.5
    assert nodes["iterations.2.gravnet"].block.params.n_neighbours == 256
    assert nodes["iterations.0.dense"].block.params.dropout == 0.3
    assert nodes["norm_0"].block.params.max_viscosity == 0.5


def test_the_meaning_of_epochs_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command(lambda: main([str(GRAPH), "--config", str(FOLDER / "c.yaml")])) == 0
    shown = capsys.readouterr().err
    assert "epochs count per stage: 1 + 2 + 5 = 8 epochs" in shown
    assert "in the HGCalML trainer they were totals" in shown


@pytest.mark.parametrize(
    ("setting", "told"),
    [
        ("Architecture.BatchNormOptions.max_viscosity=0.5", "BatchNormOptions is a section of its own"),
        ("General.fix_distance=true", "set `fix_distance_scale` of output_heads"),
    ],
)
def test_a_key_that_had_no_effect_is_refused_and_told_what_to_write(setting: str, told: str) -> None:
    section, key, *_ = setting.split(".")
    with pytest.raises(InputError) as caught:
        opened("b", setting)
    shown = "\n".join(problem.render() for problem in caught.value.problems)
    assert f"'{section}.{key.partition('=')[0]}" in shown
    assert told in shown
