"""Says what is wrong with lists, mappings, keys and their indents in a text that is no YAML."""

from __future__ import annotations

import re

from registry.language.yaml_complaint import Explanation, Fault, SyntaxFault

_NO_SPACE = re.compile(r"\s*(?:- +)*([\w.'-]+):(?=[^\s:/])")
_KEY_WITH_VALUE = re.compile(r"\s*(?:- +)*[^\s#'\"\[{&*!|>][^#]*?: +\S")


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
    is_outside = fault.here.column - len(before.lstrip()) <= fault.indent(fault.start)
    if "<stream end>" in fault.problem or (fault.here.line > fault.start.line and is_outside):
        hint = f"write {closing} where the {'list' if opened == '[' else 'mapping'} ends"
        return fault.at(fault.start, f"the {opened} that is opened here is not closed", hint)
    return fault.at(
        fault.here, f"expected , or {closing}", "write a comma between two entries; a text with ': ' needs quotes"
    )


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


STRUCTURE: tuple[Explanation, ...] = (_flow, _node, _space, _values, _key, _block, _entries)
"""The explanations, in the order in which they are tried."""
