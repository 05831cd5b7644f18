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
from registry.contract.remembered import remembered
from registry.language.files import built_in_folder, read_text
from registry.language.value import Value
from registry.language.yaml_reader import read_yaml

SECTION = "Dialect"


@record
class Dialect:
    """The way another program writes its options, and what it takes for those that are left out."""

    name: str
    defaults: Value


@record
class Taken:
    """A dialect that a file of options was written in, and the warning that says so."""

    dialect: Dialect
    told: Problem


def dialect_of(layer: Value, problems: Problems) -> Dialect | None:
    """Return the dialect a file of options is written in, if it is any but this tool's own."""
    files = [str(file) for file in (built_in_folder("configs") / "dialects").glob("*.yaml")]
    # Few files of options are written in one: the defaults of those that are not meant need not be read.
    marks = remembered("marks of dialects", files, lambda: _marks_of(sorted(files)))
    return next((_dialect(file, problems) for file, marked in marks.items() if _has_marks(layer, marked)), None)


def _marks_of(files: Sequence[str]) -> dict[str, Any]:
    """Return what the section `Dialect` of every file says; raises InputError for one that cannot be read."""
    problems = Problems()
    read = {file: _read(file, problems) for file in files}
    problems.raise_if_any()
    return {file: value.mapping[SECTION].plain() for file, value in read.items() if value}


def _has_marks(layer: Value, marks: Mapping[str, Any]) -> bool:
    """Say whether a file of options has the keys by which those of a dialect are known."""
    return all(_find(layer, key.split(".")) for key in marks["has"]) and not any(
        _find(layer, key.split(".")) for key in marks.get("has_not", ())
    )


def _dialect(file: str, problems: Problems) -> Dialect | None:
    value = _read(file, problems)
    if value is None:
        return None
    sections = dict(value.mapping)
    name = str(sections.pop(SECTION).mapping["name"].data)
    return Dialect(name, Value(sections, value.origin, value.keys))


def _read(file: str, problems: Problems) -> Value | None:
    text = read_text(Path(file), None, problems)
    return None if text is None else read_yaml(text, file, problems)


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
