"""What the functions of the interface take beside a graph, as the commands take it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

Settings = Mapping[str, Any] | Iterable[str] | str
"""Options by path, {"Architecture.gravnet[*].n": 32}, or as `--set` takes them, ["Architecture.gravnet[*].n=32"]."""

Paths = Iterable[str | Path] | str | Path
"""Files or modules; a text is a single one."""


def listed(given: Paths) -> list[str]:
    """Return files or modules as texts: a text or a path is one of them."""
    return [str(given)] if isinstance(given, (str, Path)) else [str(item) for item in given]


def settings(given: Settings) -> list[str]:
    """Return options as `--set` takes them, "path=value" with the value in YAML."""
    if not isinstance(given, Mapping):
        return listed(given)
    return [f"{path}={_yaml(value)}" for path, value in given.items()]


def _yaml(value: Any) -> str:
    """Return a value as YAML in one line: JSON, but for the numbers that JSON writes without a point."""
    if isinstance(value, float):
        return _float(value)
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{json.dumps(str(key))}: {_yaml(item)}" for key, item in value.items()) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(map(_yaml, value)) + "]"
    if hasattr(value, "tolist"):  # a number or an array of NumPy
        return _yaml(value.tolist())
    return json.dumps(value if isinstance(value, (str, int, type(None))) else str(value), ensure_ascii=False)


def _float(value: float) -> str:
    """Return a number with a point: YAML 1.1 takes `1e-05` for a text."""
    text = repr(value)
    if text in ("inf", "-inf", "nan"):
        return text.replace("inf", ".inf").replace("nan", ".nan")
    number, exponent, power = text.partition("e")
    return (number if "." in number else f"{number}.0") + exponent + power
