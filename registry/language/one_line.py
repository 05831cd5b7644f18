"""Writes plain values as YAML in one line, as `--set` takes them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any


def one_line(value: Any) -> str:
    """Return a value as YAML in one line: JSON, but for the numbers that JSON writes without a point."""
    if isinstance(value, float):
        return _float(value)
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{json.dumps(str(key))}: {one_line(item)}" for key, item in value.items()) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(map(one_line, value)) + "]"
    if hasattr(value, "tolist"):  # a number or an array of NumPy
        return one_line(value.tolist())
    return json.dumps(value if isinstance(value, (str, int, type(None))) else str(value), ensure_ascii=False)


def _float(value: float) -> str:
    """Return a number with a point: YAML 1.1 takes `1e-05` for a text."""
    text = repr(value)
    if text in ("inf", "-inf", "nan"):
        return text.replace("inf", ".inf").replace("nan", ".nan")
    number, exponent, power = text.partition("e")
    return (number if "." in number else f"{number}.0") + exponent + power
