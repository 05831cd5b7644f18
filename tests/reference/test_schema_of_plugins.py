"""The schema for editors knows functions, installed layers and graphs' files: good files pass, bad ones do not."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from registry.schema import main
from tests.functions import write


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("schema")
    write(place)
    assert main(["--plugin", str(place / "own.py"), "-o", str(place / "schema.json")]) == 0
    return place


def errors(folder: Path, text: str) -> list[Any]:
    schema = json.loads((folder / "schema.json").read_text())
    return list(jsonschema.Draft7Validator(schema).iter_errors(yaml.safe_load(text)))


def test_a_good_graph_passes(folder: Path) -> None:
    assert errors(folder, (folder / "graph.yaml").read_text()) == []


@pytest.mark.parametrize(
    ("old", "new", "where"),
    [
        ("units: 6", "units: six", "wide"),
        ("units: 6", "unit: 6", "wide"),
        ("use: widening", "use: widenin", "wide"),
        ("rate: 0.0", "rate: -1.0", "again"),
        ("import:groupnet:Twice", "import:groupnet", "twice"),
        ("output: hits 3", "output: 3", "twice"),
        ("columns: [1]", "columns: 1", "squeezed"),
        ("use: half.yaml,", "use: half.yaml, repeat: [1],", "half"),
    ],
)
def test_a_bad_graph_does_not(folder: Path, old: str, new: str, where: str) -> None:
    text = (folder / "graph.yaml").read_text()
    assert old in text
    found = errors(folder, text.replace(old, new, 1))
    assert {error.absolute_path[1] for error in found} == {where}


def test_what_an_editor_shows_comes_from_the_functions_docstring_and_descriptions(folder: Path) -> None:
    text = (folder / "schema.json").read_text()
    assert "layer: A dense layer with dropout and a leaky rectifier." in text
    assert "share dropped" in text
