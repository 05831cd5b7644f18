"""A graph as an object: loaded with options, shown, costed, drawn, its mistakes raised as the commands show them."""

from __future__ import annotations

import base64
import math
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import registry
from registry.contract.errors import Problems
from registry.interface.arguments import settings
from registry.language.yaml_reader import read_yaml
from registry.wiring.checked_graph import CheckedNode

PLUGIN = "from registry import hookimpl\n@hookimpl\ndef register_blocks():\n    return []\n"
GRAVNET = "graphs/gravnet.yaml"
WRONG = """name: wrong
blocks:
  event: {use: showers}
  a: {use: dense_lop, in: event.features}
  b: {use: gravnet, in: {x: event.featurs}}
"""


@pytest.fixture(scope="module")
def gravnet() -> registry.Graph:
    return registry.load(GRAVNET)


def test_options_are_set_by_path_and_a_star_sets_every_entry_of_a_list() -> None:
    graph = registry.load(GRAVNET, set={"Architecture.gravnet[*].n": 32, "Architecture.gravnet[1].n": 8})
    widths = [graph.nodes[f"iterations.{index}.gravnet"].block.params.n_neighbours for index in range(3)]  # type: ignore[attr-defined]
    assert widths == [32, 8, 32]


def test_settings_may_be_written_as_on_the_command_line() -> None:
    assert registry.load(GRAVNET, set=["General.seed=7"]).options.general.seed == 7


@pytest.mark.parametrize(
    "value",
    [3, -0.5, 1e-5, 1e22, math.inf, True, None, "yes", "1e5", "", "a: b # c", [1, 2.5], {"n": [{"m": "x"}]}, "\u00e9"],
)
def test_values_of_options_arrive_as_they_are(value: object) -> None:
    (setting,) = settings({"A.b": value})
    read = read_yaml(setting.removeprefix("A.b="), "", Problems())
    assert read is not None
    assert read.plain() == value
    assert type(read.plain()) is type(value)


def test_numbers_of_numpy_and_paths_are_options_too() -> None:
    found = settings({"a": np.int64(3), "b": np.array([1.0, 2.0]), "c": Path("x/y")})
    assert found == ["a=3", "b=[1.0, 2.0]", 'c="x/y"']


def test_configuration_files_and_plugins_are_laid_over(tmp_path: Path) -> None:
    (tmp_path / "more.yaml").write_text("General: {seed: 5}\n")
    (tmp_path / "more_blocks.py").write_text(PLUGIN)
    config, plugin = tmp_path / "more.yaml", tmp_path / "more_blocks.py"
    graph = registry.load(GRAVNET, config=[config], plugins=[plugin])
    assert graph.options.general.seed == 5
    assert graph.config["General"]["seed"] == 5
    assert graph.arguments == (GRAVNET, "--config", str(config), "--plugin", str(plugin))


def test_a_single_file_plugin_or_setting_needs_no_list(tmp_path: Path) -> None:
    config, plugin = tmp_path / "more.yaml", tmp_path / "more_blocks.py"
    config.write_text("General: {seed: 5}\n")
    plugin.write_text(PLUGIN)
    graph = registry.load(GRAVNET, set="General.seed=7", config=str(config), plugins=plugin)
    listed = ("--config", str(config), "--set", "General.seed=7", "--plugin", str(plugin))
    assert graph.arguments == (GRAVNET, *listed)
    assert registry.diff(GRAVNET, graph, set="General.seed=7", config=config, plugins=str(plugin)).equal


def test_a_file_is_trained_as_its_graph_is(tmp_path: Path) -> None:
    file = tmp_path / "part.yaml"
    file.write_text("name: part\nblocks:\n  event: {use: showers}\noutputs: {x: event.features}\n")
    with pytest.raises(registry.InputError, match="needs a loss"):
        registry.train(file)


def test_a_node_is_shown_in_one_line(gravnet: registry.Graph) -> None:
    shown = repr(gravnet.nodes["iterations.0.gravnet"])
    assert shown.startswith("<CheckedNode iterations.0.gravnet: gravnet -> features: [hits@event, ")
    assert "\n" not in shown


@pytest.mark.parametrize("size", [{"hits": -1}, {"events": 0}])
def test_a_plan_for_no_hits_is_an_error(size: dict[str, int], gravnet: registry.Graph) -> None:
    ((name, number),) = size.items()
    with pytest.raises(registry.InputError, match=f"expected {name} >= 1, received {number}"):
        gravnet.plan(**size)


