"""Finds what `${Section.key}` and `${loop_variable.key}` name, and remembers which options were read."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import field

from registry.contract.errors import Origin, Problems
from registry.contract.records import record
from registry.contract.spelling import nearest_word
from registry.language.value import Value

_PATH = re.compile(r"[A-Za-z_][\w'-]*(\.[\w'-]+|\[\d+\])*$")

Variables = tuple[tuple[str, Value], ...]
"""Loop variables, innermost last."""


@record
class Path:
    """The path inside a placeholder. Where another placeholder chose one of its steps (`${PreModels.${General.type}}`),
    `chosen_in` is what stands before that step, and `choice` the place the choice was written at."""

    text: str
    chosen_in: str = ""
    choice: Origin | None = None


@record(frozen=False)
class Lookup:
    """Looks paths up in a configuration; `read` collects the ids of the values found, `spared` those of what would be
    found if other options were chosen, or parts of the graph were not switched off.

    `incomplete`: some of the configuration could not be read (reported); what is missing may be there.
    """

    config: Value
    problems: Problems
    incomplete: bool = False
    read: set[int] = field(default_factory=set)
    spared: set[int] = field(default_factory=set)
    failed: list[str] = field(default_factory=list)
    """The placeholders that name nothing (reported): what they were meant to read is not unread."""

    def look_up(self, path: Path, origin: Origin, variables: Variables, node: str) -> Value | None:
        """Return what a path names; None if there is nothing (reported)."""
        if not is_path(path.text):
            hint = "write ${Section.key}, ${variable.key} or ${env:NAME}; $${ for a literal ${"
            self.problems.error(f"cannot read ${{{path.text}}}", origin, node, hint)
            self.failed.append(path.text)
            return None
        names = dict(variables)
        first, *rest = path.text.replace("]", "").replace("[", ".").split(".")
        value, done = names.get(first), [first]
        if value is None:
            value, rest, done = self.config, [first, *rest], []
        for step in rest:
            inner = _step(value, step)
            if inner is None:
                self._report_missing(path, step, done, value, names, origin, node)
                return None
            value, done = inner, [*done, step]
        return value

    def _report_missing(
        self, path: Path, step: str, done: list[str], value: Value, names: Iterable[str], origin: Origin, node: str
    ) -> None:
        self.failed.append(path.text)
        known = list(value.data) if isinstance(value.data, dict) else []
        near = nearest_word(step, known if done else [*known, *names])
        # What was meant may be any option beside it: none of them is called unread as well.
        if done:
            self.mark(value)
        elif isinstance(value.data, dict) and near in value.data:
            self.mark(value.data[near])
        if self.incomplete:
            return
        if path.choice and ".".join(done) == path.chosen_in:
            origin = path.choice
        where = f"in {'.'.join(done)!r}" if done else "in the configuration"
        every = [*known, *(() if done else names)] if known else []
        hint = _hint(value, near, ".".join(done) or "the configuration", every)
        message = f"${{{'.'.join([*done, step])}}} refers to nothing: there is no {step!r} {where}"
        self.problems.error_anywhere(message, origin, node, hint)

    def mark(self, value: Value) -> None:
        """Note that a value, and everything in it, was read."""
        self.read.add(id(value))
        if isinstance(value.data, dict):
            for item in value.data.values():
                self.mark(item)
        elif isinstance(value.data, list):
            for item in value.data:
                self.mark(item)


def _hint(value: Value, near: str, name: str, known: list[str]) -> str:
    """Return what to try where a step names nothing, and where it is written: often the fault is there."""
    if near:
        place = value.keys.get(near)
        return f"did you mean {near!r}" + (f", written at {place}?" if place else "?")
    if not known:
        return ""
    return f"{name}{f', written at {value.origin},' if value.origin.line else ''} has: {', '.join(known)}"


def is_path(text: str) -> bool:
    """Say whether a text can be a path of options, "Architecture.gravnet[0].n"."""
    return bool(_PATH.match(text))


def _step(value: Value, step: str) -> Value | None:
    if isinstance(value.data, dict):
        return value.data.get(step)
    if isinstance(value.data, list) and step.isdigit() and int(step) < len(value.data):
        return value.data[int(step)]
    return None
