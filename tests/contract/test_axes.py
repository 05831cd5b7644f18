"""Symbolic shapes are matched and built from patterns."""

from __future__ import annotations

import pytest

from registry.contract.axes import Axis, AxisMismatch, Bindings, TensorType, parse_pattern

HITS, EVENTS = Axis("hits", "event"), Axis("events", "event")


def test_names_are_bound_once_and_for_all() -> None:
    bindings = Bindings()
    bindings.match("hits features", TensorType((HITS, 4)), "a")
    with pytest.raises(AxisMismatch, match="features is 4 in 'a', but 5 in 'b'"):
        bindings.match("hits features", TensorType((HITS, 5)), "b")


def test_row_splits_are_one_longer_than_their_events_and_point_into_the_hits() -> None:
    bindings = Bindings()
    bindings.match("hits features", TensorType((HITS, 4)), "x")
    splits = TensorType((Axis("events", "event", 1),), "int32", HITS)
    bindings.match("events+1 -> hits", splits, "splits")
    assert bindings.sizes["events"] == EVENTS
    other = TensorType((Axis("events", "event", 1),), "int32", Axis("kept", "selection"))
    with pytest.raises(AxisMismatch, match="hits is hits@event in 'x', but kept@selection in 'other'"):
        bindings.match("events+1 -> hits", other, "other")


def test_a_starred_axis_may_differ() -> None:
    bindings = Bindings()
    bindings.match("hits width*", TensorType((HITS, 4)), "a")
    bindings.match("hits width*", TensorType((HITS, 5)), "b")


def test_a_parameter_fixes_a_length() -> None:
    bindings = Bindings({"n": 3})
    with pytest.raises(AxisMismatch, match=r"expected \[hits \{n\}\] with n = 3, received \[hits@event, 4\]"):
        bindings.match("hits {n}", TensorType((HITS, 4)), "a")
    assert bindings.build("hits {n}", "float32", "node").axes == (HITS, 3)


def test_a_name_that_nothing_has_bound_is_a_new_axis_of_the_node() -> None:
    built = Bindings({}, {"hits": HITS}).build("kept 1 -> hits", "int32", "selection")
    assert str(built) == "[kept@selection, 1] int32 -> hits@event"


def test_a_pattern_that_cannot_be_read_is_refused() -> None:
    with pytest.raises(ValueError, match="cannot read the axis"):
        parse_pattern("hits fea-tures")
