from __future__ import annotations

import argparse
import json
import re
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from registry import blocks, plan, schema
from registry.console.command import run_command
from registry.language.entries import KEYS
from registry.loading.blocks import load_registry
from registry.reference.pages import pages, stale, write_pages
from registry.reference.parameters import describe_parameters
from registry.reference.schema import json_schema
from tests.conftest import ROOT
from tests.drawing.graphs import REPEATED, graph_of

GRAPHS = sorted((ROOT / "graphs").rglob("*.yaml"))
FILES = [*GRAPHS, *sorted((ROOT / "configs").rglob("*.yaml"))]
DOCS = ROOT / "docs" / "blocks"
SCHEMA = ROOT / "docs" / "schema.json"


@pytest.fixture(scope="module")
def validator() -> jsonschema.Draft7Validator:
    found = json_schema(load_registry())
    jsonschema.Draft7Validator.check_schema(found)
    return jsonschema.Draft7Validator(found)


@pytest.mark.parametrize("file", FILES, ids=lambda file: f"{file.parent.name}/{file.name}")
def test_every_graph_and_configuration_validates(file: Path, validator: jsonschema.Draft7Validator) -> None:
    faults = [
        f"{list(error.absolute_path)}: {error.message}"
        for error in validator.iter_errors(yaml.safe_load(file.read_text()))
    ]
    assert not faults


@pytest.mark.parametrize("file", GRAPHS, ids=lambda file: file.stem)
def test_the_first_line_of_a_graph_names_the_schema(file: Path) -> None:
    first = file.read_text(encoding="utf-8").partition("\n")[0]
    start = "# yaml-language-server: $schema="
    assert first.startswith(start)
    assert (file.parent / first.removeprefix(start)).resolve() == SCHEMA


WRONG = {
    "unknown top-level key": "blocks: {}\nnam: x",
    "unknown node key": "blocks: {a: {use: dense_loop, wth: {}}}",
    "a key of another kind of node": "blocks: {a: {use: dense_loop, carry: {}}}",
    "unknown block": "blocks: {a: {use: dense_lop}}",
    "unknown parameter": "blocks: {a: {use: dense_loop, with: {unit: [3]}}}",
    "value out of bounds": "blocks: {a: {use: dense_loop, with: {dropout: 2}}}",
    "wrong type": "blocks: {a: {use: dense_loop, with: {units: 64}}}",
    "unknown key of a stage": "Training: [{batch_size: 10, learning_rate: 0.1, epochs: 1, lr: 3}]",
    "unknown input": "blocks: {a: {use: dense_loop, in: {y: b}}}",
    "unknown clusterer": "Evaluation: {clusterer: {use: condensatoin}}",
    "unknown parameter of a clusterer": "Evaluation: {clusterer: {use: dbscan, with: {epsi: 1.0}}}",
    "a matcher as clusterer": "Evaluation: {clusterer: {use: iou}}",
    "unknown parameter of a matcher": "Evaluation: {matcher: {use: iou, with: {treshold: 0.2}}}",
    "unknown schedule": "Training: [{batch_size: 10, learning_rate: {schedule: cosin, peak: 0.1}, epochs: 1}]",
    "unknown parameter of a schedule": "Training: [{learning_rate: {schedule: cosine, peek: 0.1}}]",
    "unknown augmentation": "blocks: {a: {use: parquet, with: {augmentation: [{use: rotat}]}}}",
    "node in a loop": "blocks: {a: {repeat: [1], blocks: {b: {use: dense_lop}}}}",
}

