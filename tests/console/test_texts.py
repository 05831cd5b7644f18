"""What is kept of compiled texts does what Python makes of them."""

from __future__ import annotations

import dataclasses
import marshal
import re
import typing
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from registry.console.texts import Known, Texts

PARTS = ["a", "b+", "[^c-e]", "(?P<first>x|y)", r"\d*", "(z)?", "^", "$", ".", r"\bé", "(?i:Q)", "(?<=a)b"]
FLAGS = [0, re.IGNORECASE, re.DOTALL | re.MULTILINE, re.ASCII, re.VERBOSE]


@contextmanager
def compiling(known: Known) -> Iterator[Texts]:
    """Compile texts with what is known of them, as a file would hold it."""
    texts = Texts(marshal.loads(marshal.dumps(known)))
    texts.start()
    re.purge()
    try:
        yield texts
    finally:
        texts.stop()
        re.purge()


@given(
    st.lists(st.sampled_from(PARTS), min_size=1, max_size=4).map("".join),
    st.sampled_from(FLAGS),
    st.text("abxyzqQ1é\n"),
)
def test_patterns_that_are_kept_match_what_they_match(text: str, flags: int, among: str) -> None:
    assume(text.count("?P<first>") <= 1)
    usual = re.compile(text, flags)
    with compiling({}) as first:
        re.compile(text, flags)
    with compiling(first.known) as second:
        kept = re.compile(text, flags)
    assert second.known == first.known
    assert (kept.pattern, kept.flags, kept.groups, kept.groupindex) == (
        text,
        usual.flags,
        usual.groups,
        usual.groupindex,
    )
    assert [found.span() for found in kept.finditer(among)] == [found.span() for found in usual.finditer(among)]
    assert kept == usual


def test_texts_and_bytes_are_patterns_of_their_own() -> None:
    with compiling({}) as first:
        re.compile("ab"), re.compile(b"ab")
    with compiling(first.known):
        assert re.compile("ab").match("ab")
        assert re.compile(b"ab").match(b"ab")
        with pytest.raises(re.error):
            re.compile("(")


def _made() -> tuple[Any, Any]:
    kind = dataclasses.make_dataclass("Kind", [("one", "int"), ("two", "list[int]", 2)], frozen=True, order=True)
    return kind(1), typing.get_type_hints(kind)


def test_dataclasses_and_annotations_are_what_they_would_be() -> None:
    usual = _made()
    with compiling({}) as first:
        _made()
    with compiling(first.known) as second:
        kept = _made()
    assert len(first.known) == len(second.known) > 2
    assert repr(kept) == repr(usual)
    assert dataclasses.asdict(kept[0]) == {"one": 1, "two": 2}


def test_all_is_as_before_in_the_end() -> None:
    before = re._compiler.compile, re._compiler._sre  # type: ignore[attr-defined]
    with compiling({}):
        assert before[0] is not re._compiler.compile  # type: ignore[attr-defined]
    assert before == (re._compiler.compile, re._compiler._sre)  # type: ignore[attr-defined]
    assert "exec" not in vars(dataclasses)
    assert "compile" not in vars(typing)
