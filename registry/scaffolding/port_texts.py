"""Ports as they are written on a command line: "x: hits features [cm] # what to scale"."""

from __future__ import annotations

import keyword
import re
from collections.abc import Sequence
from dataclasses import dataclass

from registry.contract.axes import Pattern, parse_pattern
from registry.contract.errors import InputError, Problem
from registry.contract.ports import TRUTH_PREFIX

FORM = "expected NAME: AXES, such as \"x: hits features\", 'energy: hits 1 [GeV] # of the hit', 'y: hits {units}'"

_FORM = re.compile(r"\s*(?P<name>\w+)\s*:(?P<axes>[^#\[\]]+)(?:\[(?P<unit>[^\]]*)\])?\s*(?:#\s*(?P<text>.*?))?\s*")

INTEGERS = ("int32", "int64")
"""Dtypes that may stand behind the axes."""


@dataclass(frozen=True)
class PortText:
    """A port as it was written: its pattern without the dtype, which may stand as the pattern's last word."""

    name: str
    pattern: str
    dtype: str
    unit: str
    description: str

    @property
    def parsed(self) -> Pattern:
        """The axes of the port."""
        return parse_pattern(self.pattern)

    @property
    def axes(self) -> tuple[str, ...]:
        """The axes as they were written."""
        return tuple(map(str, self.parsed.tokens))

    @property
    def is_float(self) -> bool:
        """It holds numbers that can be computed with."""
        return self.dtype == "float32"

    @property
    def truth(self) -> bool:
        """By its name it is known for simulated events only."""
        return self.name.startswith(TRUTH_PREFIX)

    @property
    def code(self) -> str:
        """The declaration, as Python."""
        arguments = [self.name, self.pattern, self.description]
        words = [_quoted(argument) for argument in arguments]
        if self.dtype != "float32":
            words.append(_quoted(self.dtype))
        if self.unit:
            words.append(f"unit={_quoted(self.unit)}")
        if self.truth:
            words.append("truth=True")
        return f"Port({', '.join(words)})"


def read_ports(texts: Sequence[str], side: str) -> list[PortText]:
    """Return the ports of one side ("--in" or "--out"); raises InputError for one that cannot be read."""
    found: list[PortText] = []
    for text in texts:
        port = _read(text, side)
        if any(port.name == other.name for other in found):
            raise InputError(
                [Problem(f"{side} {text!r}: there are two ports {port.name!r}", hint="rename one of them")]
            )
        found.append(port)
    return found


def parameters_of(ports: Sequence[PortText]) -> list[str]:
    """Return the parameters that the patterns of ports name, in the order of the ports."""
    return list(dict.fromkeys(token.param for port in ports for token in port.parsed.tokens if token.param))


def _read(text: str, side: str) -> PortText:
    match = _FORM.fullmatch(text)
    if match is None:
        raise InputError([Problem(f"{side}: {text!r} is no port", hint=FORM)])
    name, words = match["name"], match["axes"].split()
    if not name.isidentifier() or keyword.iskeyword(name):
        message = f"{side} {text!r}: {name!r} cannot be the name of an argument in Python"
        raise InputError([Problem(message, hint="expected letters, digits and '_', a letter first")])
    dtype = words.pop() if words and words[-1] in INTEGERS else ""
    pattern = " ".join(words)
    try:
        parsed = parse_pattern(pattern)
    except ValueError as error:
        raise InputError([Problem(f"{side} {text!r}: {error}", hint=FORM)]) from error
    if not parsed.tokens:
        raise InputError([Problem(f"{side}: {text!r} has no axes", hint=FORM)])
    return PortText(
        name=name,
        pattern=pattern,
        dtype=dtype or ("int32" if parsed.target else "float32"),
        unit=(match["unit"] or "").strip(),
        description=match["text"] or _described(name, parsed),
    )


def _described(name: str, parsed: Pattern) -> str:
    """Return a description of a port that was given none."""
    first = parsed.tokens[0]
    if name == "row_splits":
        return "where each event starts, and the last one ends"
    if parsed.target:
        return f"{name.replace('_', ' ')}: positions on the axis {parsed.target}"
    return f"{name.replace('_', ' ')} of each of the {first.name or first}"


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
