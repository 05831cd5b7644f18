"""Lets the graph's monitors look at the network, outside the training step."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import TypeVar, get_args

import numpy as np

from registry.compiling.layers import attempt, place_of
from registry.compiling.model import Compiled
from registry.contract.data import Part
from registry.contract.errors import InputError, Problem
from registry.contract.failures import function_place, received
from registry.contract.monitor import Findings, Moment, Monitor, MonitorContext, NetworkView, Remembering
from registry.contract.monitor_block import MonitorBlock, finds
from registry.training.feeding import Feed
from registry.training.node_measures import gradients, outputs, weights
from registry.training.observing import Observing, refs_of, typical_event
from registry.wiring.checked_graph import CheckedNode

Result = TypeVar("Result")


class MonitorRunner:
    """All monitors of a graph, opened; `look` runs those that want the given moment.

    `watch`: nodes of monitors that look after each epoch even if they have `every: 0`.
    """

    def __init__(
        self, compiled: Compiled, feed: Feed, batch_size: int, folder: Path, watch: Container[str] = ()
    ) -> None:
        self._compiled, self._feed, self._batch_size, self._folder = compiled, feed, batch_size, folder
        self._watch = watch
        self._monitors: list[tuple[str, CheckedNode, Monitor]] = []
        self._failed: list[tuple[str, str]] = []
        """Monitors that have failed between two looks, and how."""
        for path, node in compiled.checked.nodes.items():
            if isinstance(node.block, MonitorBlock):
                self._monitors.append((path, node, _opened(path, node, node.block)))

    def data_keys(self) -> set[str]:
        """Return the loader columns that monitors need."""
        observed = (refs_of(node) for _, node, _ in self._monitors if node.inputs)
        return {key for refs in observed for key in self._compiled.probe(refs).input}

    def look(
        self, moment: Moment, step: int, epoch: int, number: int = 0, deciding: Container[str] = ()
    ) -> Iterator[tuple[str, Findings | str]]:
        """Yield what every monitor finds that looks at this moment, by its node; of one that fails, how.

        `number`: of the moment, among those of this kind; a monitor looks at those that `every` divides, those that are
        `deciding` how the training goes on after every epoch. One that has failed is not asked again.
        """
        yield from self._failed
        self._failed.clear()
        chosen = [(item, self._moment(item, moment, number, deciding)) for item in self._monitors]
        looking = [(item, own) for item, own in chosen if own]
        observing = Observing(self._compiled, self._feed, self._batch_size, [node for (_, node, _), _ in looking])
        for item, own in looking:
            path, node, monitor = item
            context = self._context(node, observing, own, step, epoch)
            try:
                found = attempt(
                    path,
                    node,
                    f"its monitor failed in look() at {own!r}",
                    partial(monitor.look, context),
                    monitor.look,
                )
                yield path, _checked(path, node, monitor, found)
            except InputError as error:
                self._monitors.remove(item)
                yield path, str(error)

    def memories(self) -> dict[str, Mapping[str, np.ndarray]]:
        """Return what monitors remember of their looks until now, by node."""
        found: dict[str, Mapping[str, np.ndarray]] = {}
        for path, node, monitor in list(self._monitors):
            if isinstance(monitor, Remembering):
                memory = self._tried(path, node, partial(_numbers, monitor), monitor.memory)
                if memory is not None:
                    found[path] = memory
        return found

    def remember(self, path: str, memory: Mapping[str, np.ndarray]) -> None:
        """Give a monitor back what it remembered, if it is still there."""
        for own, node, monitor in list(self._monitors):
            if own == path and isinstance(monitor, Remembering):
                self._tried(own, node, partial(monitor.remember, memory), monitor.remember)

    def _tried(
        self, path: str, node: CheckedNode, call: Callable[[], Result], method: Callable[..., object]
    ) -> Result | None:
        """Return what a monitor's method returns; one that fails is not asked again, which the next look says."""
        try:
            return attempt(path, node, f"its monitor failed in {method.__name__}()", call, method)
        except InputError as error:
            self._monitors = [item for item in self._monitors if item[0] != path]
            self._failed.append((path, str(error)))
            return None

    def _moment(
        self, item: tuple[str, CheckedNode, Monitor], moment: Moment, number: int, deciding: Container[str]
    ) -> Moment | None:
        """Return the moment at which a monitor looks now; one that otherwise looks at records may decide at epochs."""
        path, node, monitor = item
        if moment == "epoch" and path in deciding:
            return next((own for own in ("epoch", "record") if own in monitor.moments), None)
        every = getattr(node.block.params, "every", 1) or (1 if path in self._watch else 0)
        thinned = moment in ("record", "epoch")
        looks = moment in monitor.moments and (not thinned or (bool(every) and number % every == 0))
        return moment if looks else None

    def _context(
        self, node: CheckedNode, observing: Observing, moment: Moment, step: int, epoch: int
    ) -> MonitorContext:
        network = NetworkView(partial(weights, self._compiled), self._gradients, self._outputs)
        batches, fixed_event = partial(observing.batches, node), partial(observing.fixed_event, node)
        units = {name: type_.unit for name, type_ in self._compiled.checked.loader.types.items()}
        return MonitorContext(moment, step, epoch, self._folder, batches, fixed_event, network, units)

    def _gradients(self) -> dict[str, list[np.ndarray]]:
        return gradients(self._compiled, self._feed.read(*self.fixed_event()).tensors)

    def _outputs(self) -> dict[str, np.ndarray]:
        return outputs(self._compiled, self._feed.read(*self.fixed_event()).tensors)

    def fixed_event(self) -> tuple[Part, np.ndarray]:
        """Return the event that monitors look at all the time: the same in every run on the same data."""
        return typical_event(self._feed.source)


