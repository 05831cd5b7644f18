"""What is no YAML is explained: each kind of mistake at its place, with a hint of its own."""

from __future__ import annotations

import pytest

from registry.contract.errors import Problems
from registry.language.yaml_reader import read_yaml

FAULTS = [
    ("a: 'text\nb: 3\n", "1:4", "the quote ' that is opened here is not closed", "write '"),
    ('x: 1\na: "text\nb: 3\n', "2:4", 'the quote " that is opened here is not closed', 'write "'),
    ("a: [1, 2\nb: 3\n", "1:4", "the [ that is opened here is not closed", "write ]"),
    ("a:\n  b: {x: 1,\n      y: 2\n  c: 3\n", "2:6", "the { that is opened here is not closed", "write }"),
    ("a: [1, 2", "1:4", "the [ that is opened here is not closed", "write ]"),
    ("a: {x: [1, 2}\n", "1:13", "} closes nothing here: what is open is the [ of line 1", "write ]"),
    ("a: [1, 2]]\n", "1:10", "] closes nothing", "remove it"),
    ("a: ]\n", "1:4", "] closes nothing", "write [ before it"),
    ("a: [1,, 2]\n", "1:7", "nothing stands before this comma", "remove the comma"),
    ("{'a': 1\n 'b': 2}\n", "2:5", "expected , or }", "write a comma"),
    ("a: {x: ${A.b}}\n", "1:8", "a placeholder inside [...] or {...} needs quotes", 'write "${Section.key}"'),
    ("a: 1\nb:3\nc: 4\n", "2:2", "a space is missing behind the colon", "write `b: ...`"),
    ("- a:1\n  b: 2\n", "1:4", "a space is missing behind the colon", "write `a: ...`"),
    ("a: {use:showers, in: x}\n", "1:5", "a space is missing behind the colon", "write `use: showers`"),
    ("a: 1\nb\nc: 4\n", "2:1", "a key without its colon", "write `key: value`"),
    ("a: 1\n  b: 2\n", "2:3", "this line is indented below a key that has a value already", "same column"),
    ("a:\n    b: 2\n  c: 3\n", "3:3", "this line is indented like none above it", "begin it in column 1"),
    ("a: b: c\n", "1:5", "a second `: ` in one line", "in quotes"),
    ("a: 1\n- b\n", "2:1", "an entry of a list among the keys of a mapping", "indent the entries"),
    ("- a\nb: 1\n", "2:1", "a key among the entries of a list", "begin every entry with '- '"),
    ("a: - b\n", "1:4", "a list cannot begin behind its key", "in the next line"),
    ("a: 'b' c\n", "1:8", "a text behind what is a whole value already", "put the whole value in quotes"),
    ("a:\n\tb: 1\n", "2:1", "a tab", "replace the tab by spaces"),
    ("a:\u00a01\nb: 2\n", "1:3", "a non-breaking space", "usual space"),
    ("a: %b\n", "1:4", "a text cannot begin with %", 'put it in quotes: "%b"'),
    ("a: @b\n", "1:4", "a text cannot begin with @", 'put it in quotes: "@b"'),
    ("a: `b`\n", "1:4", "a text cannot begin with `", 'put it in quotes: "`b`"'),
    ("freeze: [*.dense]\n", "1:10", "a text cannot begin with *: it begins an alias", 'put it in quotes: "*.dense"'),
    ("set: {*: 3}\n", "1:7", "a text cannot begin with *: it begins an alias", 'put it in quotes: "*"'),
    ("a: & b\n", "1:4", "a text cannot begin with &: it begins an anchor", 'put it in quotes: "&"'),
    ("a: &width 1\nb: *widht\n", "2:4", "the alias *widht has no anchor &widht before it", "did you mean 'width'?"),
    ("a: *b\n", "1:4", "the alias *b has no anchor &b before it", "no anchor stands before it"),
    ("a: &x 1\nb: &x 2\n", "2:4", "the anchor &x stands twice: first in line 1", "rename one of them"),
    ("a: !x!foo 1\n", "1:4", "a tag, which is not allowed", "begins with ! needs quotes"),
    ('a: "C:\\data"\n', "1:8", 'in "..." a backslash begins an escape, and this is none', "write \\\\"),
    ("a: |x\n  b\n", "1:5", "behind | or > of a text of several lines", "in the next line"),
    ("%abc\na: 1\n", "1:1", "a line that begins with % is a directive", "begins with % needs quotes"),
    ("a: 1\n---\nb: 2\n", "2:1", "another document", "a file holds one document"),
    ("a: 1\n...\nb: 2\n", "2:1", "the line ... ends the document", "a file holds one document"),
    ("a: 1\nb: 1\na: 2\n", "3:1", "duplicate key 'a': first written in line 1", "remove or rename"),
    ("a: \x07\n", "1:4", "the control character", "remove it"),
    ('a: "\\ud800"\n', "1:4", "which is no character", ""),
    ("a: b\u200bc\n", "1:4", "an invisible character", "remove it"),
    ("a: \u201ctext\u201d\n", "1:4", "is in typographic quotes", "write ' or \""),
]


@pytest.mark.parametrize(("text", "place", "message", "hint"), FAULTS, ids=[repr(item[0]) for item in FAULTS])
def test_a_mistake_is_shown_at_its_place_with_a_hint_of_its_own(text: str, place: str, message: str, hint: str) -> None:
    problems = Problems()
    read_yaml(text, "text.yaml", problems)
    (found,) = problems
    assert str(found.origin) == f"text.yaml:{place}"
    assert message in found.message
    assert hint in found.hint


def test_every_kind_of_mistake_has_another_hint() -> None:
    """No hint of one kind is shown for a mistake of another."""
    general = "a text with ': ', '#', '{' or '*' in it needs quotes"
    for text, *_ in FAULTS:
        problems = Problems()
        read_yaml(text, "text.yaml", problems)
        assert all(problem.hint != general for problem in problems), text