RIGHT = {
    "placeholder": 'blocks: {a: {use: "${General.norm}", with: {units: ["${n}"], dropout: "${d}"}}}',
    "placeholder for all parameters": 'blocks: {a: {use: dense_loop, with: "${DenseOptions}"}}',
    "layer of Keras": "blocks: {a: {use: keras.Dense, with: {units: 3}}}",
    "inputs by name, and by a bundle": 'blocks: {a: {use: message_passing, in: {"*": g, "?": [x], x: y}}}',
    "columns beside the inputs": "blocks: {a: {use: bundle, in: {mine: b.x}}}",
    "a clusterer": "Evaluation: {clusterer: {use: dbscan, with: {eps: 0.1}, in: {beta: b}}}",
    "a schedule": "Training: [{learning_rate: {schedule: cosine, peak: 0.1, warm_up: 0.1}}]",
    "an augmentation": "blocks: {a: {use: parquet, with: {augmentation: [{use: drop_hits, with: {}}]}}}",
    "a tracker of a plugin": "General: {tracker: shelf}",
    "label of a stage": "Training: [{stage_1: , batch_size: 10, learning_rate: 0.1, epochs: 1}]",
    "sections of its own": "Mine: {a: 1}",
}


@pytest.mark.parametrize("text", WRONG.values(), ids=WRONG)
def test_the_schema_refuses(text: str, validator: jsonschema.Draft7Validator) -> None:
    assert list(validator.iter_errors(yaml.safe_load(text)))


@pytest.mark.parametrize("text", RIGHT.values(), ids=RIGHT)
def test_the_schema_accepts(text: str, validator: jsonschema.Draft7Validator) -> None:
    assert not list(validator.iter_errors(yaml.safe_load(text)))


def test_the_schema_knows_every_key_of_the_language() -> None:
    shapes = json_schema(load_registry())["definitions"]["entry"]["allOf"][: len(KEYS)]
    assert [tuple(shape["then"]["properties"]) for shape in shapes] == list(KEYS.values())


