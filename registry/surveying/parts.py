"""What the parts of data are like, as a network sees them: columns, objects, what is there twice, what drifts."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from registry.contract.data import PARTS, Columns, Part
from registry.training.checked_source import CheckedSource

EVENTS_AT_ONCE = 64
"""Events that are read together."""

MOST_VALUES = 100_000
"""Values of a column of a part that are kept: of more, every second one is dropped."""

DRIFT = 0.1
"""Distance of Kolmogorov and Smirnov from which on a difference between two parts is pointed out."""

MOST_CHANCE = 1e-3
"""Probability by chance up to which it is."""

MORE = 2.0
"""Times the difference that events alone make, from which on it is: hits of one event are not independent."""

FEWEST = 3
"""Events of a part of which something is said."""

OBJECTS_ENERGY = "energy of objects"
"""What true energies of objects are called."""

PER_EVENT = ("hits per event", "objects per event")


class Thinned:
    """Values of a column, evenly thinned."""

    def __init__(self) -> None:
        self._parts: list[np.ndarray] = []
        self._n, self._stride = 0, 1

    def add(self, values: np.ndarray) -> None:
        """Take some more values, [n]."""
        kept = np.asarray(values[:: self._stride], np.float64)
        self._parts.append(kept)
        self._n += len(kept)
        while self._n > MOST_VALUES:
            self._parts = [np.concatenate(self._parts)[::2]]
            self._n, self._stride = len(self._parts[0]), 2 * self._stride

    @property
    def values(self) -> np.ndarray:
        """The values that are kept."""
        return np.concatenate([np.zeros(0), *self._parts])


@dataclass(eq=False)
class PartFound:
    """A part: its columns by name, hits per event, and of the truth objects per event, hits and energies of objects.

    `halves`: the columns of every second event, and of the others; `classes`: objects by class; `noise`: hits of none;
    `twice`: hits that are there twice in their event.
    """

    events: int = 0
    hits: int = 0
    noise: int = 0
    twice: int = 0
    columns: dict[str, Thinned] = field(default_factory=dict)
    halves: dict[str, tuple[Thinned, Thinned]] = field(default_factory=dict)
    classes: Counter[str] = field(default_factory=Counter)


@dataclass(frozen=True)
class Drift:
    """How much a column differs between training and another part: the greatest distance of their distributions.

    `chance`: its probability if all values were independent; `usual`: the distance that so many events have by chance,
    as the two halves of the training events have it.
    """

    column: str
    part: str
    distance: float
    chance: float
    usual: float

    @property
    def is_marked(self) -> bool:
        """Whether it is more than chance and large enough to matter."""
        return self.distance > max(DRIFT, MORE * self.usual) and self.chance < MOST_CHANCE


@dataclass(frozen=True, eq=False)
class PartsFound:
    """All parts; `same`: events of equal contents, each pair by name; `first`: the first training event with hits."""

    parts: Mapping[Part, PartFound]
    same: Sequence[tuple[str, str]]
    drifts: Sequence[Drift]
    first: Columns | None
    first_name: str = ""

    def plain(self) -> dict[str, Any]:
        """Return what was found as plain values, for JSON."""
        return {
            "duplicate_hits": {part: found.twice for part, found in self.parts.items()},
            "duplicate_events": [list(pair) for pair in self.same],
            "classes": {part: dict(found.classes) for part, found in self.parts.items()},
            "drift": [
                {"column": d.column, "part": d.part, "distance": d.distance, "chance": d.chance, "usual": d.usual}
                for d in self.drifts
            ],
        }


def look_at_parts(source: CheckedSource, names: Mapping[str, Sequence[str]]) -> PartsFound:
    """Read every part once, and return what it is like; `names`: what the columns of an output are called."""
    found: dict[Part, PartFound] = {}
    known: dict[bytes, str] = {}
    same: list[tuple[str, str]] = []
    first: Columns | None = None
    first_name = ""
    for part in PARTS:
        made = found[part] = PartFound()
        for events, columns in _batches(source, part):
            _add(made, columns, names)
            splits = columns["row_splits"]
            for place, event in enumerate(events):
                if splits[place + 1] == splits[place]:
                    continue
                own = {name: value[splits[place] : splits[place + 1]] for name, value in columns.items()}
                if first is None:
                    first, first_name = own, source.describe(part, int(event))
                digest = hashlib.blake2b(np.ascontiguousarray(own["features"]).tobytes(), digest_size=12).digest()
                if digest in known:
                    same.append((known[digest], f"{source.describe(part, int(event))} ({part})"))
                else:
                    known[digest] = f"{source.describe(part, int(event))} ({part})"
    return PartsFound(found, same, list(_drifts(found)), first, first_name)


def _batches(source: CheckedSource, part: Part) -> Iterator[tuple[np.ndarray, Columns]]:
    events = np.arange(len(source.sizes(part)))
    for start in range(0, len(events), EVENTS_AT_ONCE):
        chosen = events[start : start + EVENTS_AT_ONCE]
        yield chosen, source.read(part, chosen, None)


def _add(made: PartFound, columns: Columns, names: Mapping[str, Sequence[str]]) -> None:
    import pandas as pd

    splits = columns["row_splits"]
    sizes = np.diff(splits)
    event = np.repeat(np.arange(len(sizes)), sizes)
    made.events += len(sizes)
    made.hits += int(splits[-1])
    _take(made, "hits per event", sizes, np.arange(len(sizes)))
    for output, values in columns.items():
        if output in ("row_splits", "truth_index"):
            continue
        flat = np.asarray(values).reshape(len(values), int(np.prod(np.shape(values)[1:])))
        own = names.get(output, ())
        for number in range(flat.shape[1]):
            label = own[number] if len(own) == flat.shape[1] else output + (f".{number}" if flat.shape[1] > 1 else "")
            if output == "features" or label not in names.get("features", ()):
                _take(made, label, flat[:, number], event)
    features = pd.DataFrame(np.asarray(columns["features"])).assign(event=event)
    made.twice += int(features.duplicated().sum())
    if "truth_index" in columns:
        _add_truth(made, columns, event, len(sizes))


def _add_truth(made: PartFound, columns: Columns, event: np.ndarray, n_events: int) -> None:
    numbers = columns["truth_index"][:, 0]
    owned = np.flatnonzero(numbers >= 0)
    made.noise += len(numbers) - len(owned)
    key = event[owned] * (int(numbers.max(initial=0)) + 1) + numbers[owned]
    _, place, hits = np.unique(key, return_index=True, return_counts=True)
    of_object = event[owned[place]]
    _take(made, "hits per object", hits, of_object)
    _take(made, "objects per event", np.bincount(of_object, minlength=n_events), np.arange(n_events))
    if "truth_energy" in columns:
        _take(made, OBJECTS_ENERGY, columns["truth_energy"][owned[place], 0], of_object)
    if "truth_pdg" in columns:
        made.classes.update(f"PDG {code}" for code in columns["truth_pdg"][owned[place], 0].astype(int).tolist())
    elif "truth_pid" in columns:
        made.classes.update(f"class {number}" for number in columns["truth_pid"][owned[place]].argmax(axis=1).tolist())


def _take(made: PartFound, name: str, values: np.ndarray, event: np.ndarray) -> None:
    """Take some more values of a column, [n]; `event`: of each its event, counted from an even one."""
    own = np.asarray(values).reshape(-1)
    made.columns.setdefault(name, Thinned()).add(own)
    for half, kept in enumerate(made.halves.setdefault(name, (Thinned(), Thinned()))):
        kept.add(own[event % 2 == half])


def _drifts(found: Mapping[Part, PartFound]) -> Iterator[Drift]:
    from scipy.stats import ks_2samp

    for part in PARTS[1:]:
        for name, column in found[part].columns.items():
            mine, theirs = found["train"].columns.get(name, Thinned()).values, column.values
            if len(mine) > 1 and len(theirs) > 1:
                tested = ks_2samp(mine, theirs, method="asymp")
                usual = _usual(found["train"], name, found[part].events)
                yield Drift(name, part, float(tested.statistic), float(tested.pvalue), usual)


def _usual(train: PartFound, name: str, events: int) -> float:
    """Return how far a part of so many events, alike those of training, may be from it by chance.

    A distance falls with the root of the numbers of events: 1 / n + 1 / m, between two halves 2 / n + 2 / n.
    """
    from scipy.stats import ks_2samp

    first, second = (half.values for half in train.halves[name])
    if min(len(first), len(second)) < 2 or min(train.events, events) < FEWEST:
        return 1.0
    between = float(ks_2samp(first, second, method="asymp").statistic)
    return between * float(np.sqrt((1 / train.events + 1 / events) / (4 / train.events)))
