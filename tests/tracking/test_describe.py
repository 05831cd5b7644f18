"""What is logged of a run before it starts."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml

from registry.configuration.reading import read_options
from registry.contract.errors import Problems
from registry.contract.tracker import RunInfo
from registry.tracking.describe import expanded, run_info, sources
from registry.tracking.parameters import expanded_parameters
from registry.wiring.checked_graph import CheckedGraph
from tests.tracking.graphs import GRAPH, opened


@pytest.fixture
def checked(tmp_path: Path) -> CheckedGraph:
    return opened(tmp_path)


@pytest.fixture
def info(checked: CheckedGraph) -> RunInfo:
    problems = Problems()
    options = read_options(checked.expanded.config, problems)
    assert options is not None
    return run_info(checked, options, ["python", "-m", "registry.train", "tiny.yaml", "--set", "a=b c"])


def test_the_expanded_graph_lists_nodes_in_order_with_every_source(checked: CheckedGraph) -> None:
    graph = yaml.safe_load(expanded(checked))
    assert list(graph["blocks"]) == list(checked.nodes)
    assert graph["blocks"]["passes.1.embed"]["in"] == {"x": "passes.0.embed.x"}
    assert graph["outputs"] == {"beta": "heads.beta"}


def test_the_sources_lie_to_each_other_as_the_files_do(tmp_path: Path) -> None:
    for name in ("graphs/net.yaml", "configs/net.yaml"):
        (tmp_path / name).parent.mkdir()
        (tmp_path / name).write_text(name)
    files = [str(tmp_path / "graphs" / "net.yaml"), str(tmp_path / "graphs" / ".." / "configs" / "net.yaml")]
    assert sources(files) == {
        "source/graphs/net.yaml": "graphs/net.yaml",
        "source/configs/net.yaml": "configs/net.yaml",
    }


def test_a_run_carries_command_description_fingerprints_drawing_and_environment(
    info: RunInfo, checked: CheckedGraph
) -> None:
    assert info.command == "python -m registry.train tiny.yaml --set 'a=b c'"
    assert info.description == "a trial"
    assert set(info.tags) >= {"git.state", "graph", "fingerprint.architecture", "fingerprint.training"}
    assert info.texts["source/tiny.yaml"] == GRAPH
    assert info.texts["graph/drawing.mmd"].startswith("flowchart")
    assert info.texts["graph/drawing.svg"].startswith("<svg")
    assert json.loads(info.texts["parameters.json"]) == expanded_parameters(checked)
    assert "mlflow" in info.texts["environment/packages.txt"]


def test_the_resolved_configuration_is_logged(info: RunInfo) -> None:
    assert yaml.safe_load(info.texts["graph/config.yaml"])["Passes"] == [{"n": 4}, {"n": 16}]
