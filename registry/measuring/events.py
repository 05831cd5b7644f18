"""Judges the clusters of many events: what a read-out makes of each, beside what is true of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from registry.contract.clusterer import Clusters
from registry.measuring.choices import ALL
from registry.measuring.judging import Judged, Rules, judge
from registry.measuring.kept import cut, of_event
from registry.measuring.overlaps import contributions_of
from registry.measuring.read_out import ROW_SPLITS, MissingColumn, ReadOut
from registry.measuring.sample import Tables

if TYPE_CHECKING:
    from registry.contract.data import Columns

NO_SAMPLE = -1
"""The number of the sample of an event without hits."""


_ONE = np.zeros((1, 1), np.int64)


@dataclass(frozen=True)
class JudgedEvent:
    """An event with what a read-out makes of it.

    `number`: its position among all events; `sample`: the number of its sample; `hits`: what is known and predicted of
    its hits; `truth`: int64 [hits], the object of each, -1 for noise.
    """

    number: int
    sample: int
    hits: Mapping[str, np.ndarray]
    truth: np.ndarray
    clusters: Clusters
    judged: Judged


def judged_events(read_out: ReadOut, columns: Columns, rules: Rules, first: int = 0) -> Iterator[JudgedEvent]:
    """Yield every event with what a read-out makes of it; `first`: the number of the first one.

    `columns`: as `ReadOut.clusters` takes them, with the truth. Raises MissingColumn for one that the read-out takes,
    or the truth, and ValueError if the matcher asks for what the data do not say.
    """
    clusters = read_out.clusters(columns)
    hits, true = read_out.hits(columns), read_out.true(columns)
    if "index" not in true:
        raise MissingColumn("the events have no truth: there is no column 'truth_index'")
    splits = np.asarray(columns[ROW_SPLITS]).reshape(-1).tolist()
    for number, (start, stop) in enumerate(pairwise(splits), first):
        own_true, own_hits = cut(true, start, stop), cut(hits, start, stop)
        truth = contributions_of(own_true)
        sample = int(own_true.get("sample", _ONE)[0].item()) if stop > start else NO_SAMPLE
        own = of_event(clusters, start, stop)
        judged = judge(own, truth, own_hits, own_true, rules, read_out.apart)
        yield JudgedEvent(number, sample, own_hits, own_true["index"].reshape(-1), own, judged)


def samples_of(tables: Tables, names: Sequence[str]) -> dict[str, int | None]:
    """Return the numbers of the samples by their names; None stands for all events, alone where there is one sample."""
    numbers = sorted(set(tables.events["sample"].tolist()) - {NO_SAMPLE}) if tables.events else []
    named = {names[number] if number < len(names) else f"sample {number}": number for number in numbers}
    return {ALL: None, **(named if len(numbers) > 1 else {})}
