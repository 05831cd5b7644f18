"""Names and values that mlflow accepts."""

from __future__ import annotations

import posixpath
import re

from hypothesis import given
from hypothesis import strategies as st

from registry.plugins.trackers.mlflow.names import (
    MAX_NAME,
    MAX_VALUE,
    accepted,
    clean_name,
    description_of,
    note,
    shorten,
)


def test_brackets_become_dots_and_other_characters_underscores() -> None:
    assert clean_name("nodes.gravnet[0].n") == "nodes.gravnet.0.n"
    assert clean_name("Training.1.set.*.gooey.rate") == "Training.1.set._.gooey.rate"


def test_names_that_become_equal_are_kept_apart() -> None:
    assert accepted({"a*": "1", "a?": "2", "a!": "3"}) == {"a_": "1", "a_:2": "2", "a_:3": "3"}


def test_a_long_name_keeps_its_beginning_and_long_names_stay_different() -> None:
    names = [clean_name("x" * 300 + end) for end in "ab"]
    assert all(len(name) <= MAX_NAME and name.startswith("x" * 200) for name in names)
    assert names[0] != names[1]


@given(st.text())
def test_the_description_is_what_a_note_has_beside_the_drawing(description: str) -> None:
    shown = note(description, "0123")
    assert shown.endswith("![the graph](get-artifact?path=graph%2Fdrawing.svg&run_uuid=0123)")
    assert description_of(shown) == description.rstrip("\n")
    assert description_of("as somebody has written it") == "as somebody has written it"


def test_a_long_value_says_how_long_it_was() -> None:
    short = shorten("y" * 7000, MAX_VALUE)
    assert len(short) == MAX_VALUE
    assert "(7000 characters, sha256 " in short
    assert shorten("y", MAX_VALUE) == "y"


@given(st.text(min_size=1, max_size=400))
def test_every_cleaned_name_follows_mlflows_rules(name: str) -> None:
    clean = clean_name(name)
    assert re.fullmatch(r"[\w\-. :/]+", clean, flags=re.ASCII)
    assert len(clean) <= MAX_NAME
    assert posixpath.normpath(clean) == clean
    assert clean != "."
    assert not clean.startswith(("..", "/"))
