"""What `--over` and the section `over` of a file say."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from registry.contract.errors import Problems
from registry.language.one_line import one_line
from registry.language.yaml_reader import read_yaml
from registry.sweeping.axes import Axis, Choices, Range, is_same_option
from registry.sweeping.axis_texts import typed_axes, written_axes
from registry.sweeping.variants import grid


def read(text: str) -> Axis:
    problems = Problems()
    (axis,) = typed_axes([text], problems)
    assert not list(problems)
    return axis


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("A.n=16,32,64", (16, 32, 64)),
        ("A.rate=1e-4,1.0e-3", (1e-4, 1e-3)),
        ("A.units=[64, 32],[32]", ([64, 32], [32])),
        ("A.act=relu,'elu,x'", ("relu", "elu,x")),
        ("A.on=true,null", (True, None)),
        ("A.p={a: 1, b: 2},{a: 3}", ({"a": 1, "b": 2}, {"a": 3})),
        ("A.n=7", (7,)),
    ],
)
def test_values_stand_between_commas_as_yaml(text: str, values: tuple[Any, ...]) -> None:
    axis = read(text)
    assert isinstance(axis, Choices)
    assert axis.values == values


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("A.rate=1e-4..1e-2:log", (1e-4, 1e-2, True, False, None)),
        ("A.n=16..64:int", (16, 64, False, True, None)),
        ("A.n=16..64:int:16", (16, 64, False, True, 16)),
        ("A.x=-1..0.5:0.25", (-1, 0.5, False, False, 0.25)),
        ("A.n=1..1000:int:log", (1, 1000, True, True, None)),
    ],
)
def test_a_range_has_two_ends_and_may_be_logarithmic_whole_or_in_steps(text: str, expected: tuple[Any, ...]) -> None:
    axis = read(text)
    assert isinstance(axis, Range)
    assert (axis.low, axis.high, axis.log, axis.whole, axis.step) == expected


@pytest.mark.parametrize(
    ("text", "points"),
    [("A.x=0..1:0.25", [0, 0.25, 0.5, 0.75, 1]), ("A.n=2..5:int", [2, 3, 4, 5]), ("A.x=0..1", None)],
)
def test_only_ranges_with_a_step_or_of_whole_numbers_can_be_counted(text: str, points: list[float] | None) -> None:
    assert read(text).points() == points


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("A.n", "expected PATH=VALUES"),
        ("=3", "expected PATH=VALUES"),
        ("A.n=1,,2", "a value is missing between commas"),
        ("A.n=3,3", "the value 3 is given twice"),
        ("A.x=2..1", "whose first number is the smaller one"),
        ("A.x=0..1:log", "above 0 of a range on a logarithmic scale"),
        ("A.x=0..1:lgo", "unknown word 'lgo'"),
        ("A.x=0..1:3", "a step above 0 that fits"),
        ("A.x=1..2:log:0.1", "a step or :log, received both"),
        ("A.x=0.5..2:int", "whole numbers of a range with :int"),
        ("A.x=low..high", "expected a range LOW..HIGH of numbers"),
        ("A.x=[1, 2", "the [ that is opened here is not closed"),
        ("A.x=2,2.0", "the value 2 is given twice"),
        ("A.x=yes,no", "text to some readers of YAML"),
    ],
)
def test_what_is_no_list_and_no_range_is_refused_where_it_was_typed(text: str, said: str) -> None:
    problems = Problems()
    assert typed_axes([text], problems) == []
    (problem,) = problems.errors
    assert said in problem.message
    assert str(problem.origin) == f"--over {text}"


def test_a_path_that_is_typed_twice_is_refused() -> None:
    problems = Problems()
    typed_axes(["A.n=1", "A.n=2"], problems)
    assert "A.n is given twice" in problems.errors[0].message


def written(text: str) -> tuple[list[Axis], Problems]:
    problems = Problems()
    value = read_yaml(text, "sweep.yaml", problems)
    assert value is not None
    return written_axes(value.mapping, problems), problems


def test_a_file_says_lists_ranges_as_texts_and_ranges_as_mappings() -> None:
    axes, problems = written("a.n: [[64, 32], [32]]\nb: 1e-4..1e-2:log\nc: {low: 0, high: 8, int: true, step: 2}\n")
    assert not list(problems)
    units, rate, number = axes
    assert isinstance(units, Choices)
    assert units.values == ([64, 32], [32])
    assert isinstance(rate, Range)
    assert (rate.low, rate.high, rate.log) == (1e-4, 1e-2, True)
    assert number.points() == [0, 2, 4, 6, 8]


def test_a_fault_in_a_file_is_said_with_its_line() -> None:
    _, problems = written("a: [1, 2]\nb: {low: 0, hihg: 8}\n")
    assert [str(item.origin) for item in problems.errors if "unknown key" in item.message] == ["sweep.yaml:2:13"]


scalars = st.none() | st.booleans() | st.integers(-(10**6), 10**6) | st.floats(allow_nan=False) | st.text("abcé \"'")
values = st.recursive(scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("ab"), inner))


@given(st.lists(values, min_size=1, max_size=4))
def test_what_a_study_keeps_of_a_value_is_taken_back_as_it_was(chosen: list[Any]) -> None:
    axis = Choices("a", read("a=1").origin, tuple(chosen))
    assume(len({axis.stored(value) for value in chosen}) == len(chosen))
    for value in chosen:
        kept = axis.stored(value)
        assert kept is None or isinstance(kept, (str, int, float, bool))
        assert one_line(axis.meant(kept)) == one_line(value)


@pytest.mark.parametrize(
    ("path", "other", "same"),
    [
        ("Training[0].epochs", "Training.0.epochs", True),
        ("Training[*].epochs", "Training[1].epochs", True),
        ("Training[0].epochs", "Training[1].epochs", False),
        ("Training[0]", "Training[0].epochs", False),
    ],
)
def test_paths_that_name_one_option_are_known(path: str, other: str, same: bool) -> None:
    assert is_same_option(path, other) is is_same_option(other, path) is same


def test_a_range_of_many_whole_numbers_is_counted_without_being_listed() -> None:
    axis = read("A.n=1..1000000000000:int")
    assert axis.count() == 10**12
    assert axis.samples() == [1, 5 * 10**11 + 1, 10**12]
    assert grid([axis]) is None


def test_a_range_of_a_file_has_two_finite_ends() -> None:
    _, problems = written("a: {low: 0, high: .inf, int: true}\n")
    assert "expected two numbers that are finite" in problems.errors[0].message
