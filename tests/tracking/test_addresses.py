"""A recorded run is opened again from what its store holds alone."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path

import pytest

from registry.configuration.reading import read_options
from registry.contract.data import PARTS
from registry.contract.errors import Problems
from registry.converting.converting import convert
from registry.loading.blocks import load_registry
from registry.new import main as new
from registry.tracking.addresses import opened
from registry.tracking.describe import run_info
from registry.wiring.fingerprints import fingerprints
from registry.wiring.loaders import loader_of
from registry.wiring.opening import open_graph

ROOT = Path(__file__).resolve().parents[2]
FOLDER = load_registry().trackings["folder"]


def record(graph: str, *settings: str, configs: Sequence[str] = ()) -> tuple[str, str]:
    """Record a run of a graph as a training does; return its address and the fingerprint of what ran."""
    checked = open_graph(graph, configs=configs, sets=settings)
    options = read_options(checked.expanded.config, Problems())
    assert options is not None
    tracker = FOLDER.tracker("addresses", print)
    tracker.connect()
    tracker.start(run_info(checked, options, ["registry.train", graph]))
    tracker.finish("FINISHED")
    return f"run:{tracker.run_id}", fingerprints(checked).architecture


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder to work in."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("graph", ["gravnet", "noise_filter", "pooling"])
def test_a_run_with_included_graphs_is_opened_where_its_files_are_not(graph: str, desk: Path) -> None:
    shutil.copytree(ROOT / "graphs", desk / "there" / "graphs")
    shutil.copytree(ROOT / "configs", desk / "there" / "configs")
    address, ran = record(f"there/graphs/{graph}.yaml", "General.seed=5")
    shutil.rmtree(desk / "there")
    with opened(address, [], [], []) as again:
        assert fingerprints(again).architecture == ran
        assert again.expanded.config.plain()["General"]["seed"] == 5


def test_data_are_found_beside_the_options_that_named_them_for_the_run(desk: Path) -> None:
    (desk / "sets").mkdir()
    convert(["builtin:gravnet.yaml"], "sets/hits.npz", sets=[f"Data.options.showers.{part}_events=2" for part in PARTS])
    address, _ = record("builtin:gravnet.yaml", configs=["sets/hits.npz.yaml"])
    with opened(address, [], [], []) as again:
        assert loader_of(again, Problems()).block.params.file == str(desk / "sets" / "hits.npz")


def test_a_run_with_options_of_the_package_is_opened(desk: Path) -> None:
    text = (ROOT / "graphs" / "gravnet.yaml").read_text().replace("../configs/", "builtin:")
    (desk / "mine.yaml").write_text(text)
    address, ran = record("mine.yaml")
    (desk / "mine.yaml").unlink()
    with opened(address, [], [], []) as again:
        assert fingerprints(again).architecture == ran


def test_a_run_with_a_plugin_file_is_opened_without_it(desk: Path) -> None:
    new(["project", "project"])
    address, ran = record("project/graphs/first.yaml")
    shutil.rmtree(desk / "project")
    with opened(address, [], [], []) as again:
        assert fingerprints(again).architecture == ran


def test_a_block_of_another_version_is_said_where_a_run_is_opened(desk: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copytree(ROOT / "graphs", desk / "graphs")
    shutil.copytree(ROOT / "configs", desk / "configs")
    address, _ = record("graphs/noise_filter.yaml")
    monkeypatch.setattr(load_registry().blocks["dense_loop"], "version", 2)
    with opened(address, [], [], []) as again:
        said = [problem.message for problem in again.warnings]
    assert said == ["block 'dense_loop': the run was made with version 1; here it is version 2"]
