"""Events in an npz file of flat columns."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from registry.contract.block import Complaint
from registry.contract.data import PARTS, Columns, DataError, Part
from registry.plugins.loaders.arrays import npz
from registry.plugins.loaders.arrays.augmentation import Movement, draw
from registry.plugins.loaders.arrays.options import ArraysParams, TransformOptions
from registry.plugins.loaders.events import Events
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
        splits = arrays[params.row_splits].astype(np.int64)
        npz.check_row_splits(splits, len(arrays[params.columns.energy]))
        for parameter, name in _named(params):
            npz.check_finite(arrays[name], name, parameter, splits)
        self._check_logarithms(arrays, splits)
        self._events, self._numbers = _select(params, _outputs(params, arrays), arrays, splits)
        self._parts = _deal(params, len(self._events))
        self._drawn: tuple[int, Movement] | None = None

    def _check_logarithms(self, arrays: dict[str, np.ndarray], splits: np.ndarray) -> None:
        for name, options in self._params.transforms.items():
            lowest = arrays[name] if options.min is None else np.maximum(arrays[name], options.min)
            bad = np.flatnonzero((lowest <= 0) & options.log)
            if len(bad):
                value, where = lowest[bad[0]], npz.place(int(bad[0]), splits)
                message = f"there is no logarithm of column {name!r}: it is {value:g} in {where}"
                raise DataError(message, f"transforms.{name}.log", "set 'min' to the lowest value that makes sense")

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
        columns["features"] = _scaled(columns["features"], self._params)
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

    def describe(self, part: Part, event: int) -> str:
        """Return "belle2_ecl.npz event 12", counted from 0 as in the file."""
        return f"{Path(self._params.file).name} event {self._numbers[self._parts[part][event]]}"

    def fingerprint(self) -> str:
        """Return a hash of the file's contents and of the options that say what is made of them."""
        with Path(self._params.file).open("rb") as stream:
            contents = hashlib.file_digest(stream, "sha256").hexdigest()
        options = self._params.model_dump_json(exclude={"file", "published"})
        return hashlib.sha256((contents + options).encode()).hexdigest()


def _outputs(params: ArraysParams, arrays: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    outputs = {}
    for output, dtype in DTYPES.items():
        names = params.columns.of(output)
        if names:
            outputs[output] = np.stack([arrays[name].astype(dtype) for name in names], axis=1)
    outputs.setdefault("is_track", np.zeros_like(outputs["energy"]))
    return outputs


def _select(
    params: ArraysParams, outputs: dict[str, np.ndarray], arrays: dict[str, np.ndarray], splits: np.ndarray
) -> tuple[Events, np.ndarray]:
    """Return the events that the filter leaves, and their numbers in the file, int64 [events]."""
    kept = np.ones(len(outputs["energy"]), dtype=bool)
    for name, options in params.filter.items():
        values = arrays[name]
        kept &= values >= (-np.inf if options.min is None else options.min)
        kept &= values <= (np.inf if options.max is None else options.max)
        if options.values is not None:
            kept &= np.isin(values, options.values)
    before = np.concatenate([[0], np.cumsum(kept)])
    columns = {name: column[kept] for name, column in outputs.items()}
    if params.min_object_hits > 1:
        columns["truth_index"] = _without_small(columns["truth_index"], before[splits], params.min_object_hits)
    events = Events(columns, before[splits])
    most = np.inf if params.max_hits is None else params.max_hits
    numbers = np.flatnonzero((events.sizes >= params.min_hits) & (events.sizes <= most))
    return events.select(numbers), numbers


def _without_small(truth_index: np.ndarray, splits: np.ndarray, least: int) -> np.ndarray:
    """Return the labels with -1, noise, where an object has fewer than `least` hits."""
    event = np.repeat(np.arange(len(splits) - 1), np.diff(splits))
    labels = np.stack([event, truth_index[:, 0]], axis=1)
    _, own, hits = np.unique(labels, axis=0, return_inverse=True, return_counts=True)
    return np.where(hits[own.reshape(-1), None] < least, np.int32(-1), truth_index)


def _deal(params: ArraysParams, n_events: int) -> dict[Part, np.ndarray]:
    """Return the events of every part; raises DataError if there are none to train on."""
    split = params.split
    order = np.arange(n_events)
    if split.seed is not None:
        order = np.random.default_rng(split.seed).permutation(order)
    ends = np.round(np.cumsum([0.0, split.train, split.validation, split.test]) * n_events).astype(np.int64)
    if ends[1] == 0:
        hint = "raise 'split.train'" if n_events else "loosen 'filter', 'min_hits' and 'max_hits'"
        raise DataError(f"there are no training events: {n_events} events are left to share out", "split", hint)
    return {part: order[ends[index] : ends[index + 1]] for index, part in enumerate(PARTS)}


def _scaled(features: np.ndarray, params: ArraysParams) -> np.ndarray:
    if not params.transforms:
        return features
    scaled = features.copy()
    for name, options in params.transforms.items():
        index = params.columns.features.index(name)
        scaled[:, index] = _transform(scaled[:, index], options)
    return scaled


def _transform(values: np.ndarray, options: TransformOptions) -> np.ndarray:
    """Return `(f(clip(x)) - offset) / scale`."""
    if options.min is not None or options.max is not None:
        values = np.clip(values, options.min, options.max)
    return ((np.log(values) if options.log else values) - options.offset) / options.scale
