"""Events in an npz file of flat columns."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

from registry.contract.block import Complaint
from registry.contract.casting import cast, place
from registry.contract.data import Columns, DataError, Part
from registry.plugins.loaders.arrays import npz
from registry.plugins.loaders.arrays.augmentation import Movement, draw
from registry.plugins.loaders.arrays.copies import check_copies
from registry.plugins.loaders.arrays.options import ArraysParams
from registry.plugins.loaders.arrays.scaling import check_transforms, scaled
from registry.plugins.loaders.arrays.selection import deal, kept_hits, without_small
from registry.plugins.loaders.events import Events
from registry.plugins.loaders.identifiers import check_noise, doubtful_zeros, number_anew
from registry.plugins.shared.ports import INPUT_PORTS, SAMPLE, TRUTH_PORTS

DTYPES = {port.name: port.dtype for port in (*INPUT_PORTS, *TRUTH_PORTS, SAMPLE) if port.name != "row_splits"}
WHOLE = frozenset(f"columns.{name}" for name, dtype in DTYPES.items() if dtype == "int32")


def inspect(params: ArraysParams) -> Iterator[Complaint]:
    """Yield what is wrong with the options and with the file's headers; no column is read."""
    yield from params.conflicts()
    try:
        headers = npz.read_headers(params.file, params.published)
    except DataError as error:
        yield Complaint(error.message, error.parameter, error.hint)
        return
    yield from npz.complaints(headers, params.row_splits, _named(params), WHOLE)


def _named(params: ArraysParams) -> list[tuple[str, str]]:
    return [*params.columns.named(), *((f"filter.{name}", name) for name in params.filter)]


class ArraysSource:
    """The events of a file: read at once, checked, filtered and split; scaled and augmented when a batch is read.

    Raises DataError, with the parameter concerned, for a file that does not hold what the options say.
    """

    def __init__(self, params: ArraysParams, seed: int) -> None:
        for complaint in inspect(params):
            raise DataError(complaint.message, complaint.parameter, complaint.hint)
        self._params, self._seed = params, seed
        arrays = npz.read_arrays(params.file, {params.row_splits, *(name for _, name in _named(params))})
        splits = npz.checked_row_splits(arrays[params.row_splits], len(arrays[params.columns.energy]))
        for parameter, name in _named(params):
            npz.check_finite(arrays[name], name, parameter, splits)
        check_copies(params.columns, arrays)
        outputs = _outputs(params, arrays, splits)
        check_transforms(params, outputs["features"], splits)
        self.doubts = _doubts(params, arrays, splits)
        self._events, self._ids, self._numbers = _select(params, outputs, arrays, splits)
        self._parts = deal(params, len(self._events), splits)
        self._drawn: tuple[int, Movement] | None = None

    def sizes(self, part: Part) -> np.ndarray:
        """Return the number of hits of every event of a part, int64 [events]."""
        return self._events.sizes[self._parts[part]]

    def read(self, part: Part, events: np.ndarray, epoch: int | None) -> Columns:
        """Return the columns of the given events; in training they are moved as the epoch has it."""
        chosen = self._events.select(self._parts[part][events])
        columns = dict(chosen.columns)
        augmentation = self._params.augmentation
        if epoch is not None and part == "train" and (augmentation.rotate_phi or augmentation.mirror):
            columns |= self._moved(columns, self._movement(epoch).of(np.repeat(events, chosen.sizes)))
        columns["features"] = scaled(columns["features"], self._params)
        return {**columns, "row_splits": chosen.row_splits}

    def _movement(self, epoch: int) -> Movement:
        if self._drawn is None or self._drawn[0] != epoch:
            self._drawn = epoch, draw(self._params.augmentation, len(self._parts["train"]), self._seed, epoch)
        return self._drawn[1]

    def _moved(self, columns: dict[str, np.ndarray], movement: Movement) -> dict[str, np.ndarray]:
        names = self._params.columns
        moved: dict[str, np.ndarray] = {}
        for output in ("coordinates", "truth_position"):
            if output in columns:
                moved[output] = columns[output].copy()
                moved[output][:, 0], moved[output][:, 1] = movement.turn(*columns[output].T[:2])
        features = moved["features"] = columns["features"].copy()
        turned = dict(zip(names.coordinates[:2], moved["coordinates"].T[:2], strict=True))
        for index, name in enumerate(names.features):
            if name in turned:
                features[:, index] = turned[name]
            elif name in self._params.augmentation.phi_columns:
                features[:, index] = movement.shift(features[:, index])
        return moved

    def original(self, part: Part, events: np.ndarray) -> Columns:
        """Return the ids of the given events as the file has them, "truth_index" [hits, 1]."""
        return self._ids.select(self._parts[part][events]).columns

    def describe(self, part: Part, event: int) -> str:
        """Return "belle2_ecl.npz event 12", counted from 0 as in the file."""
        return f"{Path(self._params.file).name} event {self._numbers[self._parts[part][event]]}"

    def fingerprint(self) -> str:
        """Return a hash of the file's contents and of the options that say what is made of them."""
        with Path(self._params.file).open("rb") as stream:
            contents = hashlib.file_digest(stream, "sha256").hexdigest()
        options = self._params.model_dump_json(exclude={"file", "published"})
        return hashlib.sha256((contents + options).encode()).hexdigest()


