"""Events as columns by port of their loader, with what a trained network that drops or pools hits says of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from registry.contract.data import PARTS, Columns
from registry.contract.errors import InputError, Problem
from registry.contract.spelling import did_you_mean
from registry.contract.stored import StoredEvents
from registry.converting.conversion import ORIGINAL_EVENT, Conversion
from registry.inference.data import Events
from registry.inference.predicting import Network, PredictedEvents
from registry.inference.tables import Rows, flat_columns
from registry.inference.writing import groups_of, predict_all
from registry.wiring.needed import KEPT_HITS

PART, HIT = "part", "original_hit"
"""Columns of where events and hits are from: 0, 1 or 2 for the part, and the number of the hit in its event there."""

LEFT_OUT = frozenset(("row_splits", "kept", KEPT_HITS))
"""Outputs that say what is known of the written hits anyway."""


@dataclass(frozen=True)
class Through:
    """A trained network that events are passed through.

    `name`: its address; `run`: the identifier of its run, empty if that is not known; `digest`: the SHA-256 of its
    file; `of_kept`: its outputs that have a row for each hit that it keeps.
    """

    network: Network
    name: str
    run: str
    digest: str
    of_kept: Sequence[str]


class NoNetwork(Network):
    """Says nothing of events."""

    def __init__(self) -> None:
        self.of_hits, self.positions = (), frozenset()

    def __call__(self, columns: Columns) -> dict[str, np.ndarray]:
        """Return no output."""
        return {}


class PortConversion(Conversion):
    """Events by port; `wanted`: the columns that are written, none for all."""

    def __init__(self, events: Events, through: Through | None, wanted: Sequence[str]) -> None:
        self._events, self._through, self._wanted = events, through, list(wanted)
        self._groups = groups_of(events)
        self.groups = [len(group) for _, group, _ in self._groups]
        self.scaled = through is not None and "features" in through.of_kept
        self.notes = tuple(events.source.notes)
        self._ports: dict[str, list[str]] = {}
        self._own: list[str] = []
        print_, node = events.source.fingerprint(), events.loader
        self.made_of = {"data": (print_, node.block.name)}
        self.provenance: dict[str, Any] = {"loader": node.block.name, "fingerprint": print_}
        files = getattr(node.block.params, "files", None)
        if files is not None:
            self.provenance["files"] = list(files)
        if through is not None:
            self.made_of["network"] = (through.digest, through.name)
            run = {"run": through.run} if through.run else {}
            self.provenance["through"] = {"network": through.name, **run, "sha256": through.digest}

    def read(self, done: int) -> Iterator[StoredEvents]:
        """Yield the events of the groups from the one of number `done` on."""
        network = NoNetwork() if self._through is None else self._through.network
        for (part, _, _), said in zip(
            self._groups[done:], predict_all(network, self._events, self._groups[done:], truth=True), strict=True
        ):
            yield self._written(said, PARTS.index(part))

    def _written(self, said: PredictedEvents, part: int) -> StoredEvents:
        kept, sizes = self._kept(said)
        hits: Rows = {}
        for name, values in self._columns(said, kept).items():
            flat = flat_columns(name, values)
            self._ports[name] = list(flat)
            hits |= flat
        own = np.arange(said.hits) - said.row_splits[:-1][said.event_of_hit]
        original = {f"original_{name}": values.reshape(len(values)) for name, values in said.original.items()}
        hits |= {name: values[kept] for name, values in {HIT: own.astype(np.int64), **original}.items()}
        self._own = list(hits)
        events: dict[str, np.ndarray] = {ORIGINAL_EVENT: np.array(said.names, dtype=str)}
        if len(self._events.parts) > 1:
            events[PART] = np.full(len(said), part, np.int8)
        return StoredEvents(sizes, self._chosen(hits), events)

    def _columns(self, said: PredictedEvents, kept: np.ndarray) -> dict[str, np.ndarray]:
        """Return what the loader knows of the hits that are kept, and what the network says instead or beside it."""
        columns = {name: values[kept] for name, values in said.columns.items()}
        if self._through is None:
            return columns
        known = set(self._through.of_kept)
        outputs = {name: values[kept] for name, values in said.written().items() if name not in known}
        outputs |= {name: values for name, values in said.others.items() if name in known}
        return columns | {name: values for name, values in outputs.items() if name not in LEFT_OUT}

    def _kept(self, said: PredictedEvents) -> tuple[np.ndarray, np.ndarray]:
        """Return the positions of the hits that are written, and how many each event has."""
        if self._through is None or KEPT_HITS not in said.others:
            return np.arange(said.hits), np.diff(said.row_splits).astype(np.int64)
        kept = said.others[KEPT_HITS].reshape(-1).astype(np.int64)
        event = said.event_of_hit[kept]
        if (np.diff(event) < 0).any():
            message = f"{self._through.name} hands on hits of different events in one another's place"
            raise InputError([Problem(message, hint=f"its output {KEPT_HITS!r} has to rise from event to event")])
        return kept, np.bincount(event, minlength=len(said)).astype(np.int64)

    def _chosen(self, hits: Rows) -> Rows:
        if not self._wanted:
            return hits
        groups = {**{name: [name] for name in hits}, **self._ports}
        for name in self._wanted:
            if name not in groups:
                hint = did_you_mean(name, groups) or f"there are: {', '.join(groups)}"
                raise InputError([Problem(f"there is no column {name!r}", hint=hint)])
        names = dict.fromkeys([*(each for name in self._wanted for each in groups[name]), HIT])
        return {name: hits[name] for name in names}

    def described(self, event_column: str) -> dict[str, Any]:
        """Return the loader's parameters for what is written; of what was not read yet, the first events are."""
        if not self._ports and len(self.groups):
            next(iter(self.read(0)))
        written = set(self._own) if not self._wanted else {name for want in self._wanted for name in [want]}
        columns: dict[str, Any] = {}
        for port, names in self._ports.items():
            if self._wanted and not {port, *names} & written:
                continue
            columns[port] = names if port == "features" or len(names) > 1 else names[0]
        known = {port.name: port for port in self._events.loader.block.outputs}
        described = {port: value for port, value in columns.items() if port in known and port != "row_splits"}
        units = {name: known[port].unit for port in described for name in self._ports[port] if known[port].unit}
        described["hit_id"] = HIT
        made: dict[str, Any] = {"columns": described, "noise_ids": [-1], "units": units}
        if len(self._events.parts) > 1:
            made["split"] = {"part": event_column.format(PART)}
        return {name: value for name, value in made.items() if value}
