"""An option that is declared once is known to the check, the schema, `diff` and the training fingerprint."""

from __future__ import annotations

from pathlib import Path

import pytest

from registry.comparing.difference import difference
from registry.configuration.options import SECTIONS, GeneralOptions, Section
from registry.configuration.reading import read_options
from registry.configuration.training_options import OptimizerOptions
from registry.contract.block import BlockParams, param
from registry.contract.errors import InputError, Problems
from registry.loading.blocks import load_registry
from registry.reference.schema import json_schema
from registry.wiring.checked_graph import CheckedGraph
from registry.wiring.fingerprints import fingerprints
from tests.wiring.helpers import checked_graph_of

GRAPH = """
config: options.yaml
blocks:
  event: {use: showers}
  a: {use: dense_loop, in: event.features, with: {units: [4]}}
outputs: {a: a}
"""


class More(OptimizerOptions):
    """The optimiser with a further option."""

    look_ahead: int = param(0, "steps to look ahead", ge=0)


class MoreGeneral(GeneralOptions):
    """The engine's part of a section that graphs share, with a further option."""

    colour: str = param("blue", "colour of the progress bar")


class Added(BlockParams):
    """A new section."""

    port: int = param(80, "port of the server", ge=1)


@pytest.fixture(autouse=True)
def declared(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(SECTIONS, "Optimizer", Section(More, training=True))
    monkeypatch.setitem(SECTIONS, "General", Section(MoreGeneral, shared=True))
    monkeypatch.setitem(SECTIONS, "Serving", Section(Added))


def graph(folder: Path, options: str) -> CheckedGraph:
    return checked_graph_of(folder, GRAPH, options)


def test_a_new_option_is_read_by_the_engine(tmp_path: Path) -> None:
    graph(tmp_path, "Optimizer: {look_ahead: 3}\nGeneral: {colour: red}\nServing: {port: 8080}")


def test_what_is_not_declared_is_read_by_nothing(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"'General\.color' is read by nothing"):
        graph(tmp_path, "General: {color: red}")


def test_the_hint_for_a_misspelt_option_knows_the_new_one(tmp_path: Path) -> None:
    with pytest.raises(InputError) as error:
        graph(tmp_path, "General: {colou: red}")
    assert any("colour" in problem.hint for problem in error.value.problems)


@pytest.mark.parametrize(
    ("section", "option"), [("Optimizer", "look_ahead"), ("General", "colour"), ("Serving", "port")]
)
def test_the_schema_has_a_new_option(section: str, option: str) -> None:
    sections = json_schema(load_registry())["definitions"]["configuration"]["properties"]
    assert option in sections[section]["properties"]


@pytest.mark.parametrize("options", ["Optimizer: {look_ahead: 3}", "General: {colour: red}", "Serving: {port: 8080}"])
def test_diff_shows_a_new_option(options: str, tmp_path: Path) -> None:
    found = difference(graph(tmp_path, "Optimizer: {}"), graph(tmp_path, options))
    section, _, rest = options.partition(": {")
    assert [change.what for change in found.configuration] == [f"{section}.{rest.partition(':')[0]}"]


def test_the_training_fingerprint_holds_a_new_option_of_a_section_that_is_part_of_it(tmp_path: Path) -> None:
    before = fingerprints(graph(tmp_path, "Optimizer: {look_ahead: 1}")).training
    assert fingerprints(graph(tmp_path, "Optimizer: {look_ahead: 2}")).training != before


def test_the_training_fingerprint_holds_no_option_of_another_section(tmp_path: Path) -> None:
    before = fingerprints(graph(tmp_path, "Serving: {port: 80}")).training
    assert fingerprints(graph(tmp_path, "Serving: {port: 81}")).training == before


@pytest.mark.parametrize("options", ["Optimizer: {look_ahead: -1}", "Serving: {port: 0}", "General: {colour: 3}"])
def test_a_wrong_value_of_a_new_option_is_an_error(options: str, tmp_path: Path) -> None:
    problems = Problems()
    assert read_options(graph(tmp_path, options).expanded.config, problems) is None
    assert len(problems.errors) == 1