def _outputs(params: ArraysParams, arrays: dict[str, np.ndarray], splits: np.ndarray) -> dict[str, np.ndarray]:
    """Return the columns of every output but the ids, cast to its dtype."""
    where = _place_in(params, splits)
    outputs = {}
    for output, dtype in DTYPES.items():
        named = params.columns.of(output)
        if named and output != "truth_index":
            columns = [cast(arrays[name], dtype, name, path, where) for path, name in named]
            outputs[output] = np.stack(columns, axis=1)
    outputs.setdefault("is_track", np.zeros_like(outputs["energy"]))
    return outputs


def _place_in(params: ArraysParams, splits: np.ndarray) -> Callable[[int], str]:
    """Return what names a row, "row 17 (event 3) of events.npz"."""
    return lambda row: f"{place(row, splits)} of {Path(params.file).name}"


def _doubts(params: ArraysParams, arrays: dict[str, np.ndarray], splits: np.ndarray) -> tuple[str, ...]:
    """Return what is doubtful about the ids; raises DataError for noise that looks like an object."""
    name = params.columns.truth_index
    if name is None:
        return ()
    check_noise(arrays[name], params.noise_ids, name, "columns.truth_index", _place_in(params, splits))
    return doubtful_zeros(arrays[name], params.noise_ids, name)


def _select(
    params: ArraysParams, outputs: dict[str, np.ndarray], arrays: dict[str, np.ndarray], splits: np.ndarray
) -> tuple[Events, Events, np.ndarray]:
    """Return the events that the filter leaves, the ids that their file has, and their numbers there, int64 [events].

    Ids are numbered anew after the filter.
    """
    kept = kept_hits(params.filter, arrays, len(outputs["energy"]))
    left = np.concatenate([[0], np.cumsum(kept)])[splits]
    columns = {name: column[kept] for name, column in outputs.items()}
    ids: dict[str, np.ndarray] = {}
    if params.columns.truth_index is not None:
        own = arrays[params.columns.truth_index][kept]
        ids["truth_index"] = own[:, None]
        numbers = number_anew(own, left, params.noise_ids or ())
        if params.min_object_hits > 1:
            numbers = without_small(numbers, left, params.min_object_hits)
        columns["truth_index"] = numbers[:, None]
    events = Events(columns, left)
    most = np.inf if params.max_hits is None else params.max_hits
    chosen = np.flatnonzero((events.sizes >= params.min_hits) & (events.sizes <= most))
    return events.select(chosen), Events(ids, left).select(chosen), chosen