def _numbers(monitor: Remembering) -> dict[str, np.ndarray]:
    """Return what a monitor remembers as checkpoints can keep it; raise TypeError for what they cannot."""
    found = {str(name): np.asarray(value) for name, value in monitor.memory().items()}
    for name, value in found.items():
        if value.dtype.kind not in "biuf":
            raise TypeError(f"expected numbers as {name!r}, received {value.dtype}")
    return found


def _opened(path: str, node: CheckedNode, block: MonitorBlock) -> Monitor:
    """Open a monitor; raise InputError if that fails, or if it is none."""
    monitor = attempt(path, node, "its monitor cannot be opened", partial(block.open, path), block.open)
    moments = getattr(monitor, "moments", None)
    known = get_args(Moment)
    if not isinstance(moments, list | tuple) or not moments or set(moments) - set(known):
        what = f"open() returned {received(monitor)}, whose `moments` are {received(moments)}"
        raise _wrong(
            path, node, what, block.open, f"expected `moments`, a tuple of some of {', '.join(map(repr, known))}"
        )
    if not callable(getattr(monitor, "look", None)):
        what = f"open() returned {received(monitor)}, which has no method `look`"
        raise _wrong(
            path, node, what, block.open, "expected a monitor: `moments`, and look(context), which returns Findings"
        )
    return monitor


def _checked(path: str, node: CheckedNode, monitor: Monitor, found: object) -> Findings:
    """Return what a monitor has found; raise InputError if it is no Findings, or holds what cannot be recorded."""
    if not isinstance(found, Findings):
        raise _wrong(path, node, f"look() returned {received(found)}", monitor.look, "expected Findings")
    for name, value in found.metrics.items():
        if not isinstance(name, str) or not isinstance(value, int | float | np.number) or isinstance(value, bool):
            what = f"look() returned {received(value)} as the metric {name!r}"
            raise _wrong(path, node, what, monitor.look, "expected numbers by name")
        if not finds(node.block, name):
            what = f"look() returned the metric {name!r}, which its `metrics` do not name"
            raise _wrong(path, node, what, monitor.look, "expected one that they name: stages are checked by them")
    for file in found.files:
        if not Path(file).is_file():
            what = f"look() names the file {str(file)!r}, which is not there"
            raise _wrong(path, node, what, monitor.look, "expected files that it has written")
    if not isinstance(found.text, str):
        raise _wrong(path, node, f"look() returned {received(found.text)} as its text", monitor.look, "expected a text")
    return found


def _wrong(path: str, node: CheckedNode, what: str, function: Callable[..., object], expected: str) -> InputError:
    place = place_of(function_place(function), node)
    return InputError([Problem(f"block {node.block.name!r}: {what}", place, path, expected)])
