"""Lays configurations over each other: files in their order, single settings (`--set a.b=c`) on top."""

from __future__ import annotations

import re

from registry.contract.errors import Origin, Problems
from registry.language.value import Value, value_of
from registry.language.yaml_reader import read_yaml

_STEP = re.compile(r"([^.\[\]\s]+)|\[(\d+|\*)\]")
_PATH = re.compile(r"[^.\[\]\s]+(\.[^.\[\]\s]+|\[(\d+|\*)\])*\Z")

EVERY = "*"
"""The step of a setting that stands for every entry of a list: `Architecture.gravnet[*].n`."""


def merge(base: Value, over: Value) -> Value:
    """Return `over` laid over `base`: mappings key by key, all else replaced; an empty section changes nothing."""
    if not isinstance(base.data, dict):
        return over
    if over.data is None:
        return base
    if not isinstance(over.data, dict):
        return over
    merged = dict(base.data)
    for key, value in over.data.items():
        merged[key] = merge(merged[key], value) if key in merged else value
    return Value(merged, over.origin, {**base.keys, **over.keys})


def apply_setting(config: Value, setting: str, problems: Problems) -> Value:
    """Return `config` with one setting `a.b=c` (or `Training.0.epochs=3`) laid over it; faults are reported."""
    origin = Origin(f"--set {setting}")
    path, equals, text = setting.partition("=")
    if not equals or not _PATH.match(path.strip()):
        problems.error("expected KEY.SUB=VALUE", origin, hint="for example --set Training.0.epochs=3")
        return config
    steps = steps_of(path)
    value = _read_setting(text, origin, problems)
    return config if value is None else _put(config, steps, value, origin, problems)


def steps_of(path: str) -> list[str]:
    """Return the steps of the path of a setting: keys, numbers of entries, EVERY."""
    return [name or index for name, index in _STEP.findall(path.strip())]


def _read_setting(text: str, origin: Origin, problems: Problems) -> Value | None:
    if not text.strip():
        return Value(None, origin)
    inner = Problems()
    value = read_yaml(text, origin.file, inner)
    for problem in inner:
        problems.error(problem.message, origin, hint=problem.hint)
    # A place inside an argument says nothing.
    return None if value is None or inner.errors else value_of(value.plain(), origin)


def _put(value: Value, steps: list[str], new: Value, origin: Origin, problems: Problems) -> Value:
    if not steps:
        return merge(value, new) if isinstance(new.data, dict) else new
    step, rest = steps[0], steps[1:]
    if isinstance(value.data, list):
        if step == EVERY:
            return Value([_put(item, rest, new, origin, problems) for item in value.data], value.origin)
        if not step.isdigit() or int(step) >= len(value.data):
            message = f"expected the number of an entry, 0 to {len(value.data) - 1}, or {EVERY}, received {step!r}"
            message = message if value.data else f"the list is empty: it has no entry {step!r}"
            problems.error(message, origin)
            return value
        items = list(value.data)
        items[int(step)] = _put(items[int(step)], rest, new, origin, problems)
        return Value(items, value.origin)
    if value.data is not None and not isinstance(value.data, dict):
        problems.error(f"{step!r} cannot be set inside {value.plain()!r}", origin)
        return value
    entries = dict(value.data or {})
    entries[step] = _put(entries.get(step, Value(None, origin)), rest, new, origin, problems)
    return Value(entries, value.origin, {**value.keys, step: origin})
