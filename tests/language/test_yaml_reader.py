"""YAML is read strictly, and every value knows its place."""

from __future__ import annotations

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.contract.errors import Problems
from registry.language.scalars import DoubtfulScalar, read_scalar
from registry.language.yaml_reader import read_yaml
from tests.language.helpers import value_of


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("", None),
        ("~", None),
        ("null", None),
        ("true", True),
        ("False", False),
        ("12", 12),
        ("-3", -3),
        ("0x1f", 31),
        ("1.5", 1.5),
        (".5", 0.5),
        ("1.0e-4", 1e-4),
        ("-.inf", -math.inf),
        ("2023-07-07", "2023-07-07"),
        ("noise-filter", "noise-filter"),
        ("1x", "1x"),
    ],
)
def test_a_plain_scalar_has_its_yaml_value(text: str, value: object) -> None:
    assert read_scalar(text) == value


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("1e-4", "write 1.0e-4"),
        ("1E5", "write 1.0e+5"),
        ("1_000", "write 1000"),
        ("yes", "write true"),
        ("OFF", "write false"),
        ("010", "write 8"),
        ("0o17", "write 15"),
        ("1:30", "write '1:30'"),
    ],
)
def test_a_scalar_that_readers_disagree_on_is_refused(text: str, hint: str) -> None:
    with pytest.raises(DoubtfulScalar) as caught:
        read_scalar(text)
    assert caught.value.hint.startswith(hint)


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_number_as_python_writes_it_is_read_or_refused_with_its_value(number: float) -> None:
    try:
        value = read_scalar(repr(number))
    except DoubtfulScalar as error:
        value = error.meant
    assert value == number


def test_a_value_knows_line_and_column() -> None:
    value = value_of("a:\n  b: [1, two]\n")
    assert value is not None
    item = value.nearest(["a", "b", 1])
    assert (item.plain(), str(item.origin), item.origin.length) == ("two", "text.yaml:2:10", 3)


def test_a_key_knows_line_and_column() -> None:
    value = value_of("a:\n  bcd: 1\n")
    assert value is not None
    origin = value.key_origin(["a", "bcd"])
    assert (str(origin), origin.length) == ("text.yaml:2:3", 3)


@pytest.mark.parametrize("key", ["? {a: 1}", "? a: 1", "? [a]", "? &b [1]", "? - 1"])
def test_a_key_that_is_no_text_is_refused_at_its_place_also_without_a_value(key: str) -> None:
    problems = Problems()
    read_yaml(f"y: 1\n{key}\n", "text.yaml", problems)
    (found,) = problems.items
    assert found.message == "a key must be text, received a list or a mapping"
    assert str(found.origin) == "text.yaml:2:3"


def test_an_alias_keeps_the_place_of_the_definition_and_of_the_use() -> None:
    value = value_of("a: &here {n: 1}\nb: *here\n")
    assert value is not None
    origin = value.nearest(["b", "n"]).origin
    assert str(origin) == "text.yaml:1:14"
    assert str(origin.via) == "text.yaml:2:4"


def test_a_merge_key_brings_in_what_is_not_written() -> None:
    value = value_of("base: &b {n: 1, m: 2}\nover: {<<: *b, n: 3}\n")
    assert value is not None
    assert value.plain()["over"] == {"n": 3, "m": 2}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: 1\na: 2\n", "duplicate key 'a': first written in line 1"),
        ("1: a\n", "a key must be text, received 1 (int)"),
        ("a: !!python/name:os.system x\n", "the tag '!!python/name:os.system' is not allowed"),
        ("a: &x [*x]\n", "the alias stands inside the value it repeats"),
        ("a: [1\n", "not valid YAML"),
        ("a:\n\t- 1\n", "not valid YAML: a tab"),
    ],
)
def test_what_yaml_lets_pass_is_refused(text: str, message: str) -> None:
    problems = Problems()
    value_of(text, problems)
    assert message in problems.errors[0].message


@given(
    st.recursive(
        st.integers() | st.text("abc: {}#*\"'1e-[]yes\n") | st.booleans(), lambda inner: st.lists(inner, max_size=3)
    )
)
def test_what_another_writer_quotes_is_read_back(data: object) -> None:
    value = value_of(json.dumps({"key": data}))
    assert value is not None
    assert value.plain() == {"key": data}


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("None", "write null"),
        ("nan", "write .nan"),
        ("inf", "write .inf"),
        ("-inf", "write -.inf"),
        ("0b11", "write 3"),
        ("1.0e-400", "write 0.0"),
    ],
)
def test_what_other_languages_take_for_a_number_is_refused(text: str, hint: str) -> None:
    with pytest.raises(DoubtfulScalar) as caught:
        read_scalar(text)
    assert caught.value.hint.startswith(hint)
