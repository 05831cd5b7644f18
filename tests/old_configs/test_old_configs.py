"""Configuration files of the HGCalML trainer (versions A to C) work as `--config`, or say why not."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from registry.check import main
from registry.console.command import run_command
from registry.contract.errors import InputError, Problems
from registry.tracking.describe import run_info
from registry.wiring.checked_graph import CheckedGraph
from registry.wiring.opening import open_graph
from registry.wiring.stages import check_options

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


ORIGINAL = {
    "implementation": "",
    "q_min": 0.1,
    "use_average_cc_pos": 0.0,
    "use_energy_weights": True,
    "energy_loss_weight": 1.0,
    "classification_loss_weight": 1.0,
    "position_loss_weight": 1.0,
    "timing_loss_weight": 1.0,
    "beta_loss_scale": 1.0,
    "payload_beta_clip": 0.0,
    "too_much_beta_scale": 0.0,
    "repulsion_hits": None,
}
"""Defaults of the original's loss, LLExtendedObjectCondensation."""


@pytest.mark.parametrize("left_out", [[], [name for name in ORIGINAL if name not in ("implementation",)]])
def test_what_a_file_leaves_out_is_the_original_s_default(tmp_path: Path, left_out: list[str]) -> None:
    written = yaml.safe_load((FOLDER / "b.yaml").read_text())
    stated = {name: value for name, value in written["LossOptions"].items() if name not in left_out}
    (tmp_path / "old.yaml").write_text(yaml.safe_dump({**written, "LossOptions": stated}))
    checked = open_graph(str(GRAPH), [str(tmp_path / "old.yaml")])
    loss = checked.nodes["loss"].block.params
    for name, value in {**ORIGINAL, **stated}.items():
        assert getattr(loss, name) == value, name
    norm = checked.nodes["norm_0"].block.params
    assert (norm.max_viscosity, norm.fluidity_decay, norm.viscosity, norm.epsilon) == (0.5, 1e-4, 0.01, 1e-2)
    assert checked.nodes["pre.scale"].block.params.legacy_theta
    optimizer = checked.expanded.config.plain()["Optimizer"]
    assert (optimizer["name"], optimizer["clipnorm"], optimizer["epsilon"]) == ("nadam", 1.0, 1e-2)


def test_what_was_taken_is_told_and_logged() -> None:
    checked = opened("c")
    (told,) = [problem for problem in checked.warnings if "configuration of HGCalML" in problem.message]
    assert told.origin is not None
    assert told.origin.file == str(FOLDER / "c.yaml")
    for change in (
        "LossOptions.implementation '' (not hinge)",
        "LossOptions.use_energy_weights true (not false)",
        "BatchNormOptions.fluidity_decay 0.0001 (not 0.05)",
        "Optimizer.epsilon 0.01 (not 1e-07)",
        "PreModels.pre-pooling.with.Pooling.legacy_self_weight true",
    ):
        assert change in told.message
    assert "beta_loss_scale" not in told.message
    options = check_options(checked, Problems())
    assert options is not None
    info = run_info(checked, options, ["train"])
    assert info.tags["config.defaults_of"] == "HGCalML"
    assert info.parameters["LossOptions.use_energy_weights"] == "true"
    assert info.parameters["Optimizer.epsilon"] == "0.01"


def test_what_is_set_by_hand_wins_over_the_original_s_defaults(tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text("LossOptions: {implementation: precond}\n")
    mine, old = str(tmp_path / "mine.yaml"), str(FOLDER / "b.yaml")
    for configs in ([mine, old], [old, mine]):
        assert open_graph(str(GRAPH), configs).nodes["loss"].block.params.implementation == "precond"
    assert opened("b", "LossOptions.implementation=hinge").nodes["loss"].block.params.implementation == "hinge"


@pytest.mark.parametrize(("configs", "divisor"), [([], 30.0), ([str(FOLDER / "b.yaml")], None)])
def test_a_file_without_repulsion_hits_divides_by_the_hits_outside_as_the_original_whatever_the_graph_does(
    tmp_path: Path, configs: list[str], divisor: float | None
) -> None:
    (tmp_path / "own.yaml").write_text("LossOptions: {repulsion_hits: 30}\n")
    options = GRAPH.parent.parent / "configs" / "gravnet.yaml"
    text = GRAPH.read_text().replace("config: ../configs/gravnet.yaml", f"config: [{options}, own.yaml]")
    (tmp_path / "own_graph.yaml").write_text(text)
    assert open_graph(str(tmp_path / "own_graph.yaml"), configs).nodes["loss"].block.params.repulsion_hits == divisor


@pytest.mark.parametrize("section", ["General", "Architecture", "DenseOptions", "LossOptions", "Training"])
def test_a_file_of_some_options_changes_nothing_else(tmp_path: Path, section: str) -> None:
    part = {section: yaml.safe_load((FOLDER / "b.yaml").read_text())[section]}
    (tmp_path / "part.yaml").write_text(yaml.safe_dump(part))
    checked = open_graph(str(GRAPH), [str(tmp_path / "part.yaml")], ["General.pre-model-type=none"])
    assert not checked.expanded.dialects
    assert checked.nodes["loss"].block.params.implementation == "hinge"


def test_this_project_s_own_file_is_no_file_of_hgcalml(tmp_path: Path) -> None:
    own = (GRAPH.parent.parent / "configs" / "gravnet.yaml").read_text()
    (tmp_path / "copy.yaml").write_text(own.replace("../graphs/", f"{GRAPH.parent}/"))
    assert not open_graph(str(GRAPH), [str(tmp_path / "copy.yaml")]).expanded.dialects


@pytest.mark.parametrize("graph", ["gravnet_skip", "translation_invariant"])
def test_defaults_that_a_graph_does_not_read_are_no_fault_of_the_file(graph: str) -> None:
    with pytest.raises(InputError) as caught:
        open_graph(str(GRAPH.with_stem(graph)), [str(FOLDER / "c.yaml")], ["Nothing.at_all=1"])
    files = {problem.origin.file for problem in caught.value.problems if problem.origin}
    assert not [file for file in files if "dialects" in file]


def test_the_meaning_of_epochs_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    without_weights = ["--set", "General.pre-model-type=none", "--set", "General.pre-model-path="]
    assert run_command(lambda: main([str(GRAPH), "--config", str(FOLDER / "c.yaml"), *without_weights])) == 0
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
