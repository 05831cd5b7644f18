"""Loaders and formats of plugins: a model is applied with what it was trained with, though nothing of it is named."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from registry.compiling.model import compile_graph
from registry.contract.errors import InputError
from registry.predict import main
from registry.training.saving import save_model
from registry.wiring.opening import open_graph
from tests.text_events import LOADER

GRAPH = """
name: text
plugins: [loaders/text.py]
blocks:
  event: {use: text_events, with: {file: training.txt}}
  twice: {use: scalar_multiply, in: event.features, with: {factor: 2.0}}
outputs: {twice: twice, row_splits: event.row_splits}
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("text")
    (folder / "loaders").mkdir()
    (folder / "loaders" / "text.py").write_text(LOADER)
    (folder / "training.txt").write_text("1 2\n\n3 4\n")
    (folder / "new.txt").write_text("1 2\n3 4\n\n5 6\n\n7 8\n9 10\n")
    (folder / "graph.yaml").write_text(GRAPH)
    compiled = compile_graph(open_graph(str(folder / "graph.yaml")))
    assert compiled.inference is not None
    save_model(compiled.inference, folder / "model.keras", {}, compiled.checked)
    return folder


def test_a_plugin_s_loader_reads_other_data_and_all_its_parts_are_predicted(folder: Path, tmp_path: Path) -> None:
    assert main([str(folder / "model.keras"), str(folder / "new.txt"), "-o", str(tmp_path / "out.npz")]) == 0
    with np.load(tmp_path / "out.npz") as found:
        np.testing.assert_array_equal(found["event"], [0, 0, 1, 2, 2])
        np.testing.assert_array_equal(found["hit"], [0, 1, 0, 0, 1])
        np.testing.assert_array_equal(found["twice_1"], [4, 8, 12, 16, 20])


def test_the_loader_that_the_file_carries_is_used_where_that_is_allowed(folder: Path, tmp_path: Path) -> None:
    moved = folder / "loaders" / "moved.py"
    (folder / "loaders" / "text.py").rename(moved)
    try:
        command = [str(folder / "model.keras"), str(folder / "new.txt"), "-o", str(tmp_path / "out.npz")]
        with pytest.raises(InputError, match=r"needs the block 'text_events' of the plugin"):
            main(command)
        assert main([*command, "--plugin", "kept"]) == 0
        assert main([*command, "--plugin", str(moved)]) == 0
    finally:
        moved.rename(folder / "loaders" / "text.py")


def test_clusters_are_not_made_where_the_network_has_nothing_to_make_them_of(folder: Path, tmp_path: Path) -> None:
    command = [str(folder / "model.keras"), str(folder / "new.txt"), "-o", str(tmp_path / "out.npz"), "--clusters"]
    with pytest.raises(InputError, match="does not say how clusters are made of its predictions"):
        main(command)
