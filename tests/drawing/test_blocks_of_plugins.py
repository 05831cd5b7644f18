"""Functions, installed layers and graphs' files are drawn, listed and described like every other block."""

from __future__ import annotations

from pathlib import Path

import pytest

import registry
from registry.blocks import main as blocks
from registry.drawing.details import details
from registry.drawing.files import draw, endings
from registry.drawing.scene import build_scene
from registry.wiring.checked_graph import CheckedGraph
from tests.functions import write


@pytest.fixture
def checked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> CheckedGraph:
    graph = write(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path / "site"))
    return registry.load(str(graph)).checked


@pytest.mark.parametrize("ending", endings())
def test_they_are_drawn_in_every_form(ending: str, checked: CheckedGraph, tmp_path: Path) -> None:
    file = tmp_path / f"graph{ending}"
    draw(build_scene(checked), str(file))
    assert file.stat().st_size > 1000
    if ending != ".png":
        text = file.read_text()
        for said in ("widening", "import:groupnet:Twice", "half", "squeeze", "keras.Dense"):
            assert said in text


def test_the_details_of_a_node_say_where_its_block_comes_from(checked: CheckedGraph) -> None:
    found = details(build_scene(checked))
    assert found["wide"]["doc"] == "A dense layer with dropout and a leaky rectifier."
    assert "own.py" in found["wide"]["plugin"]
    assert [row[:2] for row in found["again"]["parameters"]] == [["units", "4"], ["rate", "0.0"]]
    assert found["twice"]["plugin"] == "the installed module groupnet"
    assert found["half.narrow"]["plugin"] == "Keras"


def test_functions_are_found_and_described_by_the_list_of_blocks(
    checked: CheckedGraph, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    plugin = ["--plugin", str(tmp_path / "own.py")]
    assert blocks(["--search", "leaky", *plugin]) == 0
    assert "widening  A dense layer" in capsys.readouterr().out
    assert blocks(["widening", *plugin]) == 0
    shown = capsys.readouterr().out
    assert "x  [hits features]" in shown
    assert "share dropped" in shown
