from __future__ import annotations

from pathlib import Path

import pytest

from registry.comparing.difference import Difference, difference
from tests.drawing.graphs import REPEATED, graph_of


def differ(folder: Path, *edits: tuple[str, str], first: str = REPEATED) -> Difference:
    text = first
    for before, after in edits:
        assert before in text
        text = text.replace(before, after)
    return difference(graph_of(first, folder, "a.yaml"), graph_of(text, folder, "b.yaml"))


def test_a_graph_does_not_differ_from_itself(tmp_path: Path) -> None:
    assert differ(tmp_path).equal


def test_a_renamed_node_is_no_difference(tmp_path: Path) -> None:
    found = differ(tmp_path, ("start", "begin"))
    assert found.equal
    assert found.renamed == {"start": "begin"}


def test_two_names_that_change_places_are_no_difference(tmp_path: Path) -> None:
    text = """\
blocks:
  event: {use: showers}
  one: {use: dense_loop, in: event.features, with: {units: [8]}}
  two: {use: dense_loop, in: one, with: {units: [4]}}
outputs: {x: two}
"""
    found = differ(tmp_path, ("one", "@"), ("two", "one"), ("@", "two"), first=text)
    assert found.equal
    assert found.renamed == {"one": "two", "two": "one"}


def test_a_changed_parameter_is_named_with_both_values(tmp_path: Path) -> None:
    before = "in: event.features, with: {units: [8]}"
    (change,) = differ(tmp_path, (before, before.replace("[8]", "[8], dropout: 0.5"))).changed
    assert change.after == "start"
    assert [(item.what, item.before, item.after) for item in change.changes] == [("dropout", 0.0, 0.5)]
    assert not change.rewired


def test_an_inserted_node_is_added_and_what_follows_is_rewired(tmp_path: Path) -> None:
    extra = "  extra: {use: dense_loop, in: steps.x, with: {units: [16]}}\n"
    heads = "  heads: {use: output_heads, in: steps.x}"
    found = differ(tmp_path, (heads, extra + heads.replace("steps.x", "extra")))
    assert (found.added, found.removed) == (["extra"], [])
    (change,) = found.changed
    assert change.after == "heads"
    assert [(item.before, item.after) for item in change.rewired] == [("steps.2.inner.1.both.x", "extra.x")]


def test_a_removed_node_is_named(tmp_path: Path) -> None:
    found = differ(tmp_path, ("      norm: {use: gooey_batchnorm, in: wide}\n", ""), ("{x: norm}", "{x: wide}"))
    assert found.removed == ["steps.0.norm", "steps.1.norm", "steps.2.norm"]
    assert not found.added


def test_another_block_under_the_same_name_is_a_change(tmp_path: Path) -> None:
    found = differ(tmp_path, ("use: gooey_batchnorm", "use: layer_normalization"))
    assert {change.after for change in found.changed} == {"steps.0.norm", "steps.1.norm", "steps.2.norm"}
    assert found.changed[0].changes[0].what == "block"


def test_a_node_that_was_renamed_and_changed_is_one_change(tmp_path: Path) -> None:
    before = "in: event.features, with: {units: [8]}"
    found = differ(tmp_path, ("start", "begin"), (before, before.replace("[8]", "[8], dropout: 0.5")))
    assert (found.added, found.removed) == ([], [])
    assert found.renamed == {"start": "begin"}
    assert [change.after for change in found.changed] == ["begin"]


def test_a_changed_output_is_a_difference(tmp_path: Path) -> None:
    found = differ(tmp_path, ("ccoords: heads.ccoords", "time: heads.time"))
    assert [change.what for change in found.outputs] == ["ccoords", "time"]


@pytest.mark.parametrize("option", ["epochs: 1", "seed: 1"])
def test_what_the_engine_reads_itself_is_compared(option: str, tmp_path: Path) -> None:
    for name, text in (("a", option), ("b", option.replace("1", "2"))):
        section = "General: {seed: 1}" if "epochs" in option else f"General: {{{text}}}"
        epochs = text if "epochs" in option else "epochs: 1"
        stages = f"Training: [{{batch_size: 10, learning_rate: 0.1, {epochs}}}]"
        (tmp_path / f"{name}.options.yaml").write_text(f"{section}\n{stages}\n")
    graphs = [
        graph_of(REPEATED.replace("blocks:", f"config: {name}.options.yaml\nblocks:", 1), tmp_path, f"{name}.yaml")
        for name in ("a", "b")
    ]
    (change,) = difference(*graphs).configuration
    assert (change.before, change.after) == (1, 2)