def test_a_theme_that_there_is_not_is_an_error_that_names_those_there_are(
    gravnet: registry.Graph, tmp_path: Path
) -> None:
    said = "expected one of auto, light, dark, received 'blue'"
    with pytest.raises(registry.InputError, match=said):
        gravnet.draw(tmp_path / "g.svg", theme="blue")  # type: ignore[arg-type]
    with pytest.raises(registry.InputError, match=said):
        gravnet.svg("blue")  # type: ignore[arg-type]


def test_a_notebook_shows_the_drawing_as_an_image_of_its_own(gravnet: registry.Graph) -> None:
    shown = gravnet._repr_html_()
    data = re.search(r"base64,([^\"]+)", shown)
    assert data
    assert "<svg" in base64.b64decode(data[1]).decode()
    assert "<style" not in shown


def test_nodes_outputs_and_fingerprints_are_there(gravnet: registry.Graph) -> None:
    assert isinstance(gravnet.nodes["heads"], CheckedNode)
    assert str(gravnet.outputs["beta"]) == "heads.beta"
    assert len(gravnet.fingerprints.architecture) == 16


def test_problems_of_a_graph_say_what_it_lacks_to_be_trained(tmp_path: Path, gravnet: registry.Graph) -> None:
    file = tmp_path / "part.yaml"
    file.write_text("name: part\nblocks:\n  event: {use: showers}\noutputs: {x: event.features}\n")
    assert not gravnet.problems
    messages = [problem.message for problem in registry.load(file).problems]
    assert [message for message in messages if "needs a loss" in message]
    assert [message for message in messages if "needs stages" in message]


def test_a_graph_that_cannot_be_trained_is_refused_with_the_reasons(tmp_path: Path) -> None:
    file = tmp_path / "part.yaml"
    file.write_text("name: part\nblocks:\n  event: {use: showers}\noutputs: {x: event.features}\n")
    with pytest.raises(registry.InputError, match="needs a loss"):
        registry.train(registry.load(file))


def test_the_plan_is_a_table_of_numbers_and_prints_as_the_command_does(gravnet: registry.Graph) -> None:
    plan = gravnet.plan(hits=45_000, events=3)
    assert plan.costs.load.hits == 45_000
    assert plan.table["weights"].sum() == plan.costs.trainable + plan.costs.frozen
    command = [sys.executable, "-m", "registry.plan", GRAVNET, "--hits", "45000", "--events", "3"]
    shown = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    assert repr(plan) == shown.stdout.rstrip("\n")


def test_a_graph_is_drawn_into_a_file(gravnet: registry.Graph, tmp_path: Path) -> None:
    gravnet.draw(tmp_path / "g.svg")
    assert (tmp_path / "g.svg").read_text().startswith("<svg")
    with pytest.raises(registry.InputError, match=r"received '\.pdf'"):
        gravnet.draw(tmp_path / "g.pdf")


def test_the_loaders_events_are_read_and_are_the_same_again(gravnet: registry.Graph) -> None:
    columns = gravnet.source(seed=1).read("train", np.arange(2), None)
    assert columns["row_splits"].shape == (3,)
    assert len(columns["features"]) == columns["row_splits"][-1]
    again = gravnet.source(seed=1).read("train", np.arange(2), None)
    assert np.array_equal(columns["features"], again["features"])


def test_a_graph_with_two_loaders_has_no_events_of_its_own(tmp_path: Path) -> None:
    file = tmp_path / "empty.yaml"
    file.write_text("name: two\nblocks: {a: {use: showers}, b: {use: showers}}\n")
    with pytest.raises(registry.InputError, match="exactly one loader"):
        registry.load(file).source()


def test_graphs_are_compared_with_a_report(gravnet: registry.Graph, tmp_path: Path) -> None:
    wider = registry.load(GRAVNET, set={"Architecture.gravnet[*].n": 32})
    found = registry.diff(gravnet, wider)
    assert not found.equal
    assert "n_neighbours: 16 \u2192 32" in found.text == repr(found)
    assert registry.diff(gravnet, GRAVNET).equal
    found.draw(tmp_path / "d.svg")
    assert (tmp_path / "d.svg").exists()
