"""Reads plain YAML scalars strictly: what YAML versions read differently is an error, not a guess."""

from __future__ import annotations

import math
import re

from registry.language.value import Scalar

_NULL = {"", "~", "null", "Null", "NULL"}
_TRUE, _FALSE = {"true", "True", "TRUE"}, {"false", "False", "FALSE"}
_DOUBTFUL_BOOL = {"yes", "no", "on", "off"}
_PYTHON = {
    "None": "null",
    **dict.fromkeys(("nan", "NaN"), ".nan"),
    **dict.fromkeys(("inf", "+inf", "Inf", "Infinity", "infinity"), ".inf"),
    **dict.fromkeys(("-inf", "-Inf", "-Infinity"), "-.inf"),
}
"""What Python takes for nothing or a number, and how YAML writes it."""
_INTEGER = re.compile(r"[-+]?(0|[1-9][0-9]*)$")
_HEXADECIMAL = re.compile(r"[-+]?0x[0-9a-fA-F]+$")
_OCTAL = re.compile(r"[-+]?0o?[0-7]+$")
_FLOAT = re.compile(r"[-+]?([0-9]+\.[0-9]*|\.[0-9]+)([eE][-+][0-9]+)?$")
_SPECIAL = re.compile(r"([-+]?)\.(inf|Inf|INF)$|\.(nan|NaN|NAN)$")
_NUMBER_AS_TEXT = re.compile(r"[-+]?(?:[0-9][0-9_]*\.?[0-9_]*|\.[0-9][0-9_]*)([eE][-+]?[0-9]+)?$")
_BINARY = re.compile(r"[-+]?0b[01_]+$")
_SEXAGESIMAL = re.compile(r"[-+]?[0-9][0-9_]*(:[0-5]?[0-9])+(\.[0-9_]*)?$")

LONGEST = 100
"""A number of more characters than this is a mistake."""


class DoubtfulScalar(Exception):
    """A plain scalar that readers of YAML understand differently; carries what was `meant`, and what to write."""

    def __init__(self, message: str, hint: str, meant: Scalar) -> None:
        super().__init__(message)
        self.message, self.hint, self.meant = message, hint, meant


def read_scalar(text: str) -> Scalar:
    """Return the value of a plain (unquoted) scalar; raise DoubtfulScalar where its meaning is in doubt."""
    if text in _NULL:
        return None
    if text in _TRUE or text in _FALSE:
        return text in _TRUE
    if text.lower() in _DOUBTFUL_BOOL:
        meant = "true" if text.lower() in ("yes", "on") else "false"
        raise DoubtfulScalar(
            f"{text!r} is text to some readers of YAML and {meant} to others", _either(meant, text), meant == "true"
        )
    if text in _PYTHON:
        raise DoubtfulScalar(f"{text!r} is text in YAML", _either(_PYTHON[text], text), text)
    number = _read_number(text)
    return text if number is None else number


def _read_number(text: str) -> int | float | None:
    if len(text) > LONGEST:
        if text.strip("+-_.eE0123456789"):
            return None
        raise DoubtfulScalar(f"a number of {len(text)} characters", "shorten it, or put it in quotes for text", 0)
    if _INTEGER.match(text):
        return int(text)
    if _HEXADECIMAL.match(text):
        return int(text, 16)
    if _FLOAT.match(text):
        return _float(text)
    if match := _SPECIAL.match(text):
        return float("nan") if match[3] else float(f"{match[1]}inf")
    if _OCTAL.match(text):
        value = int(text.replace("o", ""), 8)
        raise DoubtfulScalar(f"{text!r} is octal to some readers of YAML", _either(f"{value}", text), value)
    if _BINARY.match(text):
        value = int(text.replace("_", ""), 2)
        raise DoubtfulScalar(f"{text!r} is binary to some readers of YAML", _either(f"{value}", text), value)
    if _NUMBER_AS_TEXT.match(text):
        number = with_point(text)
        raise DoubtfulScalar(f"YAML reads {text!r} as text, not as a number", _either(number, text), _number(number))
    if _SEXAGESIMAL.match(text):
        raise DoubtfulScalar(
            f"{text!r} is a number in base 60 to some readers of YAML", f"write '{text}' for text", text
        )
    return None


def _float(text: str) -> float:
    number = float(text)
    if math.isinf(number):
        raise DoubtfulScalar(f"{text!r} is too large for a number of 64 bits", _either(".inf", text), 0.0)
    if not number and text.lower().partition("e")[0].strip("+-.0"):
        raise DoubtfulScalar(f"{text!r} is too small for a number of 64 bits", _either("0.0", text), 0.0)
    return number


def with_point(text: str) -> str:
    """Return a number in the form every reader of YAML takes for one: `1e-4` becomes `1.0e-4`."""
    mantissa, exponent, power = text.replace("_", "").lower().partition("e")
    if not exponent:
        return mantissa
    if "." not in mantissa:
        mantissa += ".0"
    return f"{mantissa}e{power if power[0] in '+-' else '+' + power}"


def _number(text: str) -> int | float:
    return float(text) if "." in text else int(text)


def _either(meant: str, text: str) -> str:
    return f"write {meant}, or '{text}' for text"
