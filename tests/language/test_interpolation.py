"""`${...}` stands for options, loop variables and environment variables."""

from __future__ import annotations

from pathlib import Path

import pytest

from registry.contract.errors import InputError, Problems
from tests.language.helpers import graph_of

NODE = "blocks: {{event: {{use: loader}}, a: {{use: b, with: {{p: {text}}}}}}}\noutputs: {{x: a}}\n"


def parameter(folder: Path, text: str, options: str = "") -> object:
    graph = graph_of(folder, NODE.format(text=text), options)
    return graph.nodes["a"].params.plain()["p"]


def test_a_whole_text_keeps_the_type_of_the_option(tmp_path: Path) -> None:
    assert parameter(tmp_path, '"${A.n}"', "A: {n: [1, 2]}") == [1, 2]


def test_a_part_of_a_text_is_inserted(tmp_path: Path) -> None:
    assert parameter(tmp_path, '"x-${A.n}-${A.m}"', "A: {n: 1, m: two}") == "x-1-two"


def test_an_option_may_refer_to_another(tmp_path: Path) -> None:
    assert parameter(tmp_path, '"${A.n}"', 'A: {n: "${B.m}"}\nB: {m: 3}') == 3


def test_a_placeholder_may_stand_inside_another(tmp_path: Path) -> None:
    assert parameter(tmp_path, '"${A.${A.which}}"', "A: {which: n, n: 7}") == 7


def test_sets_of_options_that_are_not_chosen_count_as_read(tmp_path: Path) -> None:
    options = "A: {which: first, sets: {first: {n: 1}, second: {m: 2}}}"
    assert parameter(tmp_path, '"${A.sets.${A.which}}"', options) == {"n": 1}


def test_a_list_entry_is_reached_by_its_number(tmp_path: Path) -> None:
    assert parameter(tmp_path, '"${A.l[1]}${A.l[0]}"', "A: {l: [4, 5]}") == "54"


def test_a_doubled_dollar_stands_for_itself(tmp_path: Path) -> None:
    assert parameter(tmp_path, '"$${A.n}"') == "${A.n}"


def test_an_environment_variable_has_a_default(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SOME_VARIABLE", raising=False)
    assert parameter(tmp_path, '"${env:SOME_VARIABLE:../here}/file"') == "../here/file"
    monkeypatch.setenv("SOME_VARIABLE", "/there")
    assert parameter(tmp_path, '"${env:SOME_VARIABLE:../here}/file"') == "/there/file"


def test_a_value_remembers_where_it_was_written_and_used(tmp_path: Path) -> None:
    graph = graph_of(tmp_path, NODE.format(text='"${A.n}"'), "A:\n  n: 5\n")
    origin = graph.nodes["a"].params.nearest(["p"]).origin
    assert str(origin) == f"{tmp_path}/options.yaml:2:6"
    assert origin.via is not None
    assert str(origin.via).startswith(f"{tmp_path}/graph.yaml:1:")


def test_an_option_nobody_reads_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"option 'A\.m' is read by nothing"):
        parameter(tmp_path, '"${A.n}"', "A: {n: 1, m: 2}")


def test_an_option_of_a_node_that_is_switched_off_counts_as_read(tmp_path: Path) -> None:
    text = 'blocks: {event: {use: loader}, a: {use: b, when: "${A.use}", with: {p: "${A.n}"}}}\n'
    assert list(graph_of(tmp_path, text, "A: {use: false, n: 1}").nodes) == ["event"]


def test_the_sections_of_the_engine_need_no_reader(tmp_path: Path) -> None:
    options = (
        "Training: []\nOptimizer: {}\nPlotting: {record_frequency: 1}\nGeneral: {seed: 1, description-string: x}\n"
    )
    assert parameter(tmp_path, "1", options) == 1


def test_an_old_key_is_explained(tmp_path: Path) -> None:
    problems = Problems()
    graph_of(tmp_path, NODE.format(text="1"), "Architecture: {n_grav_net_space_coordinates: 6}", problems)
    assert "read by nothing" in problems.errors[0].message
