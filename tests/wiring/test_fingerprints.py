from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest

from registry.wiring.fingerprints import Fingerprints, architecture, fingerprints
from tests.drawing.graphs import REPEATED, graph_of
from tests.loading.test_places import plugin, write

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


CODED = BASE.replace("both: {use: concatenate, in: [first, second]}", "both: {use: coded, in: first}")


def code_of(folder: Path) -> str:
    """Return the code fingerprint of a graph with the plugin in a folder."""
    return prints(folder, CODED.replace("blocks:", "plugins: coded_blocks.py\nblocks:", 1)).code


@pytest.fixture
def coded(tmp_path: Path) -> Path:
    """A folder with a plugin, its layer and a helper of the layer."""
    plugin(tmp_path, "coded")
    write(tmp_path, layers="import helpers.far\nclass Layer: pass", helpers__far="x = 1", beside="y = 1")
    return tmp_path


@pytest.mark.parametrize("name", ["coded_blocks", "layers", "helpers__far"])
def test_the_code_fingerprint_covers_the_layer_and_its_helpers(name: str, coded: Path) -> None:
    before = code_of(coded)
    file = coded / f"{name.replace('__', '/')}.py"
    file.write_text(f"{file.read_text()}\nz = 2")
    assert code_of(coded) != before


def test_the_code_fingerprint_leaves_out_what_the_plugin_does_not_import(coded: Path) -> None:
    before = code_of(coded)
    write(coded, beside="y = 2")
    assert code_of(coded) == before


def test_the_folder_of_a_plugin_and_line_ends_are_not_in_the_code_fingerprint(coded: Path) -> None:
    before = code_of(coded)
    moved = coded.rename(coded.with_name("moved"))
    layers = moved / "layers.py"
    layers.write_bytes(layers.read_bytes().replace(b"\n", b"\r\n"))
    assert code_of(moved) == before


DEFAULTS = {
    "an option of a stage": ("epochs: 1}", "epochs: 1, freeze: [], set: {}, final_learning_rate: null}"),
    "the whole optimiser": ("General:", "Optimizer: {name: nadam, clipnorm: 1.0, beta_1: 0.9}\nGeneral:"),
    "an empty optimiser": ("General:", "Optimizer: {}\nGeneral:"),
    "no other optimiser": ("epochs: 1}", "epochs: 1, optimizer: null}"),
    "a whole number": ("General:", "Optimizer: {clipnorm: 1, weight_decay: 0}\nGeneral:"),
}

TRAINED_OTHERWISE = {
    "no clipping": ("General:", "Optimizer: {clipnorm: null}\nGeneral:"),
    "an optimiser made anew": ("epochs: 1}", "epochs: 1, optimizer: {}}"),
    "another optimiser": ("General:", "Optimizer: {name: adam}\nGeneral:"),
    "a stage more": ("epochs: 1}", "epochs: 1}, {batch_size: 100, learning_rate: 1.0e-3, epochs: 1}"),
}


@pytest.mark.parametrize("edit", DEFAULTS.values(), ids=DEFAULTS)
def test_a_default_that_is_written_out_is_no_other_training(edit: tuple[str, str], tmp_path: Path) -> None:
    assert prints(tmp_path, options=OPTIONS.replace(*edit)).training == prints(tmp_path).training


@pytest.mark.parametrize("edit", TRAINED_OTHERWISE.values(), ids=TRAINED_OTHERWISE)
def test_another_training_has_another_fingerprint(edit: tuple[str, str], tmp_path: Path) -> None:
    assert prints(tmp_path, options=OPTIONS.replace(*edit)).training != prints(tmp_path).training


def test_weights_count_by_what_their_file_holds_and_not_by_its_name(tmp_path: Path) -> None:
    (tmp_path / "inner.yaml").write_text(
        "name: inner\nblocks: {event: {use: showers}, d: {use: dense_loop, in: event.features, with: {units: [8]}}}\n"
        "outputs: {x: d}\n"
    )
    found = []
    for name, content in (("a.keras", b"PK1"), ("b.keras", b"PK1"), ("c.keras", b"PK2")):
        (tmp_path / name).write_bytes(content)
        second = f"second: {{graph: inner.yaml, in: event, weights: {name}}}"
        text = BASE.replace("second: {use: dense_loop, in: event.features, with: {units: [8]}}", second)
        found.append(prints(tmp_path, text).training)
    assert found[0] == found[1] != found[2]


def test_an_optimiser_of_a_stage_with_a_default_written_out_is_the_same(tmp_path: Path) -> None:
    stages = [
        OPTIONS.replace("epochs: 1}", f"epochs: 1, optimizer: {{name: sgd{more}}}}}") for more in ("", ", beta_1: 0.9")
    ]
    assert prints(tmp_path, options=stages[0]).training == prints(tmp_path, options=stages[1]).training


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
