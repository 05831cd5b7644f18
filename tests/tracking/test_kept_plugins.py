"""The files of a run's plugins are kept with it, and it is repeated from them alone."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from registry.check import main as check
from registry.comparing.difference import difference
from registry.contract.block import load_layer
from registry.contract.errors import InputError, Problems
from registry.loading.blocks import load_registry
from registry.tracking.addresses import check_address, opened
from registry.tracking.artifacts import PLUGINS
from registry.tracking.describe import run_info
from registry.wiring.checked_graph import CheckedGraph
from registry.wiring.fingerprints import fingerprints
from registry.wiring.learning import check_training
from registry.wiring.opening import open_graph
from registry.wiring.stages import check_options
from tests.loading.test_places import plugin, write

GRAPH = """
name: made
config: options.yaml
plugins: {plugins}
blocks:
  event: {{use: showers, with: {{train_events: 4, validation_events: 2, test_events: 2}}}}
  pre: {{use: preprocess.none, in: event}}
{nodes}
  heads: {{use: output_heads, in: {last}, with: {{n_ccoords: 2}}}}
  loss: {{use: object_condensation, in: {{"*": [heads, pre]}}}}
outputs: {{beta: heads.beta}}
"""

OPTIONS = "Training: [{batch_size: 5000, learning_rate: 1.0e-3, epochs: 1}]\n"

FOLDER = load_registry().trackings["folder"]


def graph(file: Path, plugins: list[str], names: list[str]) -> str:
    """Write a graph that passes its hits through a block of every plugin, and return its path."""
    file.parent.mkdir(parents=True, exist_ok=True)
    sources = ["pre.features", *names]
    nodes = "\n".join(f"  {name}: {{use: {name}, in: {source}}}" for name, source in zip(names, sources, strict=False))
    file.write_text(GRAPH.format(plugins=json.dumps(plugins), nodes=nodes, last=names[-1]))
    (file.parent / "options.yaml").write_text(OPTIONS)
    return str(file)


def record(path: str, *plugins: str) -> tuple[str, CheckedGraph]:
    """Record a run of a graph as a training does; return its address, and the graph."""
    checked = open_graph(path, plugins=plugins)
    options = check_training(checked, Problems())
    assert options is not None
    tracker = FOLDER.tracker("kept", print)
    tracker.connect()
    tracker.start(run_info(checked, options, ["registry.train", path]))
    tracker.finish("FINISHED")
    return f"run:{tracker.run_id}", checked


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "desk"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder


def factor(checked: CheckedGraph, name: str) -> object:
    return load_layer(checked.registry.blocks[name]).factor


def two_plugins(folder: Path) -> list[str]:
    """Write two plugins with layers and helpers of the same names."""
    for name, value in (("one", 2), ("two", 5)):
        write(folder / name, layers="from pack.utils import FACTOR\nclass Layer: factor = FACTOR")
        write(folder / name, pack__utils=f"FACTOR = {value}")
        (folder / name / "pack" / "__init__.py").write_text("")
    return [plugin(folder / name, name, file="blocks.py") for name in ("one", "two")]


def test_a_run_is_opened_without_the_folders_of_its_plugins(desk: Path, tmp_path: Path) -> None:
    address, ran = record(graph(desk / "graphs" / "net.yaml", two_plugins(tmp_path / "theirs"), ["one", "two"]))
    before = fingerprints(ran)
    shutil.rmtree(tmp_path / "theirs")
    shutil.rmtree(desk / "graphs")
    with opened(address, [], [], []) as again:
        assert [factor(again, name) for name in ("one", "two")] == [2, 5]
        assert fingerprints(again) == before
        assert not again.warnings


def test_a_plugin_named_on_the_command_line_is_kept_too(desk: Path, tmp_path: Path) -> None:
    one, two = two_plugins(tmp_path / "theirs")
    address, _ = record(graph(desk / "net.yaml", [one], ["one", "two"]), two)
    shutil.rmtree(tmp_path / "theirs")
    with opened(address, [], [], []) as again:
        assert factor(again, "two") == 5


def test_the_kept_files_are_used_where_the_folder_holds_others_and_it_is_said(desk: Path, tmp_path: Path) -> None:
    address, _ = record(graph(desk / "net.yaml", two_plugins(tmp_path / "theirs"), ["one", "two"]))
    write(tmp_path / "theirs" / "two", pack__utils="FACTOR = 7")
    with opened(address, [], [], []) as again:
        assert factor(again, "two") == 5
        (warning,) = again.warnings
    assert f"{tmp_path}/theirs/two/blocks.py is not what the run was made with" in warning.message
    assert warning.hint == "changed since: pack/utils.py"


def test_a_plugin_whose_code_differs_is_a_difference_of_its_nodes(desk: Path, tmp_path: Path) -> None:
    path = graph(desk / "net.yaml", two_plugins(tmp_path / "theirs"), ["one", "two"])
    address, _ = record(path)
    write(tmp_path / "theirs" / "two", pack__utils="FACTOR = 7")
    with opened(address, [], [], []) as ran:
        (change,) = difference(ran, open_graph(path)).changed
        assert (change.after, [item.what for item in change.changes]) == ("two", ["code of the plugin"])
        assert difference(ran, ran).equal


def test_a_plugin_that_is_given_replaces_the_kept_one(desk: Path, tmp_path: Path) -> None:
    write(tmp_path, layers="class Layer: factor = 2")
    path = plugin(tmp_path, "given")
    address, _ = record(graph(desk / "net.yaml", [path], ["given"]))
    write(tmp_path, layers="class Layer: factor = 3")
    with opened(address, [], [], [path]) as again:
        assert factor(again, "given") == 3


def test_a_plugin_that_is_a_package_is_kept_whole(desk: Path, tmp_path: Path) -> None:
    plugin(tmp_path, "packed", layer="pack.layers:Layer", file="pack/__init__.py")
    write(tmp_path / "pack", layers="from pack.inner import FACTOR\nclass Layer: factor = FACTOR", inner="FACTOR = 9")
    address, _ = record(graph(desk / "net.yaml", [str(tmp_path / "pack")], ["packed"]))
    shutil.rmtree(tmp_path / "pack")
    with opened(address, [], [], []) as again:
        assert factor(again, "packed") == 9


def test_what_was_imported_is_kept_and_not_what_the_file_holds_since(desk: Path, tmp_path: Path) -> None:
    write(tmp_path, layers="class Layer: factor = 2")
    checked = open_graph(graph(desk / "net.yaml", [plugin(tmp_path, "imported")], ["imported"]))
    assert factor(checked, "imported") == 2
    write(tmp_path, layers="class Layer: factor = 3")
    options = check_training(checked, Problems())
    assert options is not None
    texts = run_info(checked, options, []).texts
    assert [plugin["file"] for plugin in json.loads(texts[PLUGINS])] == ["imported_blocks.py"]
    assert texts["source/layers.py"] == "class Layer: factor = 2"


def test_a_run_is_checked_by_its_address(desk: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    address, ran = record(graph(desk / "net.yaml", two_plugins(tmp_path / "theirs"), ["one", "two"]))
    before = fingerprints(ran).code
    shutil.rmtree(tmp_path / "theirs")
    assert check([address]) == 0
    assert before in capsys.readouterr().out


def test_a_layer_of_an_opened_run_is_imported_when_it_is_needed(desk: Path, tmp_path: Path) -> None:
    address, _ = record(graph(desk / "net.yaml", two_plugins(tmp_path / "theirs"), ["one", "two"]))
    problems = Problems()
    again = check_address(address, [], [], [], problems)
    problems.raise_if_any()
    assert factor(again, "one") == 2


def test_data_that_lie_beside_the_files_of_a_run_are_found_from_any_folder(
    desk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    np.savez(desk / "events.npz", row_splits=[0, 2, 4], **{name: np.ones(4) for name in "exyz"})
    file = desk / "deep" / "graphs" / "net.yaml"
    file.parent.mkdir(parents=True)
    columns = "{features: [e], energy: e, coordinates: [x, y, z]}"
    nodes = f"{{event: {{use: arrays, with: {{file: ../../events.npz, columns: {columns}}}}}}}"
    file.write_text(f"name: placed\nconfig: options.yaml\nblocks: {nodes}\noutputs: {{x: event.features}}\n")
    (file.parent / "options.yaml").write_text("General: {seed: 1}\n")
    checked = open_graph(str(file))
    before = fingerprints(checked)
    tracker = FOLDER.tracker("kept", print)
    tracker.connect()
    options = check_options(checked, Problems())
    assert options is not None
    tracker.start(run_info(checked, options, []))
    tracker.finish("FINISHED")
    with opened(f"run:{tracker.run_id}", [], [], []) as again:
        assert fingerprints(again) == before


def test_a_run_that_is_not_there_is_named(desk: Path) -> None:
    with pytest.raises(InputError, match="run:absent"):
        check_address("run:absent", [], [], [], Problems())
