"""Files of options that were written for another program: how they are recognised, and their defaults.

A dialect is a file of options in configs/dialects. Its section `Dialect` has a `name`, and says which sections and keys
a file has (`has`) that is written in it, and which it does not have (`has_not`). The other sections are the defaults.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from registry.contract.errors import Problem, Problems
from registry.contract.records import record
from registry.language.files import built_in_folder, read_text
from registry.language.value import Value
from registry.language.yaml_reader import read_yaml

SECTION = "Dialect"


@record
class Dialect:
    """The way another program writes its options, and what it takes for those that are left out."""

    name: str
    has: tuple[str, ...]
    has_not: tuple[str, ...]
    defaults: Value

    def wrote(self, layer: Value) -> bool:
        """Say whether a file of options is written in this dialect."""
        return all(_find(layer, key.split(".")) for key in self.has) and not any(
            _find(layer, key.split(".")) for key in self.has_not
        )


@record
class Taken:
    """A dialect that a file of options was written in, and the warning that says so."""

    dialect: Dialect
    told: Problem


def dialect_of(layer: Value, problems: Problems) -> Dialect | None:
    """Return the dialect a file of options is written in, if it is any but this tool's own."""
    return next((dialect for dialect in _dialects(problems) if dialect.wrote(layer)), None)


def _dialects(problems: Problems) -> Iterator[Dialect]:
    for file in sorted((built_in_folder("configs") / "dialects").glob("*.yaml")):
        text = read_text(Path(file), None, problems)
        value = None if text is None else read_yaml(text, str(file), problems)
        if value is None:
            continue
        sections = dict(value.mapping)
        marks: Mapping[str, Any] = sections.pop(SECTION).plain()
        defaults = Value(sections, value.origin, value.keys)
        yield Dialect(str(marks["name"]), tuple(marks["has"]), tuple(marks.get("has_not", ())), defaults)


def taken_from(dialect: Dialect, layer: Value, beneath: Value) -> Problem:
    """Return the warning that names every default of a dialect which a file takes in place of what lies beneath it."""
    taken = [text for path, value in _leaves(dialect.defaults, ()) if (text := _change(path, value, layer, beneath))]
    which = f": {', '.join(taken)}" if taken else "; it is the same here"
    message = f"this is a configuration of {dialect.name}: what it leaves out is what that program took{which}"
    hint = f"to choose another value, state the option; all defaults of {dialect.name}: {dialect.defaults.origin.file}"
    return Problem(message, layer.origin, hint=hint, severity="warning")


def _change(path: tuple[str, ...], value: Value, layer: Value, beneath: Value) -> str:
    """Return how a default changes what lies beneath, "Optimizer.epsilon 0.01 (not 1e-07)", or nothing.

    An option that is new among others has the default that its block declares: that is the program's own.
    """
    if _find(layer, path) is not None:
        return ""
    below = _find(beneath, path)
    if below is None:
        return "" if _find(beneath, path[:-1]) else f"{'.'.join(path)} {_shown(value)}"
    same = below.plain() == value.plain()
    return "" if same else f"{'.'.join(path)} {_shown(value)} (not {_shown(below)})"


def _find(value: Value, path: Sequence[str]) -> Value | None:
    """Return what stands under a path of keys, if anything."""
    for step in path:
        if not isinstance(value.data, dict) or step not in value.data:
            return None
        value = value.data[step]
    return value


def _leaves(value: Value, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Value]]:
    if isinstance(value.data, dict):
        for key, item in value.data.items():
            yield from _leaves(item, (*path, key))
    else:
        yield path, value


def _shown(value: Value) -> str:
    plain = value.plain()
    return f"'{plain}'" if plain == "" else str(plain).lower() if isinstance(plain, bool) else str(plain)
