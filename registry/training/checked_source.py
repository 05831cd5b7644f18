"""A loader's source, asked only through what holds its answers to the contract of `registry.contract.data.Source`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cached_property
from inspect import signature
from typing import Any, NoReturn, TypeVar

import numpy as np

from registry.contract.axes import TensorType
from registry.contract.data import Columns, DataError, Part, Source, original_ids, shuffled_events
from registry.contract.errors import InputError, Problem
from registry.contract.failures import PluginFault, call, class_place, function_place, wrong_result
from registry.loading.blocks import Registry
from registry.training.batch_hooks import handed_to_plugins
from registry.training.columns import as_array, checked_columns
from registry.wiring.checked_graph import CheckedNode

Result = TypeVar("Result")

METHODS = ("sizes", "read", "describe", "fingerprint")

_SIZES = "a list or an array of whole numbers: the hits of every event of the part, int64 [events]"


class CheckedSource:
    """The events of a loader. Every method raises InputError, at the place of the fault, for a wrong answer.

    `source`: what the loader's `open` returned; a mistake in it is its author's, data that cannot be used (DataError)
    are shown at the loader's parameter. `registry`: the plugins that see, and in training epochs may change, what is
    read; none unless a training reads.
    """

    def __init__(self, source: Source, loader: CheckedNode, registry: Registry | None = None) -> None:
        self.source, self._loader, self._registry = source, loader, registry
        self._sizes: dict[Part, np.ndarray] = {}
        missing = [name for name in METHODS if not callable(getattr(source, name, None))]
        if missing or isinstance(source, type):
            opened = loader.block.open  # type: ignore[attr-defined]
            lacking = f"; it has no {', '.join(missing)}" if missing else ", made from the class"
            expected = f"a source with the methods {', '.join(METHODS)}{lacking}"
            self._fail(wrong_result(self._subject, opened, "open()", source, expected))

    @classmethod
    def opened(
        cls, loader: CheckedNode, open_: Callable[[], Source], registry: Registry | None = None
    ) -> CheckedSource:
        """Return the source that a function of the loader's block opens; raises InputError if it fails."""
        with_methods = f"a source with the methods {', '.join(METHODS)}"
        return cls(asked(loader, "open()", open_, with_methods), loader, registry)

    @property
    def types(self) -> Mapping[str, TensorType]:
        """What the loader hands out, by port."""
        return self._loader.types

    def sizes(self, part: Part) -> np.ndarray:
        """Return the number of hits of every event of a part, int64 [events]."""
        if part not in self._sizes:
            what = f"sizes({part!r})"
            given = asked(self._loader, what, lambda: self.source.sizes(part), _SIZES)
            self._sizes[part] = self._checked_sizes(given, what)
        return self._sizes[part]

    @property
    def members(self) -> Callable[[Part], np.ndarray] | None:
        """What says by numbers which events a part has (see `Source`); None for a source that does not."""
        return getattr(self.source, "members", None)

    def _checked_sizes(self, given: Any, what: str) -> np.ndarray:
        try:
            sizes = as_array("sizes", given)
        except DataError:
            sizes = np.zeros((), dtype=object)
        if sizes.ndim != 1 or (len(sizes) and sizes.dtype.kind not in "iu"):
            self._fail(wrong_result(self._subject, self.source.sizes, what, given, _SIZES))
        wrong = np.flatnonzero((sizes < 0) | (sizes > np.iinfo(np.int32).max))
        if len(wrong):
            message = f"{self._subject}: {what} returned {sizes[wrong[0]]} hits for event {wrong[0]}"
            expected = f"expected 0 to {np.iinfo(np.int32).max} hits in an event"
            self._fail(PluginFault(Problem(message, function_place(self.source.sizes), hint=expected)))
        return sizes.astype(np.int64)

    def read(self, part: Part, events: np.ndarray, epoch: int | None) -> Columns:
        """Return the columns of the given events by port, each of the shape and dtype that the loader declares."""
        what = f"read({part!r}, ...)"
        expected = f"a dict of arrays by output: {', '.join(self._loader.types)}"
        given = asked(self._loader, what, lambda: self.source.read(part, events, epoch), expected)
        if not isinstance(given, Mapping):
            self._fail(wrong_result(self._subject, self.source.read, what, given, expected))
        missing = [name for name in self._loader.types if name not in given]
        if missing:
            names = ", ".join(map(repr, missing))
            hint = f"it returned: {', '.join(map(str, given)) or 'nothing'}; the loader's `outputs` declare the others"
            self._fail_reading(f"{what} returned no column {names}", hint)
        sizes = self.sizes(part)[np.asarray(events)]
        splits = np.concatenate([[0], np.cumsum(sizes)])

        def where(row: int) -> str:
            event = int(np.searchsorted(splits, row, side="right")) - 1
            name = f" of {self.describe(part, int(events[event]))}" if 0 <= event < len(events) else ""
            return f"row {row - int(splits[event])}{name}"

        try:
            columns = checked_columns(given, self._loader.types, sizes, where, fewer=epoch is not None)
        except DataError as error:
            hint = f"{error.hint}\n" if error.hint else ""
            self._fail_reading(f"{what} returned wrong columns: {error.message}", f"{hint}expected {self._declared}")
        if self._registry is None or not self._registry.hook.batch_read.get_hookimpls():
            return columns
        try:
            return handed_to_plugins(self._registry, part, epoch, columns, self._loader.types, sizes)
        except PluginFault as fault:
            raise InputError([fault.problem]) from fault

    def original(self, part: Part, events: np.ndarray) -> Columns:
        """Return the ids of the given events as their files have them (see `original_ids`)."""
        expected = "a dict of arrays by output"
        return asked(
            self._loader, f"original({part!r}, ...)", lambda: original_ids(self.source, part, events), expected
        )

    def shuffled(self, part: Part, random: np.random.Generator) -> np.ndarray:
        """Return the events of a part in the order in which an epoch of training takes them, int64 [events]."""
        what, n_events = f"shuffled({part!r}, ...)", len(self.sizes(part))
        expected = f"the {n_events} events of the part, each once, int64 [events]"
        own = getattr(self.source, "shuffled", None)
        if own is None:
            return shuffled_events(self.source, part, random)
        given = asked(self._loader, what, lambda: np.asarray(own(part, random)), expected)
        if given.dtype.kind not in "iu" or not np.array_equal(np.sort(given), np.arange(n_events)):
            self._fail(wrong_result(self._subject, own, what, given, expected))
        return given.astype(np.int64)

    def describe(self, part: Part, event: int) -> str:
        """Return a name for one event that its user can find again."""
        return self._text(f"describe({part!r}, {event})", lambda: self.source.describe(part, event), "describe")

    def fingerprint(self, verify: bool = False) -> str:
        """Return a hash of what the data are; `verify`: of files as a whole, from a source that can do that."""
        own: Callable[..., str] = self.source.fingerprint
        whole = verify and "verify" in signature(own).parameters
        return self._text("fingerprint()", lambda: own(verify=True) if whole else own(), "fingerprint")

    @property
    def doubts(self) -> tuple[str, ...]:
        """What the source finds doubtful about its events."""
        return tuple(map(str, getattr(self.source, "doubts", ())))

    @property
    def notes(self) -> tuple[str, ...]:
        """What the source says of its events, such as how many its filters removed."""
        return tuple(map(str, getattr(self.source, "notes", ())))

    @property
    def counts(self) -> dict[str, int]:
        """How many events and files the source left out because they cannot be used, by what is counted."""
        return dict(getattr(self.source, "counts", {}))

    def _text(self, what: str, ask: Callable[[], str], method: str) -> str:
        text = asked(self._loader, what, ask, "a text")
        if not isinstance(text, str):
            self._fail(wrong_result(self._subject, getattr(self.source, method), what, text, "a text"))
        return text

    @cached_property
    def _declared(self) -> str:
        return ", ".join(f"{name} {type_}" for name, type_ in self._loader.types.items())

    @cached_property
    def _subject(self) -> str:
        return subject(self._loader)

    def _fail_reading(self, message: str, hint: str) -> NoReturn:
        place = function_place(self.source.read)
        self._fail(PluginFault(Problem(f"{self._subject}: {message}", place, hint=hint)))

    def _fail(self, fault: PluginFault) -> NoReturn:
        raise input_error(self._loader, fault) from None


def asked(loader: CheckedNode, what: str, ask: Callable[[], Result], expected: str) -> Result:
    """Return what a method of a loader or of its source returns; raises InputError if it fails."""
    try:
        return call(subject(loader), what, ask, expected, (DataError,))
    except DataError as error:
        raise InputError([data_problem(loader, error)]) from error
    except PluginFault as fault:
        raise input_error(loader, fault) from fault


def data_problem(loader: CheckedNode, error: DataError) -> Problem:
    """Return what is wrong with the data, at the loader's parameter that it comes from."""
    path = error.parameter.split(".") if error.parameter else []
    origin = loader.written.params.nearest([int(step) if step.isdigit() else step for step in path]).origin
    return Problem(error.message, origin, loader.written.path, error.hint)


def subject(loader: CheckedNode) -> str:
    """Return what messages call the loader's block."""
    return f"loader {loader.block.name!r}"


def input_error(loader: CheckedNode, fault: PluginFault) -> InputError:
    """Return the error of a fault in a loader's code: where it is written, and which node uses it."""
    problem, node = fault.problem, loader.written
    place = problem.origin or class_place(type(loader.block))
    origin = place.used_at(node.origin) if place else node.origin
    return InputError([Problem(problem.message, origin, node.path, problem.hint)])
