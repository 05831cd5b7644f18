"""What kind of value an argument of a Keras layer takes: what its default, its name and its docstring say of it."""

from __future__ import annotations

import ast
import math
import re
from collections.abc import Iterator
from typing import Any

from registry.contract.failures import received
from registry.contract.keras_modules import Defined, bases, method

_MISSING = object()

LISTS_BY_FEATURE = ("scale", "offset", "mask_value", "mean", "variance")
"""Numbers for which a list, one for each feature, is taken too."""

_SIZES = ("axis", "axes", "pool_size", "strides", "kernel_size", "dilation_rate")
"""Whole numbers, one for each axis or one for all."""

_FRACTIONS = ("rate", "dropout", "recurrent_dropout")
"""Probabilities."""

_DOCUMENTED = (
    (r"(An? )?([Bb]oolean|bool)\b", "bool"),
    (r"(An? )?((Optional|[Pp]ositive|Python|single unsigned) )*([Ii]nteger|[Ii]nt)\b(?! tuple| tensor)", "int"),
    (r"(Optional )?([Ff]loat)\b", "float"),
    (r"(A )?[Ss]tring\b", "str"),
    (r"Tuple of integers", "integers"),
)
"""Beginnings of what a docstring says of an argument, and the kind they stand for."""

_SEVERAL = re.compile(r"\b([Tt]uple|[Ll]ist|array_like|callable|dictionary)\b")
"""Words of a description that allow more than its first one."""

_EXPECTED = {
    "bool": "true or false",
    "int": "a whole number",
    "float": "a number",
    "str": "a text",
    "sizes": "a whole number, or a list of them",
    "integers": "a list of whole numbers",
}


def wrong_type(kind: Defined, argument: str, value: Any) -> str:
    """Return what was expected of an argument of a layer, and what was received; nothing if the value may be right."""
    if any(isinstance(item, float) and not math.isfinite(item) for item in _flat(value)):
        return f"expected finite numbers, received {received(value)}"
    if argument == "weights":
        return f"expected nothing: arrays stand in no graph, received {received(value)}"
    default, words = _default(kind, argument), _documented(kind, argument)
    expected = _kind(argument, default, words)
    if expected == "sizes" and ".layers." not in kind.module:
        # Initializers, regularizers and constraints have numbers, also where the default is a whole one.
        expected = "float"
    if not expected or (value is None and (default is None or "None" in words)):
        return ""
    several = argument in LISTS_BY_FEATURE or ".preprocessing." in kind.module
    if not _fits(expected, value, several):
        return _said(expected, value)
    if not isinstance(value, int | float):
        return ""
    if argument == "units" and value < 1:
        return f"expected a number of features, 1 or more, received {value!r}"
    fraction = argument in _FRACTIONS or "between 0 and 1" in words
    if fraction and not 0 <= value <= 1:
        return f"expected a number from 0 to 1, received {value!r}"
    if re.search(r"[Ff]loat >= 0", words) and value < 0:
        return f"expected a number, 0 or more, received {value!r}"
    return ""


def _said(expected: str, value: Any) -> str:
    return f"expected {_EXPECTED[expected]}, received {received(value)}"


def _kind(argument: str, default: Any, words: str) -> str:
    """Return the kind of value, as a key of _EXPECTED; nothing where anything may be meant."""
    if isinstance(default, bool) or argument.startswith(("use_bias", "return_")):
        return "bool"
    if argument in _FRACTIONS or isinstance(default, float):
        return "float"
    documented = next((kind for start, kind in _DOCUMENTED if re.match(start, words)), "")
    if argument == "seed":
        return "int"
    if documented == "int" or (type(default) is int and not documented):
        several = _SEVERAL.search(words) or argument in _SIZES or type(default) is int
        return "sizes" if several else "int"
    if documented == "str" and _SEVERAL.search(words):
        return ""
    return "integers" if argument == "target_shape" else documented


def _fits(expected: str, value: Any, several: bool) -> bool:
    whole = type(value) is int
    many = isinstance(value, list | tuple) and all(type(item) is int for item in _flat(value))
    numbers = isinstance(value, list | tuple) and all(type(item) in (int, float) for item in _flat(value))
    return {
        "bool": isinstance(value, bool),
        "int": whole,
        "float": type(value) in (int, float) or (several and numbers),
        "str": isinstance(value, str),
        "sizes": whole or many,
        "integers": many,
    }[expected]


def _flat(value: Any) -> Iterator[Any]:
    if isinstance(value, list | tuple):
        for item in value:
            yield from _flat(item)
    elif isinstance(value, dict):
        yield from _flat(list(value.values()))
    else:
        yield value


def _default(kind: Defined, argument: str) -> Any:
    """Return the default of an argument; _MISSING if it has none that is a constant."""
    for home in bases(kind):
        found = method(home, "__init__")
        if found is None:
            continue
        spec = found[0].args
        names = [item.arg for item in spec.args]
        defaults = dict(zip(names[len(names) - len(spec.defaults) :], spec.defaults, strict=True))
        defaults |= {item.arg: value for item, value in zip(spec.kwonlyargs, spec.kw_defaults, strict=True) if value}
        if argument in defaults:
            try:
                return ast.literal_eval(defaults[argument])
            except ValueError:
                return _MISSING
        if argument in names:
            return _MISSING
    return _MISSING


def _documented(kind: Defined, argument: str) -> str:
    """Return the first sentence that the docstring of a layer, or of its base, says of an argument."""
    for home in bases(kind):
        text = ast.get_docstring(home.node) if isinstance(home.node, ast.ClassDef) else ""
        found = re.search(rf"^    {re.escape(argument)}: (.*?)(?=\.\s|\.$|\n    \w+:|\n\n|\Z)", text or "", re.S | re.M)
        if found:
            return re.sub(r"\s+", " ", found[1])
    return ""
