"""Addresses of files: beside the file that names them, in the current folder, or the package's own."""

from __future__ import annotations

from pathlib import Path

import pytest

from registry.contract.errors import InputError, Origin
from registry.language.files import resolve_path
from registry.wiring.opening import open_graph

ROOT = Path(__file__).resolve().parents[2]


def test_an_address_of_the_package_is_found_from_any_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "graphs").mkdir()
    (tmp_path / "graphs" / "gravnet.yaml").write_text("another: graph\n")
    monkeypatch.chdir(tmp_path)
    assert len(open_graph("builtin:gravnet.yaml").nodes) > 10


def test_an_address_without_a_folder_is_a_graph_or_an_option_file_by_where_it_stands() -> None:
    typed = Origin("")
    assert resolve_path("builtin:gravnet.yaml", typed) == str(ROOT / "graphs" / "gravnet.yaml")
    assert resolve_path("builtin:gravnet.yaml", typed, "configs") == str(ROOT / "configs" / "gravnet.yaml")
    assert resolve_path("builtin:configs/gravnet.yaml", typed) == str(ROOT / "configs" / "gravnet.yaml")
    assert resolve_path("builtin:pre/none.yaml", typed) == str(ROOT / "graphs" / "pre" / "none.yaml")


def test_a_misspelt_address_of_the_package_is_an_error_that_names_the_near_one() -> None:
    with pytest.raises(InputError) as caught:
        open_graph("builtin:gravnt.yaml")
    assert caught.value.problems[0].hint == "did you mean 'gravnet.yaml'?"


def test_a_graph_names_files_of_the_package(tmp_path: Path) -> None:
    graph = tmp_path / "mine.yaml"
    graph.write_text((ROOT / "graphs" / "gravnet.yaml").read_text().replace("../configs/", "builtin:"))
    assert len(open_graph(str(graph)).nodes) > 10


def test_a_setting_of_every_entry_changes_each(tmp_path: Path) -> None:
    checked = open_graph("builtin:gravnet.yaml", sets=["Architecture.gravnet[*].n=7"])
    found = {node.block.params.n_neighbours for node in checked.nodes.values() if node.block.name == "gravnet"}
    assert found == {7}
