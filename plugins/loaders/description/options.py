"""What every loader of files can be told: the description of data that all formats share."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, Literal, Self

from registry.contract.augmentation import AugmentationUse
from registry.contract.block import BlockParams, param
from registry.plugins.loaders.description.columns import TRUTH, ColumnOptions, columns_of
from registry.plugins.loaders.description.geometry import GeometryOptions
from registry.plugins.loaders.description.selection_options import FilterOptions, SplitOptions
from registry.plugins.loaders.description.text_ids import number_of
from registry.plugins.loaders.description.truth_options import ClassWeightOptions, ContributionOptions, ObjectOptions
from registry.plugins.shared.expression_grammar import OBJECT

READ_ONCE = 64.0
"""MiB of events that are kept in memory where each is read once."""


class TransformOptions(BlockParams):
    """How a feature is scaled: `(f(clip(x)) - offset) / scale`, where f is the natural logarithm or nothing."""

    log: bool = param(False, "take the natural logarithm, after clipping and before offset and scale")
    min: float | None = param(None, "lower values are raised to this one, in the unit of the file")
    max: float | None = param(None, "higher values are lowered to this one, in the unit of the file")
    offset: float = param(0.0, "subtracted from what the logarithm or the clipping gives")
    scale: float = param(1.0, "what the rest is divided by", gt=0)


class EventOptions(BlockParams):
    """Where an event ends in a table of hits; without any of these, a row of lists is an event."""

    id: str | list[str] | None = param(
        None, "column, or columns, that have one value for all hits of an event: numbers or texts, in any order"
    )
    start: str | None = param(None, "array of the row at which each event starts")
    stop: str | None = param(None, "array of the row before which each event ends")
    length: str | None = param(
        None, "array of the number of rows of each event; without `start` they lie one behind the other"
    )
    file: str | None = param(
        None, "file of those arrays, relative to the folder of `file`: one for each file of hits, `*` for its name"
    )
    across_files: bool | None = param(
        None,
        "true: an id stands for one event over all files, false: each file counts by itself; null: each by itself, "
        "unless a file starts with the id that the one before ends with, which is refused",
    )

    @property
    def has_offsets(self) -> bool:
        """Whether arrays say which rows an event has."""
        return self.start is not None or self.length is not None


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
    shares: int = param(
        0,
        "of hits that several objects share, so many objects are kept with their fractions, as `truth_objects` and "
        "`truth_fractions`; 0: only the one with the largest share",
        ge=0,
    )
    shares_are: Literal["energies", "fractions"] = param(
        "energies", "energies are divided by their sum over the hit; of fractions, what is left of 1 is noise"
    )
    class_weights: ClassWeightOptions | None = param(
        None, "how much objects count in losses, by their class; beside `columns.object_weight`"
    )
    contributions: ContributionOptions | None = param(
        None, "objects that share a hit; beside `columns.truth_index`, with `shares`, they only say how much they have"
    )
    missing: dict[str, int | float] = param(
        {}, "numbers that stand for null and nan in a column, {time: -1.0}; other columns refuse both"
    )
    units: dict[str, str] = param(
        {}, "unit of columns, as in {energy: GeV, x: mm}; tables and pages show them", remark=True
    )
    called: str = param(
        "",
        "what a network finds in the data, as tables and pages call it, in the singular: track, shower; empty: a "
        "shower where hits have energies, else a cluster",
        remark=True,
    )
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
    noise_ids: list[int | str] | None = param(
        None, "values of truth_index that are noise, beside negative ones: [0] for TrackML and ACTS; null: not known"
    )
    min_hits: int = param(1, "events with fewer hits, after the filter, are left out", ge=0)
    max_hits: int | None = param(None, "events with more hits, after the filter, are left out; null: no limit", ge=1)
    min_object_hits: int = param(1, "hits of smaller objects, after the filter, count as noise: truth_index -1", ge=1)
    min_object_energy: float = param(
        0.0, "hits of objects whose hits have less energy together count as noise, unit of `columns.energy`", ge=0
    )
    split: SplitOptions = param(SplitOptions(), "fractions of the events to train on, to validate on and to test on")
    geometry: GeometryOptions = param(
        GeometryOptions(), "what columns are across the beam, for augmentations that turn events"
    )
    augmentation: list[AugmentationUse] = param(
        [], "blocks that change training events from epoch to epoch, one after the other, [{use: rotate}]"
    )
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
        return self.row_splits if self.event.id is None and not self.event.has_offsets else None

    @property
    def whole_noise_ids(self) -> list[int] | None:
        """The ids that are noise as whole numbers, as those of texts are (see `number_of`)."""
        if self.noise_ids is None:
            return None
        return [number_of(value) if isinstance(value, str) else value for value in self.noise_ids]

    @property
    def has_ids(self) -> bool:
        """Whether anything says which object a hit belongs to."""
        return self.columns.truth_index is not None or self.contributions is not None or self.objects.hits is not None

    @property
    def files(self) -> list[str]:
        """The addresses of `file`."""
        return self.file if isinstance(self.file, list) else [self.file]

    def used(self, known: Collection[str] | None = None) -> set[str]:
        """Return the columns and expressions that outputs and filters are made of; `known`: columns there are."""
        texts = {text for _, text in self.columns.named()} | {*self.filter}
        return texts | {name for text in texts for name in columns_of(text, known)}

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
            "augmentation": [],
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
                "shares": 0,
                "class_weights": None,
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
        made = self.model_copy(update=changes)
        # Files may lack columns of which the description says something, and of which nothing is made.
        used = made.used()
        said = ("units",) if truth else ("units", "missing")
        kept = {path: {name: value for name, value in getattr(self, path).items() if name in used} for path in said}
        return made.model_copy(update=kept)
