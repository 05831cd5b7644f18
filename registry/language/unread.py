"""Finds what a graph file says and nothing reads: keys of a loop's entries, loop variables, `defaults`, `with`."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping

from registry.contract.errors import Origin, Problems
from registry.contract.records import record
from registry.contract.spelling import nearest_word
from registry.language.graph import Default
from registry.language.scope import Loop
from registry.language.unused import EngineKeys, Known
from registry.language.value import SURELY, Value


@record
class LoopEntries:
    """The entries that a loop goes over, and the names its nodes read them by ("" for none).

    `literal`: they were written in the loop itself; those that stand among the options are looked after there.
    """

    loop: Loop
    items: list[Value]
    literal: bool
    variable: Value | None
    index: Value | None
    carried: Mapping[str, Origin]
    """The values that `carry` brings in, and where each was named."""

    def report(self, known: Known, problems: Problems) -> None:
        """Report keys of literal entries, and loop variables, that nothing in the loop reads.

        The variables only where nothing is wrong: what is may have been meant to read them.
        """
        if self.literal and not self._report_keys(known, problems) and self.variable and not problems.errors:
            self._report_variable(self.variable, self.items, known, problems)
        if self.index and not problems.errors:
            counted = [
                value for scope in self.loop.passes for name, value in scope.variables if name == self.index.data
            ]
            self._report_variable(self.index, counted, known, problems)
        if not problems.errors:
            self._report_carried(problems)

    def _report_carried(self, problems: Problems) -> None:
        for name, place in self.carried.items():
            if not any(name in scope.used for scope in self.loop.passes):
                message = f"nothing in the loop takes {name!r}, which `carry` brings in"
                problems.warning(message, place, self.loop.path, f"wire a node of the loop to {name}, or remove it")

    def _report_keys(self, known: Known, problems: Problems) -> bool:
        reported = False
        for item in self.items:
            for path, value, parent in _unread(item, known.read, ()):
                if any(path[-1] in text for text in known.failed):
                    continue
                reported = True
                name = ".".join(path)
                hint = "give the loop `as: entry`, and write ${entry." + name + "} in it"
                if self.variable:
                    hint = "remove it, or use it in the loop as ${" + f"{self.variable.data}.{name}" + "}"
                place = parent.keys.get(path[-1], value.origin)
                problems.error_anywhere(
                    f"key {name!r} of the loop's entries is read by nothing", place, self.loop.path, hint
                )
        return reported

    def _report_variable(self, written: Value, values: Iterable[Value], known: Known, problems: Problems) -> None:
        name = str(written.data)
        if any(_is_read(value, known.read) for value in values):
            return
        message = f"the loop variable {name!r} is read by nothing"
        problems.warning(message, written.origin, self.loop.path, "write ${" + name + "} in the loop, or remove it")


def is_used(default: Default, uses: Collection[str]) -> bool:
    """Say whether a node uses the block of an entry of `defaults`, be it one that is switched off or misspells it."""
    return any("${" in use for use in uses) or bool(nearest_word(default.block, uses, SURELY))


def report_engine_options(
    given: Value, read: Collection[int], engine: EngineKeys, node: str, problems: Problems
) -> None:
    """Report options in the `with` of an included graph that only the engine reads: it takes the outer graph's."""
    for name, section in given.mapping.items():
        keys = engine.get(name, ())
        if keys is None:
            parts = {} if _is_read(section, read) else {name: given.keys[name]}
        elif isinstance(section.data, dict):
            own = [key for key in keys if key in section.data and not _is_read(section.data[key], read)]
            parts = {f"{name}.{key}": section.keys[key] for key in own}
        else:
            parts = {}
        for option, place in parts.items():
            message = f"option {option!r} has no effect on an included graph"
            problems.error(message, place, node, "the engine takes it from the options of the graph that is trained")


def texts(value: Value) -> Iterator[str]:
    """Yield every text in a value."""
    if isinstance(value.data, str):
        yield value.data
    for _, inner in value.items():
        yield from texts(inner)


def _unread(
    value: Value, read: Collection[int], path: tuple[str, ...]
) -> Iterator[tuple[tuple[str, ...], Value, Value]]:
    """Yield the path, the value and the mapping around it of every key in a value that nothing has read."""
    for key, item in value.items():
        if id(item) in read:
            continue
        inside = (*path, key)
        if _is_read(item, read) or not isinstance(value.data, dict):
            yield from _unread(item, read, inside)
        else:
            yield inside, item, value


def _is_read(value: Value, read: Collection[int]) -> bool:
    return id(value) in read or any(_is_read(item, read) for _, item in value.items())
