"""Reads what a sweep varies: `--over PATH=VALUES`, and the section `over` of a file."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from typing import Any

from registry.contract.errors import Origin, Problems
from registry.contract.spelling import did_you_mean
from registry.language.scalars import with_point
from registry.language.value import Value, value_of
from registry.language.yaml_reader import read_yaml
from registry.sweeping.axes import Axis, Choices, Range, kept_as, shown

EXAMPLE = "such as --over Training[0].learning_rate=1e-4..1e-2:log or --over General.normalization=none,batch"

_NUMBER = r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?"
_WITH_POWER = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)[eE][-+]?\d+\Z")
_RANGE = re.compile(rf"\s*({_NUMBER})\s*\.\.\s*({_NUMBER})\s*((?::[^:]*)*)\Z")
_LOOKS_LIKE_A_RANGE = re.compile(r"\s*[^\s\[\]{}\"']*\.\.[^/\s]*\Z")
_ENDS = {"[": "]", "{": "}", "(": ")"}

LOG, INT = "log", "int"
"""What may stand behind a range, beside a step."""

KEYS = ("low", "high", LOG, INT, "step")
"""What a range in a file may say."""


def typed_axes(typed: list[str], problems: Problems) -> list[Axis]:
    """Return what `--over PATH=VALUES` names, each once; faults are reported."""
    found: dict[str, Axis] = {}
    for item in typed:
        origin = Origin(f"--over {item}")
        path, equals, text = item.partition("=")
        path = path.strip()
        if not equals or not path:
            problems.error(f"expected PATH=VALUES, received {item!r}", origin, hint=EXAMPLE)
        elif path in found:
            problems.error(f"{path} is given twice", origin, hint="all its values in one --over, with commas")
        elif axis := axis_of_text(path, text, origin, problems):
            found[path] = axis
    return list(found.values())


def written_axes(over: Mapping[str, Value], problems: Problems) -> list[Axis]:
    """Return what the section `over` of a file names: lists, ranges as texts or as mappings; faults are reported."""
    made = (_of_value(path, value, problems) for path, value in over.items())
    return [axis for axis in made if axis]


def _of_value(path: str, value: Value, problems: Problems) -> Axis | None:
    if isinstance(value.data, list):
        return _choices(path, value.origin, [item.plain() for item in value.data], problems)
    if isinstance(value.data, dict):
        return _of_mapping(path, value, problems)
    if isinstance(value.data, str):
        return axis_of_text(path, value.data, value.origin, problems)
    return _choices(path, value.origin, [value.data], problems)


def _of_mapping(path: str, value: Value, problems: Problems) -> Axis | None:
    given = value.plain()
    unknown = [key for key in given if key not in KEYS]
    for key in unknown:
        hint = did_you_mean(key, KEYS) or f"a range has: {', '.join(KEYS)}; several mappings stand in a list"
        problems.error(f"{path}: unknown key {key!r} of a range", value.keys[key], hint=hint)
    for key in ("low", "high", "step"):
        number = given.get(key)
        if key == "step" and number is None:
            continue
        if isinstance(number, bool) or not isinstance(number, (int, float)):
            received = value.mapping[key].received() if key in value.mapping else "nothing"
            problems.error(f"{path}: {key}: expected a number, received {received}", value.nearest([key]).origin)
            unknown.append(key)
    if unknown:
        return None
    flags = bool(given.get(LOG)), bool(given.get(INT))
    return _range(path, value.origin, given["low"], given["high"], *flags, given.get("step"), problems)


def axis_of_text(path: str, text: str, origin: Origin, problems: Problems) -> Axis | None:
    """Return the values in `16,32,64`, `[64, 32],[32]`, `relu,elu`, or `1e-4..1e-2:log`; None if reported."""
    if match := _RANGE.match(text):
        return _of_range(path, match, origin, problems)
    if _LOOKS_LIKE_A_RANGE.match(text) and "," not in text:
        problems.error(f"expected a range LOW..HIGH of numbers, received {text!r}", origin, hint=EXAMPLE)
        return None
    values = []
    for piece in _pieces(text):
        found = _read(piece, origin, problems)
        if found is None:
            return None
        values.append(found.plain())
    return _choices(path, origin, values, problems)


def _of_range(path: str, match: re.Match[str], origin: Origin, problems: Problems) -> Axis | None:
    low, high, rest = match[1], match[2], match[3]
    log = whole = False
    step: float | None = None
    for word in (part.strip() for part in rest.split(":")[1:]):
        if word == LOG:
            log = True
        elif word == INT:
            whole = True
        elif re.fullmatch(_NUMBER, word):
            step = float(word)
        else:
            hint = did_you_mean(word, (LOG, INT)) or f":{LOG}, :{INT}, or a step, such as 0..1:0.25"
            problems.error(f"unknown word {word!r} behind the range {low}..{high}", origin, hint=hint)
            return None
    return _range(path, origin, float(low), float(high), log, whole, step, problems)


def _range(
    path: str,
    origin: Origin,
    low: float,
    high: float,
    log: bool,
    whole: bool,
    step: float | None,
    problems: Problems,
) -> Range | None:
    text = f"{low:g}..{high:g}"
    fault = ""
    if not (math.isfinite(low) and math.isfinite(high)):
        fault = f"expected two numbers that are finite, received {text}"
    elif not low < high:
        fault = f"expected a range whose first number is the smaller one, received {text}"
    elif log and low <= 0:
        fault = f"expected numbers above 0 of a range on a logarithmic scale, received {text}"
    elif step is not None and not 0 < step <= high - low:
        fault = f"expected a step above 0 that fits into {text}, received {step:g}"
    elif step is not None and log:
        fault = f"expected a step or :log, received both: {text}:log:{step:g}"
    elif whole and any(number != int(number) for number in (low, high, step or 1)):
        fault = f"expected whole numbers of a range with :int, received {text}{'' if step is None else f':{step:g}'}"
    if fault:
        problems.error(f"{path}: {fault}", origin)
        return None
    return Range(path, origin, low, high, log, whole, step)


def _choices(path: str, origin: Origin, values: list[Any], problems: Problems) -> Choices | None:
    if not values:
        problems.error(f"{path}: expected values, received none", origin, hint=EXAMPLE)
        return None
    for number, value in enumerate(values):
        if any(kept_as(value) == kept_as(other) for other in values[:number]):
            problems.error(f"{path}: the value {shown(value)} is given twice", origin)
            return None
    return Choices(path, origin, tuple(values))


def _pieces(text: str) -> Iterator[str]:
    """Yield what stands between the commas that are outside brackets and quotes."""
    open_, quote, piece = [], "", ""
    for letter in text:
        if quote:
            quote = "" if letter == quote else quote
        elif letter in "\"'":
            quote = letter
        elif letter in _ENDS:
            open_.append(_ENDS[letter])
        elif open_ and letter == open_[-1]:
            open_.pop()
        elif letter == "," and not open_:
            yield piece
            piece = ""
            continue
        piece += letter
    yield piece


def _read(piece: str, origin: Origin, problems: Problems) -> Value | None:
    piece = piece.strip()
    if not piece:
        problems.error("a value is missing between commas", origin, hint="write null for no value, '' for no text")
        return None
    # In one number there is no doubt: `1e-4` is meant as YAML would have it written, 1.0e-4.
    text = with_point(piece) if _WITH_POWER.match(piece) else piece
    inner = Problems()
    value = read_yaml(text, origin.file, inner)
    for problem in inner:
        problems.error(problem.message, origin, hint=problem.hint)
    # A place inside an argument says nothing.
    return None if value is None or inner.errors else value_of(value.plain(), origin)
