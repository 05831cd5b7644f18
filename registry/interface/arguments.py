"""What the functions of the interface take beside a graph, as the commands take it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from registry.language.one_line import one_line

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
    return [f"{path}={one_line(value)}" for path, value in given.items()]
