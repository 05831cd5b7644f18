"""Records do what dataclasses do."""

from __future__ import annotations

import pickle
from dataclasses import FrozenInstanceError, asdict, dataclass, field, replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.contract.records import record


@record
class Ours:
    """A record."""

    first: int
    second: str
    third: float = 1.0
    fourth: list[int] = field(default_factory=list)
    hidden: int = field(default=0, repr=False, compare=False)


@dataclass(frozen=True)
class Theirs:
    """A dataclass of the same fields."""

    first: int
    second: str
    third: float = 1.0
    fourth: list[int] = field(default_factory=list)
    hidden: int = field(default=0, repr=False, compare=False)


NAMES = ["first", "second", "third", "fourth", "hidden", "unknown"]


@given(st.lists(st.integers(0, 2), max_size=7), st.dictionaries(st.sampled_from(NAMES), st.integers(0, 2)))
def test_every_call_makes_what_it_makes_of_a_dataclass(values: list[Any], named: dict[str, Any]) -> None:
    ours, theirs = _made(Ours, values, named), _made(Theirs, values, named)
    assert (ours is None) == (theirs is None)
    if ours is not None and theirs is not None:
        assert asdict(ours) == asdict(theirs)
        assert repr(ours).removeprefix("Ours") == repr(theirs).removeprefix("Theirs")
        assert replace(ours, first=7) == Ours(**{**asdict(ours), "first": 7})
        assert pickle.loads(pickle.dumps(ours)) == ours


def _made(kind: Any, values: list[Any], named: dict[str, Any]) -> Any:
    try:
        return kind(*values, **named)
    except TypeError:
        return None


def test_records_are_equal_by_the_fields_that_are_compared() -> None:
    assert Ours(1, "a", hidden=1) == Ours(1, "a", hidden=2)
    assert Ours(1, "a") != Ours(2, "a")
    assert Ours(1, "a") != Theirs(1, "a")


def test_what_is_frozen_is_not_changed_and_can_be_hashed() -> None:
    @record
    class Point:
        """A point."""

        x: int

    with pytest.raises(FrozenInstanceError):
        Point(1).x = 2  # type: ignore[misc]
    with pytest.raises(FrozenInstanceError):
        del Point(1).x
    assert {Point(1), Point(1)} == {Point(1)}


def test_what_is_not_frozen_is_changed_and_has_no_hash() -> None:
    @record(frozen=False)
    class Count:
        """A count."""

        number: int

        def __post_init__(self) -> None:
            self.number += 1

    count = Count(1)
    count.number += 1
    assert count == Count(2)
    with pytest.raises(TypeError, match="unhashable"):
        hash(count)


def test_a_record_compared_by_identity_is_equal_to_itself_alone() -> None:
    @record(eq=False)
    class Held:
        """Something."""

        item: int

    held = Held(1)
    assert held == held
    assert held != Held(1)
    assert len({held, Held(1)}) == 2
