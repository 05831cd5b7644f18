"""Statistics of columns: exact sums, extremes and distinct values, however the values come in pieces."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.console.command import run_command
from registry.data import main
from registry.surveying.statistics import ColumnStatistics, exact_sum

WHOLE = st.lists(st.integers(-(2**63), 2**63 - 1), max_size=30)


@given(WHOLE, st.lists(st.integers(0, 2**64 - 1), max_size=30))
def test_sums_of_whole_numbers_are_exact(signed, unsigned):
    assert exact_sum(np.array(signed, np.int64)) == sum(signed)
    assert exact_sum(np.array(unsigned, np.uint64)) == sum(unsigned)


@given(WHOLE.filter(len), st.integers(0, 30))
def test_a_column_in_pieces_has_the_statistics_of_the_whole(values, cut):
    statistics = ColumnStatistics()
    for piece in (values[:cut], values[cut:]):
        statistics.add(np.array(piece, np.int64))
    plain = statistics.plain()
    assert (plain["n"], plain["sum"], plain["min"], plain["max"]) == (
        len(values),
        sum(values),
        min(values),
        max(values),
    )
    assert (plain["distinct"], plain["constant"]) == (len(set(values)), len(values) > 1 and len(set(values)) == 1)


def test_values_that_are_not_finite_are_counted_and_left_out():
    statistics = ColumnStatistics()
    statistics.add(np.array([1.0, np.nan, np.inf, 3.0], np.float32), missing=2)
    plain = statistics.plain()
    assert (plain["n"], plain["n_missing"], plain["n_nan"], plain["n_nonfinite"]) == (4, 2, 1, 2)
    assert (plain["sum"], plain["min"], plain["max"], plain["mean"], plain["distinct"]) == (4.0, 1.0, 3.0, 2.0, 2)


@pytest.fixture
def graph(tmp_path):
    path = tmp_path / "graph.yaml"
    path.write_text(
        "name: g\nblocks:\n  event: {use: showers, with: {train_events: 3, validation_events: 1, test_events: 1}}\n"
        "outputs: {x: event.features}\n"
    )
    return path


def test_a_loader_that_tells_nothing_of_its_files_is_looked_at_through_its_events(graph, tmp_path, capsys):
    assert run_command(lambda: main([str(graph), "--json", str(tmp_path / "found.json")])) == 0
    found = json.loads((tmp_path / "found.json").read_text())
    assert found["n_events"] == 5
    assert found["parts"]["train"]["n_events"] == 3
    assert found["columns"]["is_track"]["constant"]
    assert found["columns"]["features.0"]["sum"] == pytest.approx(found["columns"]["energy"]["sum"])
    shown = capsys.readouterr().out
    assert "events: 5; " in shown
    assert "noise: " in shown


def test_data_are_shown_whatever_else_is_wrong_with_the_graph(graph, capsys):
    graph.write_text(graph.read_text().replace("outputs:", "  wrong: {use: dense_loop, in: event.nothing}\noutputs:"))
    assert run_command(lambda: main([str(graph)])) == 0
    assert "events: 5; " in capsys.readouterr().out


def test_a_graph_without_a_loader_has_no_data(tmp_path, capsys):
    (tmp_path / "graph.yaml").write_text("name: g\nblocks: {}\noutputs: {}\n")
    assert run_command(lambda: main([str(tmp_path / "graph.yaml")])) == 2


def test_floats_of_more_than_64_bits_are_written_as_numbers():
    statistics = ColumnStatistics()
    statistics.add(np.array([1.5, 2.5], np.longdouble))
    assert json.loads(json.dumps(statistics.plain()))["max"] == 2.5


@pytest.mark.parametrize("pieces", [[[], [1, 2]], [[1], [], [2]], [[0.5], [1, 2]], [[1, 2], [0.5]]])
def test_whole_numbers_beside_floats_and_beside_nothing_all_count(pieces):
    statistics = ColumnStatistics()
    for piece in pieces:
        statistics.add(np.array(piece))
    plain = statistics.plain()
    assert plain["sum"] == sum(sum(piece) for piece in pieces)
    assert plain["dtype"] == str(np.array(next(filter(len, pieces))).dtype)
