"""A plugin's Keras layer that is not where the block says is found by the check, which does not import it."""

from __future__ import annotations

from pathlib import Path

import pytest

from registry.loading.blocks import load_registry
from registry.loading.layer_files import layer_fault
from tests.loading.test_declarations import PLUGIN, checked

BUILD = "    def build(self, name):\n        raise NotImplementedError\n"
LAYERS = "raise RuntimeError('nobody imports this')\n\nif True:\n    class Made:\n        pass\n"


def said_of(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], layer: str, layers: str | None
) -> str:
    """Return what the check says of a plugin whose block names a layer, with a file `layers.py` beside it."""
    if layers is not None:
        (folder / "layers.py").write_text(layers)
    source = PLUGIN.replace(BUILD, "").replace("layers:Made", layer)
    assert source.count("build") == 0
    return checked(folder, monkeypatch, capsys, source)


@pytest.mark.parametrize("layer", ["layers:Made", ".layers:Made", "inner.deep:Made", "keras:Layer"])
def test_a_layer_that_is_there_is_right_and_is_not_imported(
    layer: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "inner").mkdir()
    (tmp_path / "inner" / "deep.py").write_text(LAYERS)
    assert said_of(tmp_path, monkeypatch, capsys, layer, LAYERS) == ""


def test_the_layers_of_all_built_in_blocks_are_found() -> None:
    blocks = load_registry().blocks.values()
    assert [fault for block in blocks if (fault := layer_fault(block))] == []


@pytest.mark.parametrize(
    ("layer", "layers", "fragments"),
    [
        ("layers:Missing", LAYERS, ["layers.py has no 'Missing'"]),
        ("layers:Mode", LAYERS, ["layers.py has no 'Mode'", "did you mean 'Made'?"]),
        ("layrs:Made", LAYERS, ["there is no module 'layrs'", "did you mean 'layers.py'?"]),
        (".layrs:Made", LAYERS, ["there is no module '.layrs'", "did you mean 'layers.py'?"]),
        ("inner.deep:Made", LAYERS, ["there is no module 'inner.deep'"]),
        ("layers:Made", None, ["there is no module 'layers'"]),
        ("layers:Made", "class Made(:\n", ["layers.py:1 is no Python"]),
        ("json:Made", "class Made: pass\n", ["has no 'Made'"]),
    ],
)
def test_a_layer_that_is_not_there_is_named_with_the_block_and_its_line(
    layer: str,
    layers: str | None,
    fragments: list[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    said = said_of(tmp_path, monkeypatch, capsys, layer, layers)
    assert said.startswith("mine.py:12:5: made: block 'made' of the plugin 'mine.py': `layer` "), said
    assert "used at graph.yaml:4:15" in said
    for fragment in fragments:
        assert fragment in said, said


def test_a_block_without_a_layer_is_checked_but_not_trained(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from registry.console.command import run_command
    from registry.train import main

    source = PLUGIN.replace(BUILD, "").replace('    layer = "layers:Made"\n', "")
    assert checked(tmp_path, monkeypatch, capsys, source) == ""
    assert run_command(lambda: main(["graph.yaml"])) == 2
    assert "made: block 'made': it states no `layer`" in capsys.readouterr().err
