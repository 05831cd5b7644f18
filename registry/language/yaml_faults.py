"""Says of a text that is no YAML what is wrong, where the mistake is, and what to write instead."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from yaml.error import MarkedYAMLError

from registry.contract.errors import Origin, did_you_mean

_NO_SPACE = re.compile(r"\s*(?:- +)*([\w.'-]+):(?=[^\s:/])")
_ANCHOR = re.compile(r"(?<![^\s,\[{])&([\w-]+)")
_KEY_WITH_VALUE = re.compile(r"\s*(?:- +)*[^\s#'\"\[{&*!|>][^#]*?: +\S")


@dataclass(frozen=True)
class Fault:
    """What is wrong with a text: the message, the place (line and column from 0), and a hint."""

    message: str
    line: int
    column: int
    hint: str = ""


@dataclass(frozen=True)
class SyntaxFault:
    """A complaint of PyYAML about a text, turned into what its writer needs to know."""

    error: MarkedYAMLError
    text: str

    @cached_property
    def lines(self) -> list[str]:
        """The lines of the text; marks may stand behind the last one."""
        return [*self.text.splitlines(), ""]

    @property
    def problem(self) -> str:
        """What PyYAML says."""
        return str(self.error.problem)

    @property
    def context(self) -> str:
        """What PyYAML was reading."""
        return str(self.error.context or "")

    @property
    def here(self) -> Any:
        """Where PyYAML stopped."""
        return self.error.problem_mark or self.error.context_mark

    @property
    def start(self) -> Any:
        """Where what PyYAML was reading began."""
        return self.error.context_mark or self.error.problem_mark

    def fault(self) -> Fault:
        """Return what is wrong, by the first explanation that fits."""
        for explain in _EXPLANATIONS:
            found = explain(self)
            if found:
                return found
        context = f" ({self.context})" if self.context else ""
        return self.at(self.here, f"{self.problem}{context}", "a text with ': ', '#', '{' or '*' in it needs quotes")

    def at(self, mark: Any, message: str, hint: str = "") -> Fault:
        """Return a fault at a mark of PyYAML."""
        line, column = (mark.line, mark.column) if mark else (0, 0)
        return Fault(f"not valid YAML: {message}", line, column, hint)

    def line_of(self, mark: Any) -> str:
        """Return the line a mark stands in."""
        return self.lines[min(mark.line, len(self.lines) - 1)] if mark else ""

    def character(self, mark: Any) -> str:
        """Return the character at a mark, "" at the end of a line."""
        return self.line_of(mark)[mark.column : mark.column + 1] if mark else ""


def _tab(fault: SyntaxFault) -> Fault | None:
    written = fault.line_of(fault.here)
    indent = written[: len(written) - len(written.lstrip())]
    if "\t" not in indent and "'\\t'" not in fault.problem:
        return None
    message = "not valid YAML: a tab; YAML is indented with spaces"
    return Fault(message, fault.here.line, max(written.find("\t"), 0), "replace the tab by spaces")


def _quote(fault: SyntaxFault) -> Fault | None:
    if fault.context != "while scanning a quoted scalar" or "unexpected" not in fault.problem:
        return None
    quote = fault.character(fault.start)
    inside = "''" if quote == "'" else '\\"'
    message = f"the quote {quote} that is opened here is not closed"
    return fault.at(fault.start, message, f"write {quote} behind the text; inside it a quote is written {inside}")


def _escape(fault: SyntaxFault) -> Fault | None:
    if "escape" not in fault.problem:
        return None
    hint = "write \\\\ for a backslash, or put the text in single quotes, which know no escapes"
    return fault.at(fault.here, 'in "..." a backslash begins an escape, and this is none', hint)


def _flow(fault: SyntaxFault) -> Fault | None:
    """Explain what ends a list `[...]` or a mapping `{...}` too early or never."""
    if fault.context not in ("while parsing a flow sequence", "while parsing a flow mapping"):
        return None
    opened = fault.character(fault.start)
    closing = "]" if opened == "[" else "}"
    found = fault.character(fault.here)
    before = fault.line_of(fault.here)[: fault.here.column]
    if found == "{" and before.endswith("$"):
        mark = Fault("", fault.here.line, fault.here.column - 1)
        return fault.at(mark, "a placeholder inside [...] or {...} needs quotes", 'write "${Section.key}"')
    if found and found in "]}":
        message = f"{found} closes nothing here: what is open is the {opened} of line {fault.start.line + 1}"
        return fault.at(fault.here, message, f"write {closing}")
    is_outside = fault.here.column - len(before.lstrip()) <= _indent(fault, fault.start)
    if "<stream end>" in fault.problem or (fault.here.line > fault.start.line and is_outside):
        hint = f"write {closing} where the {'list' if opened == '[' else 'mapping'} ends"
        return fault.at(fault.start, f"the {opened} that is opened here is not closed", hint)
    return fault.at(
        fault.here, f"expected , or {closing}", "write a comma between two entries; a text with ': ' needs quotes"
    )


def _indent(fault: SyntaxFault, mark: Any) -> int:
    line = fault.line_of(mark)
    return len(line) - len(line.lstrip())


def _node(fault: SyntaxFault) -> Fault | None:
    if "expected the node content" not in fault.problem:
        return None
    if "<stream end>" in fault.problem:
        return fault.at(fault.here, "the text ends within a [...] or {...}", "write the ] or } that closes it")
    found = fault.character(fault.here)
    if found == ",":
        return fault.at(
            fault.here, "nothing stands before this comma", "remove the comma; a text that begins with it needs quotes"
        )
    if found and found in "]}":
        opening = "[" if found == "]" else "{"
        return fault.at(fault.here, f"{found} closes nothing", f"write {opening} before it, or remove it")
    return fault.at(fault.here, "a value is missing here", "write it, or remove what announces it")


def _space(fault: SyntaxFault) -> Fault | None:
    """Explain `key:value`, which is a text: the complaint comes where the next key shows that it is none."""
    if "':'" not in fault.problem and "mapping values" not in fault.problem:
        return None
    for number in sorted({fault.start.line, fault.here.line, fault.here.line - 1}):
        line = fault.lines[number] if 0 <= number < len(fault.lines) else ""
        if "\u00a0" in line:
            hint = "replace it by a usual space"
            return fault.at(
                Fault("", number, line.index("\u00a0")), "a non-breaking space, which is no space to YAML", hint
            )
        if match := _NO_SPACE.match(line):
            mark = Fault("", number, match.end() - 1)
            return fault.at(mark, "a space is missing behind the colon", f"write `{match[1]}: ...`")
    return None


def _values(fault: SyntaxFault) -> Fault | None:
    if "mapping values are not allowed" not in fault.problem:
        return None
    line, number = fault.line_of(fault.here), fault.here.line
    above = fault.lines[number - 1] if number else ""
    first = len(line) - len(line.lstrip())
    if _KEY_WITH_VALUE.match(line[: fault.here.column]):
        return fault.at(fault.here, "a second `: ` in one line", "put a text with ': ' in it in quotes")
    if above.strip() and len(above) - len(above.lstrip()) < first:
        message = "this line is indented below a key that has a value already"
        return fault.at(Fault("", number, first), message, "begin it in the same column as the key above")
    return fault.at(fault.here, "a key cannot stand here", "a key begins its line, or stands in {...}")


def _key(fault: SyntaxFault) -> Fault | None:
    if "could not find expected ':'" not in fault.problem:
        return None
    return fault.at(
        fault.start, "a key without its colon", "write `key: value`, or put a text of several lines in quotes"
    )


def _block(fault: SyntaxFault) -> Fault | None:
    """Explain a line that does not go on with the mapping or the list that it stands in."""
    if "expected <block end>" not in fault.problem:
        return None
    found, inside = fault.character(fault.here), "mapping" if "mapping" in fault.context else "list"
    column = fault.start.column + 1
    if found and found in "]},":
        hint = f"remove it, or write {'[' if found == ']' else '{'} before the value"
        return fault.at(fault.here, f"{found} closes nothing", hint)
    if "<scalar>" in fault.problem:
        hint = "put the whole value in quotes; a comment begins with ' #'"
        return fault.at(fault.here, "a text behind what is a whole value already", hint)
    if found == "-" and inside == "mapping":
        hint = "indent the entries of a list below their key, two spaces more than it"
        return fault.at(fault.here, "an entry of a list among the keys of a mapping", hint)
    if inside == "list" and fault.here.column == fault.start.column:
        return fault.at(fault.here, "a key among the entries of a list", "begin every entry with '- '")
    message = f"this line is indented like none above it: the {inside} around it begins in column {column}"
    return fault.at(fault.here, message, f"begin it in column {column}, or below a key of its own")


def _entries(fault: SyntaxFault) -> Fault | None:
    if "sequence entries are not allowed" not in fault.problem:
        return None
    hint = "begin the list in the next line, or write it as [a, b]; a text that begins with '- ' needs quotes"
    return fault.at(fault.here, "a list cannot begin behind its key", hint)


def _first_character(fault: SyntaxFault) -> Fault | None:
    """Explain characters with a meaning of their own at the beginning of a text: `%`, `@`, a backtick, `*`, `&`."""
    mark = fault.start if fault.context in ("while scanning an alias", "while scanning an anchor") else fault.here
    if mark is fault.here and "cannot start any token" not in fault.problem:
        return None
    found = fault.character(mark)
    meanings = {"*": "it begins an alias", "&": "it begins an anchor"}
    message = f"a text cannot begin with {found}" + (f": {meanings[found]}" if found in meanings else "")
    rest = re.split(r"[\s,\]}]", fault.line_of(mark)[mark.column :], maxsplit=1)[0].rstrip(":")
    return fault.at(mark, message, f'put it in quotes: "{rest}"')


def _alias(fault: SyntaxFault) -> Fault | None:
    match = re.match(r"found undefined alias '(.*)'", fault.problem)
    if not match:
        return None
    before = "\n".join([*fault.lines[: fault.here.line], fault.line_of(fault.here)[: fault.here.column]])
    known = list(dict.fromkeys(_ANCHOR.findall(before)))
    listing = f"anchors before it: {', '.join(known)}" if known else "no anchor stands before it"
    hint = did_you_mean(match[1], known) or f'{listing}; a text that begins with * needs quotes: "*{match[1]}"'
    return fault.at(fault.here, f"the alias *{match[1]} has no anchor &{match[1]} before it", hint)


def _anchor(fault: SyntaxFault) -> Fault | None:
    match = re.match(r"found duplicate anchor '(.*)'", fault.context)
    if not match:
        return None
    message = f"the anchor &{match[1]} stands twice: first in line {fault.start.line + 1}"
    return fault.at(fault.here, message, "rename one of them")


def _tag(fault: SyntaxFault) -> Fault | None:
    if "tag" not in fault.problem and fault.context != "while scanning a tag":
        return None
    return fault.at(fault.here, "a tag, which is not allowed", "a text that begins with ! needs quotes")


def _block_text(fault: SyntaxFault) -> Fault | None:
    if fault.context != "while scanning a block scalar":
        return None
    hint = "begin the text in the next line, indented; a text that begins with | or > needs quotes"
    return fault.at(fault.here, "behind | or > of a text of several lines stands - or +, or nothing", hint)


def _documents(fault: SyntaxFault) -> Fault | None:
    if "another document" in fault.problem:
        hint = "a file holds one document: remove the line `---`, or move what follows it to another file"
        return fault.at(fault.here, f"{fault.problem} ({fault.context})", hint)
    if "<document start>" not in fault.problem and "directive" not in fault.problem + fault.context:
        return None
    for number, line in enumerate(fault.lines[: fault.here.line + 1]):
        if line.startswith("%"):
            hint = "remove it; a text that begins with % needs quotes"
            return fault.at(Fault("", number, 0), "a line that begins with % is a directive", hint)
        if line.rstrip() == "...":
            return fault.at(
                Fault("", number, 0), "the line ... ends the document", "remove it: a file holds one document"
            )
    return fault.at(fault.here, "something stands behind the end of the document", "put all of it in one mapping")


_EXPLANATIONS: tuple[Callable[[SyntaxFault], Fault | None], ...] = (
    *(_tab, _quote, _escape, _flow, _node, _space, _values, _key, _block, _entries),
    *(_first_character, _alias, _anchor, _tag, _block_text, _documents),
)


def explain(error: MarkedYAMLError, text: str, file: str) -> tuple[str, Origin, str]:
    """Return the message, the place and the hint for a complaint of PyYAML about the text of a file."""
    fault = SyntaxFault(error, text).fault()
    return fault.message, Origin(file, fault.line + 1, fault.column + 1), fault.hint
