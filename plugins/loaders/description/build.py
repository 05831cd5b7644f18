"""Makes the outputs of a loader of some events, checked, filtered, and numbered anew."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from registry.contract.casting import cast
from registry.contract.data import DataError
from registry.plugins.loaders.description.augmentation import RAW, raw_columns
from registry.plugins.loaders.description.built import Built, Counted
from registry.plugins.loaders.description.columns import DTYPES
from registry.plugins.loaders.description.events import EVENTS, EventIndex
from registry.plugins.loaders.description.frame import Frame, ObjectRows
from registry.plugins.loaders.description.keeping import dropped_hits, kept_events, kept_hits, of_large_objects
from registry.plugins.loaders.description.objects import ObjectTable
from registry.plugins.loaders.description.options import TableParams
from registry.plugins.loaders.description.read_columns import hit_columns, named, object_columns
from registry.plugins.loaders.description.resolving import objects_of, rows_of
from registry.plugins.loaders.description.scaling import check_transforms
from registry.plugins.loaders.description.table import Table
from registry.plugins.loaders.description.truth import Ids, ids_of
from registry.plugins.loaders.description.values import Values
from registry.plugins.loaders.description.weighting import add_weights, shared_hits
from registry.plugins.loaders.events import Events
from registry.plugins.loaders.identifiers import number_anew, whole_ids
from registry.plugins.shared.expressions import parse


@dataclass(frozen=True, eq=False)
class Opened:
    """A file with its events and, if they lie elsewhere, its objects."""

    table: Table
    index: EventIndex
    objects: ObjectTable | None = None


class Builder:
    """Makes events of one file as the parameters say."""

    def __init__(self, opened: Opened, params: TableParams) -> None:
        self.opened, self._params = opened, params
        types = opened.table.types
        self._parameters = {text: path for path, text in reversed(named(params))}
        self._expressions = {text: parse(text, types) for text in self._parameters}
        self._raw = raw_columns(params, types)
        read = hit_columns(params, self._expressions.values(), opened.index.lists)
        read |= {name for name in self._raw if name in types}
        self.hit_names = sorted(name for name in read if not name.startswith(EVENTS))
        self.object_names = tuple(sorted(object_columns(params, self._expressions.values())))

    def close(self) -> None:
        """Close the files of its tables."""
        for table in (self.opened.table, self.opened.objects and self.opened.objects.table):
            close = getattr(table, "close", None)
            if close is not None:
                close()

    def build(
        self, first: int, last: int, looked_at: Callable[[Callable[[str], np.ndarray]], None], known: bool = False
    ) -> Built:
        """Return the events `first` to before `last`; raises DataError, with file, event and column, if they are wrong.

        `looked_at` is given what returns a column of the hits by its text; `known`: they have been built before of a
        file that has not changed since, and the values are not looked at again.
        """
        params = self._params
        frame, objects, rows, ids = self.resolved(first, last, known)
        values = Values(frame, objects, rows, self._expressions, self._parameters)
        if not known:
            for path, text in named(params):
                if path != "columns.truth_index":
                    values.check_finite(text, path)
        # Ids may be null, which other columns may not.
        own = params.columns.truth_index
        looked_at(lambda name: ids.values if name == own and ids is not None else values(name))
        outputs = self._outputs(values, frame, known)
        if not known:
            check_transforms(params, outputs["features"], frame.where)
        return self._select(frame, values, outputs, ids, objects, rows, known)

    def resolved(
        self, first: int, last: int, known: bool = False
    ) -> tuple[Frame, ObjectRows | None, np.ndarray, Ids | None]:
        """Return the events `first` to before `last`, their objects, and the row and the id of each hit's object."""
        frame = Frame(self.opened.table, self.opened.index, first, last, self.hit_names, self._params.missing)
        objects = objects_of(frame, self.opened.objects, self.object_names)
        rows, ids = rows_of(frame, objects, ids_of(frame, self._params, objects, known), self._params.objects, known)
        return frame, objects, rows, ids

    def dropped(self, objects: ObjectRows | None, rows: np.ndarray) -> np.ndarray:
        """Return the hits of objects that a filter of objects drops, bool [hits]."""
        return dropped_hits(self._params, objects, rows, Counter())

    def count(self, first: int, last: int) -> Counted:
        """Return how many hits and objects the events `first` to before `last` have."""
        frame, objects, _, ids = self.resolved(first, last)
        sizes, nothing = np.diff(frame.splits), np.zeros(0, np.int64)
        if ids is None:
            return Counted(sizes, None, None, nothing, 0, 0)
        numbers = number_anew(ids.values, frame.splits, (), ids.noise)
        own, width = np.flatnonzero(numbers >= 0), int(numbers.max(initial=0)) + 1
        counts = np.bincount(frame.event_of_hit[own] * width + numbers[own], minlength=(last - first) * width)
        hits = counts[counts > 0]
        with_hits = (counts.reshape(-1, width) > 0).sum(axis=1)
        listed = None if objects is None else np.diff(objects.splits)
        return Counted(sizes, with_hits, listed, hits, int((numbers < 0).sum()), ids.shared)

    def _outputs(self, values: Values, frame: Frame, known: bool) -> dict[str, np.ndarray]:
        """Return the columns of every output but the ids, cast to its dtype."""

        def made(text: str, dtype: str, path: str) -> np.ndarray:
            own = values(text)
            # What was cast before need not be compared again.
            return own.astype(dtype, copy=False) if known else cast(own, dtype, text, path, frame.where)

        outputs = {}
        for output, dtype in DTYPES.items():
            of_output = self._params.columns.of(output)
            if of_output and output != "truth_index":
                columns = [made(text, dtype, path) for path, text in of_output]
                outputs[output] = columns[0][:, None] if len(columns) == 1 else np.stack(columns, axis=1)
        outputs.setdefault("is_track", np.broadcast_to(np.zeros((1, 1), np.float32), (frame.n_hits, 1)))
        add_weights(outputs, self._params, frame, values)
        outputs |= {f"{RAW}{name}": values.column(name)[:, None] for name in self._raw}
        return outputs

    def _select(
        self,
        frame: Frame,
        values: Values,
        outputs: dict[str, np.ndarray],
        ids: Ids | None,
        objects: ObjectRows | None,
        rows: np.ndarray,
        known: bool,
    ) -> Built:
        """Return the events that the filters leave; ids are numbered anew after the filter of hits."""
        params, removed = self._params, Counter[str]()
        kept = kept_hits(params, values, frame.n_hits, removed)
        every = bool(kept.all())
        left = frame.splits if every else np.concatenate([[0], np.cumsum(kept)])[frame.splits]

        def of_kept(column: np.ndarray) -> np.ndarray:
            return column if every else column[kept]

        columns = {name: of_kept(column) for name, column in outputs.items()}
        if not known:
            self._check_energies(columns, outputs, kept, frame)
        original: dict[str, np.ndarray] = {}
        if params.columns.hit_id is not None or params.filter:
            original["hit"] = of_kept(self._hit_ids(frame, values))[:, None]
        if ids is not None:
            original["truth_index"] = of_kept(ids.values)[:, None]
            noise = ids.noise | dropped_hits(params, objects, rows, removed) if params.object_filter else ids.noise
            numbers = number_anew(of_kept(ids.values), left, (), of_kept(noise))
            energy = columns["energy"][:, 0] if "energy" in columns else None
            numbers = of_large_objects(params, numbers, left, energy, removed)
            columns["truth_index"] = numbers[:, None]
            if params.shares:
                members, fractions, nobody = shared_hits(ids, kept, numbers, left, params.shares)
                columns |= {"truth_objects": members, "truth_fractions": fractions}
                removed["shares of objects that are no hit's own"] += nobody
            removed["hits shared by several objects"] += ids.shared
        events = Events(columns, left)
        chosen = kept_events(params, frame, events, removed)
        by = params.split.part or params.split.by
        groups = frame.of_events(by)[chosen] if by not in ("event", "file") else None
        doubts = ids.doubts if ids is not None else ()
        own = Events(original, left).select(chosen)
        return Built(events.select(chosen), own, chosen + frame.first, removed, doubts, groups)

    def _hit_ids(self, frame: Frame, values: Values) -> np.ndarray:
        """Return what the file calls each hit, [hits]: its id or, where none is named, its number in the event."""
        text = self._params.columns.hit_id
        if text is None:
            return np.arange(frame.n_hits) - np.repeat(frame.splits[:-1], np.diff(frame.splits))
        return whole_ids(values(text), text, "columns.hit_id", frame.where)

    def _check_energies(
        self, columns: dict[str, np.ndarray], outputs: dict[str, np.ndarray], kept: np.ndarray, frame: Frame
    ) -> None:
        """Raise DataError for the first hit that the filter leaves whose energy is negative."""
        if "energy" in columns and (columns["energy"] < 0).any():
            hit = int(np.flatnonzero((outputs["energy"][:, 0] < 0) & kept)[0])
            name = self._params.columns.energy
            message = f"column {name!r}, the energy of hits, is {outputs['energy'][hit, 0]:g} in {frame.where(hit)}"
            hint = f"leave such hits out by `filter: {{{name}: {{min: 0}}}}`, or write `maximum({name}, 0)`"
            raise DataError(message, "columns.energy", hint)