def test_the_schema_holds_blocks_of_other_plugins(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    plugin = tmp_path / "halving_plugin.py"
    plugin.write_text(
        "from registry import Block, BlockParams, Port, hookimpl, param\n"
        "class Halving(Block):\n    '''Halves.'''\n    name = 'halving'\n    kind = 'layer'\n"
        "    class Params(BlockParams):\n        times: int = param(1, 'how often', ge=1)\n"
        "@hookimpl\ndef register_blocks():\n    return [Halving]\n"
    )
    assert schema.main(["--plugin", str(plugin), "-o", str(tmp_path / "schema.json")]) == 0
    found = json.loads((tmp_path / "schema.json").read_text())
    assert "times" in found["definitions"]["block-halving"]["properties"]


def test_the_committed_schema_is_current(capsys: pytest.CaptureFixture[str]) -> None:
    assert schema.main([]) == 0
    current = capsys.readouterr().out
    assert SCHEMA.read_text(encoding="utf-8") == current, "run: python -m registry.schema -o docs/schema.json"


def test_an_editor_is_told_what_nodes_inputs_and_options_are() -> None:
    found = json_schema(load_registry())["definitions"]
    inputs = found["inputs-gravnet"]
    assert "x: [hits features] float32: " in inputs["description"]
    assert inputs["anyOf"][1]["properties"]["row_splits"]["description"].startswith("[events+1 -> hits] int32: ")
    node = next(
        item["then"]
        for item in found["entry"]["allOf"]
        if item["if"].get("properties") == {"use": {"const": "gravnet"}}
    )
    assert "outputs\n\n" in node["description"]
    assert all("description" in item for item in found["block-gravnet"]["properties"].values())
    assert "${General.kernels}" in found["placeholder"]["examples"]


def test_the_reference_pages_are_current() -> None:
    found = stale(pages(load_registry(), blocks.BUILTIN), DOCS)
    assert not found, "run: python -m registry.blocks --write docs/blocks"


def test_pages_of_blocks_that_are_gone_are_removed_and_others_left(tmp_path: Path) -> None:
    found = pages(load_registry(), blocks.BUILTIN)
    write_pages({**found, "gone.md": found["README.md"]}, tmp_path)
    (tmp_path / "mine.md").write_text("written by hand")
    assert write_pages(found, tmp_path) == ["gone.md"]
    assert (tmp_path / "mine.md").exists()


def test_a_block_is_described_with_ports_parameters_and_source(capsys: pytest.CaptureFixture[str]) -> None:
    assert blocks.main(["dense_loop"]) == 0
    said = capsys.readouterr().out
    for part in (
        "layer, version 1",
        "plugin builtin",
        "block.py",
        "[hits features]",
        "list of whole numbers > 0",
        "required",
    ):
        assert part in said


def test_blocks_of_one_kind_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert blocks.main(["--kind", "loss"]) == 0
    said = capsys.readouterr().out
    assert "object_condensation" in said
    assert "dense_loop" not in said


def test_an_unknown_block_is_an_error_with_a_suggestion(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command(lambda: blocks.main(["dense_lop"])) == 2
    assert "did you mean 'dense_loop'?" in capsys.readouterr().err


def test_a_layer_of_keras_is_described_with_its_arguments(capsys: pytest.CaptureFixture[str]) -> None:
    assert blocks.main(["keras.Dense"]) == 0
    said = capsys.readouterr().out
    assert re.search(r"^  units +required$", said, re.MULTILINE)
    assert re.search(r"^  use_bias$", said, re.MULTILINE)


def test_an_unknown_layer_of_keras_is_an_error_with_a_suggestion(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command(lambda: blocks.main(["keras.Dens"])) == 2
    assert "did you mean 'keras.Dense'?" in capsys.readouterr().err


def test_every_parameter_and_port_of_every_block_is_described() -> None:
    for block in load_registry().blocks.values():
        silent = [
            entry.name for entry in describe_parameters(block.Params) if not entry.description and "." not in entry.name
        ]
        silent += [port.name for port in (*block.inputs, *block.outputs) if not port.description]
        assert not silent, f"{block.name}: {silent}"


def test_the_plan_is_a_table_with_totals(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    graph_of(REPEATED, tmp_path)
    assert plan.main([str(tmp_path / "graph.yaml"), "--hits", "45000", "--events", "3"]) == 0
    said = capsys.readouterr().out
    assert "45,000 \u00d7 8" in said
    assert "for 45,000 hits in 3 events:" in said


def test_the_plan_as_json_has_the_same_numbers(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    graph_of(REPEATED, tmp_path)
    assert plan.main([str(tmp_path / "graph.yaml"), "--json"]) == 0
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    assert found["load"] == {"hits": 10_000, "events": 1}
    assert sum(node["weights"]["trainable"] for node in found["nodes"]) == found["trainable"]


@pytest.mark.parametrize(("limit", "status"), [("1GB", 0), ("1MB", 1)])
def test_the_plan_fails_above_the_memory_limit(limit: str, status: int, tmp_path: Path) -> None:
    graph_of(REPEATED, tmp_path)
    assert plan.main([str(tmp_path / "graph.yaml"), "--max-memory", limit]) == status


@pytest.mark.parametrize(
    ("text", "size"), [("8GB", 8 * 10**9), ("512 MiB", 2**29), ("8G", 8 * 10**9), ("1.5kb", 1500), ("7", 7)]
)
def test_sizes_are_read(text: str, size: int) -> None:
    assert plan.memory(text) == size


@pytest.mark.parametrize("text", ["much", "0", "-3GB", "8 iB", ""])
def test_a_size_without_sense_is_refused(text: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError, match=f"expected a size such as 8GB.*{text!r}"):
        plan.memory(text)


@pytest.mark.parametrize("option", ["--hits", "--events"])
@pytest.mark.parametrize("text", ["0", "-5", "1.5", "\u00b2", "many"])
def test_a_batch_needs_at_least_one_hit_and_one_event(
    option: str, text: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    graph_of(REPEATED, tmp_path)
    with pytest.raises(SystemExit) as status:
        plan.main([str(tmp_path / "graph.yaml"), option, text])
    assert status.value.code == 2
    assert f"expected a whole number above 0, received {text!r}" in capsys.readouterr().err
