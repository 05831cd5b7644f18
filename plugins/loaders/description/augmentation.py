"""Changes the hits of training events as files have them, and computes what the network sees of what came out."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace

import numpy as np

from registry.contract.augmentation import Augmentation, EventHits
from registry.contract.block import Complaint
from registry.contract.casting import cast
from registry.contract.data import DataError
from registry.plugins.loaders.description.columns import DTYPES, WEIGHTS, columns_of
from registry.plugins.loaders.description.declared import contradicted
from registry.plugins.loaders.description.geometry import (
    broken,
    declared_twice,
    from_zero,
    geometry_of,
    turning_with,
)
from registry.plugins.loaders.description.options import TableParams
from registry.plugins.loaders.events import Events
from registry.plugins.shared.expression_grammar import CONSTANTS, OBJECT, ExpressionError, WholeNumberError, mask_of
from registry.plugins.shared.expressions import Expression, parse

RAW = "raw "
"""How the names of columns begin that events are kept with beside the outputs, as the file has them."""

AS_THEY_ARE = ("truth_index", "hit_id", *WEIGHTS)
"""Outputs that no augmentation changes."""

LOOKED_AT = 50
"""Training events that are looked at for columns that turn with them."""


def outputs_of(params: TableParams) -> list[tuple[str, str, str]]:
    """Return output, parameter and text of every column that is computed of an augmented event."""
    return [
        (output, path, text)
        for output in DTYPES
        if output not in AS_THEY_ARE
        for path, text in params.columns.of(output)
    ]


def raw_columns(params: TableParams, known: Collection[str] = CONSTANTS) -> list[str]:
    """Return the columns that augmented events are made of; "object.NAME" for those of objects.

    `known`: names of columns there are. Nothing is returned where there is no augmentation.
    """
    if not params.augmentation:
        return []
    found = dict.fromkeys(
        name for _, _, text in outputs_of(params) for name in (*columns_of(text, known), *_masks(text))
    )
    for vector in geometry_of(params.geometry, params.columns).vectors:
        if found.keys() & set(vector[:2]):
            found |= dict.fromkeys(vector[:2])
    return list(found)


def _masks(text: str) -> list[str]:
    try:
        return [mask_of(name) for name in parse(text).masks]
    except ExpressionError:
        return []


def complaints(params: TableParams, blocks: Sequence[Augmentation]) -> Iterator[Complaint]:
    """Yield columns that augmentations name and no output is made of, and columns that a rotation would break."""
    used = raw_columns(params)
    for number, block in enumerate(blocks):
        for path, name in block.named_columns():
            if name not in used:
                hint = f"they are made of: {', '.join(used)}"
                yield Complaint(f"no output is made of the column {name!r}", f"augmentation.{number}.with.{path}", hint)
    if any(block.turns for block in blocks):
        for name in declared_twice(params.geometry):
            hint = "a column turns in one way, or is `unchanged`"
            yield Complaint(f"column {name!r} is declared twice", "geometry", hint)
        geometry = geometry_of(params.geometry, params.columns)
        for name in broken(used, geometry, params.geometry.unchanged):
            yield _breaks(name, "by its name it turns with the event, and nothing says how")


def _breaks(name: str, why: str) -> Complaint:
    hint = (
        f"declare it: `geometry: {{vectors: [[x, y, z]]}}`, `cosines: [[cos, sin]]`, `angles: {{{name}: rad}}`, or "
        f"`unchanged: [{name}]`"
    )
    return Complaint(f"column {name!r} would be broken by a rotation: {why}", "geometry", hint)


class Augmenter:
    """Makes the outputs of augmented events; each event's numbers depend on seed, epoch and its position alone."""

    def __init__(self, params: TableParams, blocks: Sequence[Augmentation], seed: int) -> None:
        self._params, self._blocks, self._seed = params, blocks, seed
        self._geometry = geometry_of(params.geometry, params.columns)
        self._parsed: dict[str, list[tuple[str, str, Expression]]] = {}

    def check(self, events: Events) -> None:
        """Look at some events: which azimuths count from 0; raises DataError for a column that turns undeclared."""
        if any(block.turns for block in self._blocks):
            raw = self._raw(events).columns
            self._geometry = replace(self._geometry, from_zero=from_zero(raw, self._geometry))
            for name, why in contradicted(raw, self._params.geometry, self._geometry):
                hint = "declare what it is, or leave it out of `geometry`: `unchanged` says that it does not turn"
                raise DataError(f"column {name!r}: {why}", "geometry", hint)
            known = self._geometry.columns | set(self._params.geometry.unchanged)
            for name, why in turning_with(raw, self._geometry, known):
                found = _breaks(name, f"it is {why}")
                raise DataError(found.message, found.parameter, found.hint)

    def columns(self, events: Events, positions: np.ndarray, epoch: int) -> dict[str, np.ndarray]:
        """Return the outputs of events at the given positions of the training part, with their row splits."""
        hits = self._raw(events)
        for place, block in enumerate(self._blocks):
            randoms = [np.random.default_rng([self._seed, epoch, int(position), place]) for position in positions]
            hits = block.augment(hits, randoms)
        made = {name: column[hits.hits] for name, column in events.columns.items() if not name.startswith(RAW)}
        for output, parts in self._outputs(hits.columns).items():
            columns = [cast(self._evaluated(hits, *part), DTYPES[output], part[1]) for part in parts]
            made[output] = np.stack(columns, axis=1)
        return {**made, "row_splits": hits.row_splits.astype(np.int32)}

    def _outputs(self, names: Collection[str]) -> dict[str, list[tuple[str, str, Expression]]]:
        """Return the columns of every output, parsed once it is known which columns there are."""
        if not self._parsed:
            for output, path, text in outputs_of(self._params):
                self._parsed.setdefault(output, []).append((path, text, parse(text, names)))
        return self._parsed

    def _raw(self, events: Events) -> EventHits:
        raw = {name.removeprefix(RAW): column[:, 0] for name, column in events.columns.items() if name.startswith(RAW)}
        return EventHits(raw, events.row_splits.astype(np.int64), np.arange(events.n_hits), self._geometry)

    @staticmethod
    def _evaluated(hits: EventHits, path: str, text: str, expression: Expression) -> np.ndarray:
        try:
            with np.errstate(all="ignore"):
                made = np.asarray(
                    expression.value(lambda name: hits.columns[name], lambda name: hits.columns[f"{OBJECT}.{name}"])
                )
        except WholeNumberError as error:
            raise DataError(f"augmentation: column {text!r}: {error}", path, error.hint) from None
        made = np.broadcast_to(made, (len(hits.hits),)) if made.ndim == 0 else made
        if made.dtype.kind == "f" and not np.isfinite(made).all():
            bad = made[~np.isfinite(made)]
            message = f"augmentation makes {bad[0]} of {text!r} in {len(bad)} hits"
            raise DataError(message, path, "bound the column in the expression, `log(maximum(energy, 0.001))`")
        return made


def without_raw(events: Events) -> dict[str, np.ndarray]:
    """Return the outputs of events alone."""
    return {name: column for name, column in events.columns.items() if not name.startswith(RAW)}
