from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest

from registry.wiring.fingerprints import Fingerprints, architecture, fingerprints
from tests.drawing.graphs import REPEATED, graph_of

BASE = """\
name: base
config: options.yaml
blocks:
  event: {use: showers, with: {train_events: 10}}
  first: {use: dense_loop, in: event.features, with: {units: [8]}}
  second: {use: dense_loop, in: event.features, with: {units: [8]}}
  both: {use: concatenate, in: [first, second]}
  heads: {use: output_heads, in: both}
  loss: {use: object_condensation, in: {"*": [heads, event]}}
outputs: {beta: heads.beta}
"""

OPTIONS = "General: {seed: 1}\nTraining: [{batch_size: 100, learning_rate: 1.0e-3, epochs: 1}]\n"


def prints(folder: Path, text: str = BASE, options: str = OPTIONS) -> Fingerprints:
    (folder / "options.yaml").write_text(options)
    return fingerprints(graph_of(text, folder))


SAME = {
    "another name": ("second", "other"),
    "another name of the graph": ("name: base", "name: other"),
    "a default that is written out": ("units: [8]}}\n  second", "units: [8], dropout: 0.0}}\n  second"),
    "a whole number for a float": ("units: [8]}}\n  second", "units: [8], dropout: 0.}}\n  second"),
    "other events": ("train_events: 10", "train_events: 20"),
}

OTHER = {
    "a parameter": ("units: [8]}}\n  second", "units: [9]}}\n  second"),
    "an order of inputs that matters": ("in: [first, second]", "in: [first, event.features]"),
    "a layer that is shared": ("in: [first, second]", "in: [first, first]"),
    "an output": ("outputs: {beta: heads.beta}", "outputs: {beta: heads.beta, ccoords: heads.ccoords}"),
    "another block": ("both: {use: concatenate, in: [first, second]}", "both: {use: keras.Add, in: [first, second]}"),
}


@pytest.mark.parametrize("edit", SAME.values(), ids=SAME)
def test_the_architecture_is_the_same_with(edit: tuple[str, str], tmp_path: Path) -> None:
    assert prints(tmp_path, BASE.replace(*edit)).architecture == prints(tmp_path).architecture


@pytest.mark.parametrize("edit", OTHER.values(), ids=OTHER)
def test_the_architecture_is_another_with(edit: tuple[str, str], tmp_path: Path) -> None:
    assert prints(tmp_path, BASE.replace(*edit)).architecture != prints(tmp_path).architecture


def test_the_order_of_the_file_makes_no_difference(tmp_path: Path) -> None:
    lines = BASE.splitlines(keepends=True)
    moved = "".join([*lines[:3], *reversed(lines[3:9]), *lines[9:]])
    assert prints(tmp_path, moved).architecture == prints(tmp_path).architecture


def test_a_repeat_that_is_written_out_makes_no_difference(tmp_path: Path) -> None:
    repeated = """\
blocks:
  event: {use: showers}
  start: {use: dense_loop, in: event.features, with: {units: [8]}}
  steps:
    repeat: [{n: 8}, {n: 16}]
    as: step
    carry: {x: start}
    blocks: {dense: {use: dense_loop, in: x, with: {units: ["${step.n}"]}}}
    next: {x: dense}
outputs: {x: steps.x}
"""
    written = """\
blocks:
  event: {use: showers}
  start: {use: dense_loop, in: event.features, with: {units: [8]}}
  one: {use: dense_loop, in: start, with: {units: [8]}}
  two: {use: dense_loop, in: one, with: {units: [16]}}
outputs: {x: two}
"""
    assert architecture(graph_of(repeated, tmp_path)) == architecture(graph_of(written, tmp_path))


def test_each_fingerprint_changes_with_what_it_stands_for(tmp_path: Path) -> None:
    base = dataclasses.asdict(prints(tmp_path))
    epochs = dataclasses.asdict(prints(tmp_path, options=OPTIONS.replace("epochs: 1", "epochs: 2")))
    events = dataclasses.asdict(prints(tmp_path, BASE.replace("train_events: 10", "train_events: 20")))
    assert [name for name in base if base[name] != epochs[name]] == ["training"]
    assert [name for name in base if base[name] != events[name]] == ["data"]


def test_a_seed_and_the_label_of_a_stage_are_in_no_fingerprint(tmp_path: Path) -> None:
    other = OPTIONS.replace("seed: 1", "seed: 2").replace("[{batch", "[{stage_1: , batch")
    assert prints(tmp_path, options=other) == prints(tmp_path)


def test_the_code_fingerprint_follows_a_plugins_source(tmp_path: Path) -> None:
    plugin = tmp_path / "doubling_plugin.py"
    source = (
        "from registry.contract.block import Block, Port\nfrom registry.contract.hooks import hookimpl\n"
        "class Doubling(Block):\n    '''Doubles.'''\n    name = 'doubling'\n    kind = 'layer'\n"
        "    inputs = (Port('x', 'hits features'),)\n    outputs = (Port('x', 'hits features'),)\n"
        "@hookimpl\ndef register_blocks():\n    return [Doubling]\n"
    )
    text = BASE.replace("both: {use: concatenate, in: [first, second]}", "both: {use: doubling, in: first}")
    text = text.replace("blocks:", "plugins: doubling_plugin.py\nblocks:", 1)
    found = []
    for comment in ("", "# changed\n"):
        plugin.write_text(source + comment)
        found.append(prints(tmp_path, text))
    assert found[0].code != found[1].code
    assert found[0].architecture == found[1].architecture


def test_a_note_for_people_is_in_no_fingerprint(tmp_path: Path) -> None:
    np.savez(tmp_path / "events.npz", row_splits=[0, 2], **{name: np.ones(2) for name in "exyz"})
    text = """\
name: noted
blocks:
  event: {use: arrays, with: {file: events.npz, columns: {features: [e], energy: e, coordinates: [x, y, z]}}}
  dense: {use: dense_loop, in: event.features, with: {units: [8]}}
outputs: {x: dense}
"""
    noted = text.replace("file: events.npz", "file: events.npz, published: there")
    assert fingerprints(graph_of(noted, tmp_path)) == fingerprints(graph_of(text, tmp_path))


def test_tags_name_the_fingerprints(tmp_path: Path) -> None:
    tags = fingerprints(graph_of(REPEATED, tmp_path)).tags()
    assert list(tags) == [f"fingerprint.{name}" for name in ("architecture", "training", "data", "code")]
    assert all(len(value) == 16 for value in tags.values())
