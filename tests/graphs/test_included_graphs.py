"""What the graph language gives a graph that others include."""

from __future__ import annotations

from pathlib import Path

from registry.wiring.opening import open_graph
from tests.graphs.helpers import opened

INNER = """
blocks:
  event: {use: showers}
  scale: {use: preprocess.none, in: event}
  layers:
    repeat: [4, 8]
    as: width
    index: number
    carry: {x: scale.features}
    blocks: {dense: {use: dense_loop, in: x, with: {units: ["${width}"]}, weights: "stored_${number}"}}
    next: {x: dense}
outputs: {"*": scale, x: layers.x}
"""
CHOICE = """
config: options.yaml
blocks:
  event: {use: showers}
  dense: {use: dense_loop, in: event.features, with: "${Choices.${Choice}}"}
outputs: {x: dense}
"""
OPTIONS = """
Choice: small
Width: 64
Choices:
  small: {units: [8]}
  wide: {units: ["${Width}"]}
"""


def write(folder: Path, name: str, text: str) -> str:
    (folder / name).write_text(text)
    return str(folder / name)


def test_a_node_in_a_loop_may_be_stored_under_a_name_of_its_pass(tmp_path: Path) -> None:
    checked = open_graph(write(tmp_path, "inner.yaml", INNER))
    assert [checked.nodes[f"layers.{number}.dense"].written.stored_as for number in (0, 1)] == ["stored_0", "stored_1"]


def test_a_whole_node_is_handed_on_to_other_graphs_but_not_put_into_the_model(tmp_path: Path) -> None:
    assert list(open_graph(write(tmp_path, "inner.yaml", INNER)).outputs) == ["x"]
    assert not [name for name in opened("noise_filter").outputs if name.startswith("truth")]


def test_an_option_that_another_alternative_reads_is_not_unread(tmp_path: Path) -> None:
    write(tmp_path, "options.yaml", OPTIONS)
    checked = open_graph(write(tmp_path, "choice.yaml", CHOICE))
    assert checked.nodes["dense"].types["x"].features == 8
