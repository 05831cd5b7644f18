"""What every loader of files can be told: the description of data that all formats share."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Self

from registry.contract.block import BlockParams, Complaint, param
from registry.contract.errors import did_you_mean
from registry.plugins.loaders.description.columns import TRUTH, ColumnOptions, columns_of
from registry.plugins.loaders.description.expressions import OBJECT
from registry.plugins.shared.ports import INPUT_PORTS, TRUTH_PORTS

READ_ONCE = 64.0
"""MiB of events that are kept in memory where each is read once."""


class TransformOptions(BlockParams):
    """How a feature is scaled: `(f(clip(x)) - offset) / scale`, where f is the natural logarithm or nothing."""

    log: bool = param(False, "take the natural logarithm, after clipping and before offset and scale")
    min: float | None = param(None, "lower values are raised to this one, in the unit of the file")
    max: float | None = param(None, "higher values are lowered to this one, in the unit of the file")
    offset: float = param(0.0, "subtracted from what the logarithm or the clipping gives")
    scale: float = param(1.0, "what the rest is divided by", gt=0)


class FilterOptions(BlockParams):
    """Which hits are kept: those whose column is within the bounds (inclusive) and among the values."""

    min: int | float | None = param(None, "lowest value kept")
    max: int | float | None = param(None, "highest value kept")
    values: list[int | float] | None = param(None, "the only values kept", min_length=1)


class SplitOptions(BlockParams):
    """Which fraction of the events each part gets; what is left over is not used."""

    train: float = param(0.7, "fraction of the events to train on", ge=0, le=1)
    validation: float = param(0.1, "fraction looked at after every epoch", ge=0, le=1)
    test: float = param(0.2, "fraction of held-out events, for the final figures", ge=0, le=1)
    seed: int | None = param(0, "seed of the order in which events are dealt out; null: the order of the file", ge=0)
    by: str = param(
        "event",
        "what is dealt out: each event by itself, all events of a file ('file'), or all that agree in a column",
    )
    part: str | None = param(
        None,
        "column that says the part of an event: 0 for training, 1 for validation, 2 for test; instead of fractions",
    )
    fold: str | None = param(
        None,
        "`2 of 5`: the second of five equal folds is the test part; `train` and `validation` share the others",
        pattern="^[1-9][0-9]* of [1-9][0-9]*$",
    )

    @property
    def folds(self) -> tuple[int, int] | None:
        """Which fold is the test part, counted from 1, and how many there are; None without folds."""
        if self.fold is None:
            return None
        which, _, number = self.fold.partition(" of ")
        return int(which), int(number)


class AugmentationOptions(BlockParams):
    """Symmetries of the detector that training events are moved by, differently in every epoch."""

    rotate_phi: bool = param(False, "turn every event around the z axis by an angle of its own, uniform in 0 to 2 pi")
    mirror: bool = param(False, "reflect every other event, at random: y becomes -y, and phi -phi")
    phi_columns: list[str] = param([], "features that are azimuthal angles, rad, and have to turn with the event")


class EventOptions(BlockParams):
    """Where an event ends in a table of hits; without any of these, a row of lists is an event."""

    id: str | list[str] | None = param(
        None, "column, or columns, that have one value for all hits of an event: numbers or texts, in any order"
    )
    start: str | None = param(None, "array of the row at which each event starts")
    stop: str | None = param(None, "array of the row before which each event ends")
    length: str | None = param(None, "array of the number of rows of each event")
    file: str | None = param(
        None, "file of those arrays, relative to the folder of `file`: one for each file of hits, `*` for its name"
    )
    across_files: bool | None = param(
        None,
        "true: an id stands for one event over all files, false: each file counts by itself; null: each by itself, "
        "unless a file starts with the id that the one before ends with, which is refused",
    )


class ObjectOptions(BlockParams):
    """Where the columns `object.NAME` are, and how a hit knows its object."""

    file: str | list[str] | None = param(
        None,
        "file of the objects, relative to the folder of `file`: one for all, or one for each; null: that file itself",
    )
    table: str = param("", "table of the objects in that file")
    event_id: str | list[str] | None = param(
        None, "columns of the objects' table that name the event; null: as `event.id`"
    )
    id: str | None = param(None, "column of the objects that `columns.truth_index` names; null: it is their position")
    base: int = param(0, "position of an event's first object, where positions are used", ge=0, le=1)
    hits: str | None = param(None, "list, held by each object, of its hits' positions in the event; -1: no such hit")
    fractions: str | None = param(None, "list, beside `hits`, of the share or the energy of the object in each hit")
    missing: str = param(
        "refuse",
        "a hit whose object is not in the table: 'refuse' it, or count it as 'noise'",
        pattern="^(refuse|noise)$",
    )


class ContributionOptions(BlockParams):
    """Several objects in one hit, each with an energy or a fraction: a hit belongs to the one with the largest sum."""

    ids: str | list[str] | None = param(
        None, "list of ids for each hit, or one column for each contribution; null: the contribution's own number"
    )
    weights: str | list[str] = param(
        ..., "list of energies or fractions for each hit, or one column for each; `c{0:50}_frac` is 50 columns"
    )
    begin: str | None = param(None, "where the range of each hit starts in the list `links` (podio, EDM4hep)")
    end: str | None = param(None, "where the range of each hit ends, exclusive")
    links: str | None = param(None, "list of rows of `ids` and `weights`, in ranges of `begin` to `end`")
    first: int = param(0, "number of the first contribution, where there are no `ids`", ge=0)
    threshold: float = param(
        0.0, "a hit is noise unless its object has more than this share of all its contributions", ge=0, lt=1
    )

    def columns(self, key: str) -> str | list[str] | None:
        """Return the columns of "ids" or "weights", those that a range stands for as a list."""
        return numbered(getattr(self, key))


_RANGE = re.compile(r"\{(\d+):(\d+)\}")


def numbered(names: str | list[str] | None) -> str | list[str] | None:
    """Return the columns that `c{0:50}_frac` stands for, a list; anything else as it is."""
    found = _RANGE.search(names) if isinstance(names, str) else None
    if found is None or not isinstance(names, str):
        return names
    return [names[: found.start()] + str(n) + names[found.end() :] for n in range(int(found[1]), int(found[2]))]


class TableParams(BlockParams):
    """Files, where events end, columns, truth, scaling, selection, split and augmentation."""

    file: str | list[str] = param(..., "file, pattern of files (`*`), or list of either", path=True)
    published: str = param("", "where the file can be had: shown if it is missing", remark=True)
    table: str = param("", "table inside the file: a tree, a group; empty where the format has but one")
    collections: list[str] = param(
        [], "collections of hits to join, event by event: `{}` in a column's name stands for each of them"
    )
    row_splits: str | None = param(None, "array of where each event starts and the last one ends, whole [events+1]")
    event: EventOptions = param(EventOptions(), "where an event ends, if neither a row nor `row_splits` says it")
    columns: ColumnOptions = param(..., "which column, or expression of columns, each output is made of")
    objects: ObjectOptions = param(ObjectOptions(), "where the columns `object.NAME` are")
    contributions: ContributionOptions | None = param(
        None, "objects that share a hit; instead of `columns.truth_index`"
    )
    missing: dict[str, float] = param(
        {}, "numbers that stand for null and nan in a column, {time: -1.0}; other columns refuse both"
    )
    units: dict[str, str] = param({}, "unit of columns, as in {energy: GeV, x: mm}; shown with them", remark=True)
    transforms: dict[str, TransformOptions] = param(
        {}, "scaling by feature, {energy: {log: true}}; others stay as they are"
    )
    filter: dict[str, FilterOptions] = param(
        {}, "hits to keep, by column, {energy: {min: 0.05}, sample: {values: [0]}}"
    )
    event_filter: dict[str, FilterOptions] = param(
        {}, "events to keep, by a column that has one value for the whole event"
    )
    object_filter: dict[str, FilterOptions] = param(
        {}, "objects to keep, by column of their table, {pt: {min: 0.5}}; hits of others count as noise"
    )
    noise_ids: list[int] | None = param(
        None, "values of truth_index that are noise, beside negative ones: [0] for TrackML and ACTS; null: not known"
    )
    min_hits: int = param(1, "events with fewer hits, after the filter, are left out", ge=0)
    max_hits: int | None = param(None, "events with more hits, after the filter, are left out; null: no limit", ge=1)
    min_object_hits: int = param(1, "hits of smaller objects, after the filter, count as noise: truth_index -1", ge=1)
    min_object_energy: float = param(
        0.0, "hits of objects whose hits have less energy together count as noise, unit of `columns.energy`", ge=0
    )
    split: SplitOptions = param(SplitOptions(), "fractions of the events to train on, to validate on and to test on")
    augmentation: AugmentationOptions = param(AugmentationOptions(), "how training events vary from epoch to epoch")
    on_error: str = param(
        "strict",
        "an event that cannot be used: 'strict' stops, 'skip' leaves it out and counts it",
        pattern="^(strict|skip)$",
    )
    memory: float = param(1024.0, "events kept in memory once they are read, MiB; others are read again", gt=0)
    cache: str | None = param(
        None,
        "folder in which events are kept as Arrow files once they are read, known by the contents of their file",
        path=True,
        remark=True,
    )
    workers: int = param(2, "threads that read files ahead of the training step", ge=1, remark=True)

    @property
    def splits(self) -> str | None:
        """The array of row splits; it gives way to what `event` says."""
        return self.row_splits if self.event.id is None and self.event.start is None else None

    @property
    def has_ids(self) -> bool:
        """Whether anything says which object a hit belongs to."""
        return self.columns.truth_index is not None or self.contributions is not None or self.objects.hits is not None

    @property
    def files(self) -> list[str]:
        """The addresses of `file`."""
        return self.file if isinstance(self.file, list) else [self.file]

    def reading(self, file: str, truth: bool) -> Self:
        """Return what other files are read with: all their events in their order, as they are, scaled as here.

        Hits are filtered as here; without `truth`, no truth is read, and filters of it are left out.
        """
        changes: dict[str, Any] = {
            "file": file,
            "published": "",
            "event_filter": {},
            "min_hits": 0,
            "max_hits": None,
            "split": SplitOptions(train=1.0, validation=0.0, test=0.0, seed=None),
            "augmentation": AugmentationOptions(),
            # Events are read in their order, once: to keep them is of no use.
            "memory": min(self.memory, READ_ONCE),
        }
        if not truth:
            columns = self.columns.without_truth()
            read = {name for _, text in columns.named() for name in columns_of(text)}
            of_truth = {name for output in TRUTH for _, text in self.columns.of(output) for name in columns_of(text)}
            changes |= {
                "columns": columns,
                "objects": ObjectOptions(),
                "contributions": None,
                "filter": {
                    text: options
                    for text, options in self.filter.items()
                    if not any(name in of_truth - read or name.startswith(f"{OBJECT}.") for name in columns_of(text))
                },
                "object_filter": {},
                "noise_ids": None,
                "min_object_hits": 1,
                "min_object_energy": 0.0,
            }
        return self.model_copy(update=changes)

    def conflicts(self) -> Iterator[Complaint]:
        """Yield options that do not fit together; the file is not looked at."""
        features = self.columns.features
        for name in sorted({name for name in features if features.count(name) > 1}):
            yield Complaint(f"feature {name!r} is listed twice", "columns.features", "remove one of the two")
        yield from self.columns.truth_among_inputs()
        yield from self._unknown("transforms", self.transforms)
        yield from self._unknown("augmentation.phi_columns", self.augmentation.phi_columns)
        yield from self._bounds()
        yield from self._truth()
        total = self.split.train + self.split.validation + (0.0 if self.split.folds else self.split.test)
        if total > 1 + 1e-9:
            yield Complaint(f"the fractions of the split add up to {total:g}", "split", "they may add up to 1 at most")
        if self.split.folds is not None and not 1 < self.split.folds[1] >= self.split.folds[0]:
            message = f"there is no fold {self.split.fold}"
            yield Complaint(message, "split.fold", f"expected `1 of {max(self.split.folds[1], 2)}`, or a later one")

    def doubtful_units(self) -> Iterator[str]:
        """Yield a sentence for every column whose unit is not that of the output it is used for as it is."""
        for port in (*INPUT_PORTS, *TRUTH_PORTS):
            for path, name in self.columns.of(port.name) if port.unit and port.name != "row_splits" else ():
                if self.units.get(name, port.unit) != port.unit:
                    unit = self.units[name]
                    yield f"`{path}` is {name!r} in {unit}, where {port.unit} are expected: write it as an expression"

    def _bounds(self) -> Iterator[Complaint]:
        bounded: dict[str, Mapping[str, TransformOptions | FilterOptions]]
        bounded = {
            "transforms": self.transforms,
            "filter": self.filter,
            "event_filter": self.event_filter,
            "object_filter": self.object_filter,
        }
        for path, options in bounded.items():
            for name, bounds in options.items():
                if bounds.min is not None and bounds.max is not None and bounds.min > bounds.max:
                    message = f"{name}: 'min' {bounds.min:g} is above 'max' {bounds.max:g}"
                    yield Complaint(message, f"{path}.{name}.min", "exchange the two")

    def _truth(self) -> Iterator[Complaint]:
        ways = {
            "columns.truth_index": self.columns.truth_index,
            "contributions": self.contributions,
            "objects.hits": self.objects.hits,
        }
        named = [way for way, value in ways.items() if value is not None]
        if len(named) > 1:
            message = f"{' and '.join(map(repr, named))} both say which object a hit belongs to"
            yield Complaint(message, named[1], "state one of them")
        if named:
            return
        yield from self._objects_of_nobody()
        name = "name the column as 'columns.truth_index'"
        if self.min_object_hits > 1:
            message = "'min_object_hits' needs to know which object a hit belongs to"
            yield Complaint(message, "min_object_hits", name)
        if self.min_object_energy > 0:
            message = "'min_object_energy' needs to know which object a hit belongs to"
            yield Complaint(message, "min_object_energy", name)
        if self.noise_ids not in (None, type(self).model_fields["noise_ids"].default):
            yield Complaint("'noise_ids' says nothing: there are no ids", "noise_ids", "name 'columns.truth_index'")

    def _objects_of_nobody(self) -> Iterator[Complaint]:
        """Yield columns of objects that are asked for where no hit has an object."""
        wanted = [(path, text) for path, text in self.columns.named() if f"{OBJECT}." in text]
        wanted += [(f"object_filter.{name}", name) for name in self.object_filter]
        for path, text in wanted:
            message = f"{text!r} is of a hit's object: nothing says which object a hit belongs to"
            yield Complaint(message, path, "name `columns.truth_index`, `contributions` or `objects.hits`")

    def _unknown(self, path: str, names: Iterable[str]) -> Iterator[Complaint]:
        features = self.columns.features
        for index, name in enumerate(names):
            if name not in features:
                hint = did_you_mean(name, features) or f"features: {', '.join(features)}"
                key = str(index) if isinstance(names, list) else name
                yield Complaint(f"{name!r} is not one of the features", f"{path}.{key}", hint)
