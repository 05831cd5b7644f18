"""Tables of aligned columns, and of Markdown."""

from __future__ import annotations

import pytest

from registry.console.table import markdown_table, text_table

ROWS = [("node", "weights"), ("dense", "1,024"), ("norm", "8")]


def test_columns_are_as_wide_as_their_widest_cell() -> None:
    assert text_table(ROWS) == ["node   weights", "dense  1,024", "norm   8"]


def test_columns_of_numbers_are_flush_right() -> None:
    assert text_table(ROWS, right=(1,)) == ["node   weights", "dense    1,024", "norm         8"]


def test_lines_are_indented() -> None:
    assert text_table(ROWS[1:], "  ") == ["  dense  1,024", "  norm   8"]


def test_dashes_stand_below_the_first_row_of_a_ruled_table() -> None:
    assert text_table(ROWS, ruled=True)[1] == "-----  -------"


def test_no_rows_are_no_lines() -> None:
    assert text_table([]) == []


def test_rows_of_different_lengths_are_refused() -> None:
    with pytest.raises(ValueError):
        text_table([("a", "b"), ("c",)])


def test_a_bar_in_a_markdown_cell_does_not_end_it() -> None:
    assert markdown_table(["a", "b"], [["x|y", ""]]) == ["| a | b |", "| --- | --- |", "| x\\|y |  |"]
