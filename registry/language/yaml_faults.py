"""Says of a text that is no YAML what is wrong, where the mistake is, and what to write instead."""

from __future__ import annotations

import re

from yaml.error import MarkedYAMLError

from registry.contract.errors import Origin
from registry.contract.spelling import did_you_mean
from registry.language.yaml_complaint import Explanation, Fault, SyntaxFault
from registry.language.yaml_structure import STRUCTURE

_ANCHOR = re.compile(r"(?<![^\s,\[{])&([\w-]+)")


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


_EXPLANATIONS: tuple[Explanation, ...] = (
    *(_tab, _quote, _escape, *STRUCTURE),
    *(_first_character, _alias, _anchor, _tag, _block_text, _documents),
)


def explain(error: MarkedYAMLError, text: str, file: str) -> tuple[str, Origin, str]:
    """Return the message, the place and the hint for a complaint of PyYAML about the text of a file."""
    fault = _fault(SyntaxFault(error, text))
    return fault.message, Origin(file, fault.line + 1, fault.column + 1), fault.hint


def _fault(complaint: SyntaxFault) -> Fault:
    """Return what is wrong, by the first explanation that fits."""
    found = next(filter(None, (explanation(complaint) for explanation in _EXPLANATIONS)), None)
    if found:
        return found
    context = f" ({complaint.context})" if complaint.context else ""
    hint = "a text with ': ', '#', '{' or '*' in it needs quotes"
    return complaint.at(complaint.here, f"{complaint.problem}{context}", hint)
