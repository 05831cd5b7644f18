"""Ways in which a person, an editor or a disk spoils a file, as strategies of hypothesis."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import yaml
from hypothesis import strategies as st

from tests.conftest import ROOT

SHIPPED = sorted(
    str(path.relative_to(ROOT)) for folder in ("graphs", "configs") for path in (ROOT / folder).rglob("*.yaml")
)
"""Every graph and every file of options that the package ships."""

VALUES = (
    *("", "~", "0", "-1", "1.5", "1e400", ".nan", ".inf", "-.inf", "true", "no", "0x10", "1_000", "12:30"),
    *("99999999999999999999", "2026-02-30", "[]", "{}", "[~]", "[[[1]]]", "{a: 1}", "{1: 2}", "{[1, 2]: 3}", "''"),
    *(
        "swiish",
        "not a name",
        "é",
        "a/b",
        "a.b",
        "../x",
        '"*"',
        "${",
        "${}",
        "${x}",
        "${General.seed}",
        "$",
        "!!set {x}",
    ),
    *("!!python/object:os.system x", "!unknown x", "&a [*a]", "*nothing", "<<", "'unclosed", '"\\x"', "@x", "`x", "%x"),
    *("!!binary aGk=", "? x", "- x", "x: y: z", "|", ">-", "# x", "\t", "😀"),
)
"""What is written in place of a value: other types, other numbers, broken YAML."""

CHARACTERS = "\t\n\r {}[]:,#&*!|>'\"%@`-?~$\\.0aé\u0000\u00a0\u2028\ufeff\ud7ff"


@dataclass(frozen=True)
class Mutation:
    """A spoilt file: its name from the root, its text, and what was done to it."""

    file: str
    text: str
    done: str
    line: int
    """The line that was changed, counted from 1; 0 where it is more than one."""
    word: str = ""
    """What stands there now, if it is a word."""


@dataclass(frozen=True)
class Place:
    """A key or value of a file: from where to where it stands, and whether it is a key."""

    start: int
    end: int
    line: int
    is_key: bool


def places(text: str) -> list[Place]:
    """Return every key and every value of a YAML text."""

    def walk(node: yaml.Node, is_key: bool) -> Iterator[Place]:
        yield Place(node.start_mark.index, node.end_mark.index, node.start_mark.line + 1, is_key)
        if isinstance(node, yaml.MappingNode):
            for key, value in node.value:
                yield from walk(key, True)
                yield from walk(value, False)
        elif isinstance(node, yaml.SequenceNode):
            for item in node.value:
                yield from walk(item, False)

    return list(dict.fromkeys(walk(yaml.compose(text), False)))


def replaced(file: str, text: str, place: Place, value: str) -> Mutation:
    """Return the file with another key or value at a place."""
    # What ends a block value is the start of the next key: its white space stays.
    old = text[place.start : place.end]
    rest = old[len(old.rstrip()) :]
    spoilt = text[: place.start] + value + rest + text[place.end :]
    return Mutation(file, spoilt, f"{old!r:.60} becomes {value!r}", place.line, value)


@st.composite
def another_value(draw: st.DrawFn, file: str, text: str) -> Mutation:
    """Write something else in place of a key or value."""
    return replaced(file, text, draw(st.sampled_from(places(text))), draw(st.sampled_from(VALUES)))


@st.composite
def misspelt(draw: st.DrawFn, file: str, text: str) -> Mutation:
    """Leave out, double or exchange letters of a word."""
    words = [place for place in places(text) if text[place.start : place.end].replace("_", "a").isalnum()]
    place = draw(st.sampled_from(words))
    word = text[place.start : place.end]
    at = draw(st.integers(0, len(word) - 1))
    before, after = word[:at], word[at:]
    forms = (before + after[1:], before + after[0] + after, before + after[:2][::-1] + after[2:])
    return replaced(file, text, place, draw(st.sampled_from(forms)))


@st.composite
def other_lines(draw: st.DrawFn, file: str, text: str) -> Mutation:
    """Lose, double, exchange or indent lines, or cut the file off."""
    lines = text.splitlines(keepends=True)
    at = draw(st.integers(0, len(lines) - 1))
    to = draw(st.integers(0, len(lines) - 1))
    others = lines[:at] + lines[at + 1 :]
    ways: dict[str, Callable[[], list[str]]] = {
        "lost": lambda: others,
        "doubled": lambda: lines[: at + 1] + lines[at:],
        "moved": lambda: [*others[:to], lines[at], *others[to:]],
        "indented": lambda: [*lines[:at], "  " + lines[at], *lines[at + 1 :]],
        "dedented": lambda: [*lines[:at], lines[at].removeprefix("  "), *lines[at + 1 :]],
        "cut": lambda: [*lines[:at], lines[at][: len(lines[at]) // 2]],
    }
    way = draw(st.sampled_from(sorted(ways)))
    return Mutation(file, "".join(ways[way]()), f"line {at + 1} {way} ({to + 1})", 0)


@st.composite
def other_characters(draw: st.DrawFn, file: str, text: str) -> Mutation:
    """Leave out a character, or type one too many."""
    at = draw(st.integers(0, len(text) - 1))
    new = draw(st.sampled_from(["", *CHARACTERS]))
    keep = draw(st.booleans()) and bool(new)
    spoilt = text[:at] + new + text[at if keep else at + 1 :]
    return Mutation(file, spoilt, f"{text[at]!r} at {at} becomes {new!r}{' before it' if keep else ''}", 0)


WAYS = (another_value, misspelt, other_lines, other_characters)


@st.composite
def mutations(draw: st.DrawFn) -> Mutation:
    """Spoil a shipped file in one place."""
    file = draw(st.sampled_from(SHIPPED))
    way = draw(st.sampled_from(WAYS))
    return draw(way(file, Path(ROOT, file).read_text(encoding="utf-8")))
