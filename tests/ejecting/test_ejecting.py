"""A graph becomes a script that runs without this package, and says of events what the graph's network says."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from registry.contract.bare import BareRun, run_bare
from registry.contract.errors import InputError, RunError
from registry.eject import main
from registry.ejecting.ejecting import check_out, is_graph

GRAPH = """
name: small
description: Two maps, and the nearest neighbours
plugins: [own.py]
blocks:
  event: {use: showers, with: {train_events: 1, validation_events: 1}}
  # What every hit says of itself.
  dense: {use: dense_loop, in: event.features, with: {units: [4]}}
  passes:
    repeat: [{by: 3.0}, {by: 3.0}]
    as: pass
    carry: {x: dense}
    blocks:
      scale: {use: twice, in: x, with: {by: "${pass.by}"}}
    next: {x: scale}
  near: {use: knn, in: {coordinates: passes.x, row_splits: event.row_splits}, with: {K: 2}}
  gather: {use: accumulate, in: {x: dense, neighbour_indices: near.neighbour_indices}}
outputs: {found: gather, near: near.neighbour_indices}
"""

PLUGIN = '''
"""A layer beside a function that it uses."""

import keras
from own_numbers import two
from registry import Block, BlockLayer, BlockParams, Port, hookimpl, param


class Twice(Block):
    """Times two, times a number."""

    name = "twice"
    kind = "layer"
    layer = ".own:TwiceLayer"
    inputs = (Port("x", "hits features", "anything"),)
    outputs = (Port("x", "hits features", "the same, larger"),)

    class Params(BlockParams):
        by: float = param(1.0, "a number")


@keras.saving.register_keras_serializable("own")
class TwiceLayer(BlockLayer):
    """Times two, times a number."""

    block = Twice

    def call(self, x):
        """Return the product."""
        return two() * self.by * x

    def compute_output_shape(self, x_shape):
        """Return the same shape."""
        return x_shape


@hookimpl
def register_blocks():
    return [Twice]
'''


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("graph")
    (place / "graph.yaml").write_text(GRAPH)
    (place / "own.py").write_text(PLUGIN)
    (place / "own_numbers.py").write_text("def two():\n    return 2.0\n")
    return place


@pytest.fixture(scope="module")
def script(folder: Path) -> str:
    file = folder / "out" / "model.py"
    assert main([str(folder / "graph.yaml"), "-o", str(file)]) == 0
    return file.read_text()


@pytest.mark.slow
def test_a_node_is_a_line_under_the_comment_of_the_graphs_file(script: str) -> None:
    lines = [line.strip() for line in script.splitlines()]
    assert '"""Two maps, and the nearest neighbours.' in lines
    place = lines.index("# What every hit says of itself.")
    assert lines[place + 1] == 'dense = DenseLoop(units=[4], name="dense")(x=event_features)'
    place = lines.index("# passes, pass 2 of 2")
    assert lines[place + 1] == 'passes_1_scale = TwiceLayer(by=3.0, name="passes.1.scale")(x=passes_0_scale)'


@pytest.mark.slow
def test_the_layer_of_a_plugin_is_written_out_with_what_lies_beside_it(script: str) -> None:
    assert "class TwiceLayer(keras.layers.Layer):" in script
    assert "def two():" in script
    assert "def __init__(self, *, by: float = 1.0, **kwargs: Any) -> None:" in script
    assert "import registry" not in script
    assert "from registry" not in script
    assert "numba" not in script


@pytest.mark.slow
def test_a_layer_that_asks_its_block_cannot_be_written_out(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "graph.yaml").write_text(GRAPH)
    (tmp_path / "own.py").write_text(PLUGIN.replace("two() * self.by", "two() * self.block.version"))
    (tmp_path / "own_numbers.py").write_text("def two():\n    return 2.0\n")
    with pytest.raises(InputError, match=r"self.block asks the block, which is not there"):
        main([str(tmp_path / "graph.yaml"), "-o", str(tmp_path / "model.py")])
    assert not (tmp_path / "model.py").exists()


@pytest.mark.slow
def test_a_script_that_differs_is_not_given_out(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from registry.ejecting import proving

    monkeypatch.setattr(proving, "run_bare", lambda code, arguments, trials, **_: BareRun([{} for _ in trials], []))
    with pytest.raises(RunError, match="differs from the graph's by inf in found, near"):
        main([str(folder / "graph.yaml"), "-o", str(tmp_path / "model.py")])
    assert not (tmp_path / "model.py").exists()


def test_only_a_python_script_is_written() -> None:
    with pytest.raises(InputError, match="expected the name of a Python script"):
        check_out("model.txt")


@pytest.mark.parametrize(("named", "expected"), [("a.yaml", True), ("git:HEAD:a.yaml", True), ("run:12", False)])
def test_a_graph_is_told_from_a_run_by_its_name(named: str, expected: bool) -> None:
    assert is_graph(named) == expected


@pytest.mark.slow
def test_a_bare_process_has_none_of_this_package() -> None:
    with pytest.raises(RunError, match="this process does without registry"):
        run_bare("import registry\n", [], [{"x": np.zeros(1)}])
