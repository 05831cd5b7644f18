"""What the kernels are meant to reach, against what one run measured."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from benchmarks.data_files import FORMATS
from benchmarks.growth import fit_exponent
from benchmarks.suites.feeding import WAYS, WRITTEN
from registry.console.table import markdown_table

Results = list[dict[str, Any]]
SMALL = {"hits": 45_000, "d": 3, "k": 64}
FEWEST_HITS, FEWEST_NEIGHBOURS = 5_000, 8


@dataclass(frozen=True)
class Target:
    """A figure to reach; `measured` returns it from the results of a run, None where they do not hold it."""

    text: str
    measured: Callable[[Results], float | None]
    limit: float
    at_least: bool
    unit: str = ""

    def row(self, results: Results) -> list[str]:
        """Return the row of the table: target, what was measured, and whether that is enough."""
        value = self.measured(results)
        if value is None:
            return [self.text, "not measured", ""]
        reached = value >= self.limit if self.at_least else value <= self.limit
        return [self.text, f"{value:,.2f}{self.unit}", "yes" if reached else "**no**"]


def targets_table(results: Results) -> list[str]:
    """Return the lines of the table of all targets."""
    rows = [target.row(results) for target in TARGETS]
    return ["## Against the targets", "", *markdown_table(["target", "measured", "reached"], rows)]


def _figure(results: Results, suite: str, contender: str, name: str, **numbers: int) -> float | None:
    wanted = {"suite": suite, "contender": contender, **numbers}
    for result in results:
        if name in result and all(result.get(key) == value for key, value in wanted.items()):
            return float(result[name])
    return None


def _ratio(suite: str, other: str, numbers: dict[str, int], name: str = "seconds") -> Callable[[Results], float | None]:
    """How many times as much `other` takes as our kernels."""

    def measured(results: Results) -> float | None:
        ours = _figure(results, suite, "numba", name, **numbers)
        theirs = _figure(results, suite, other, name, **numbers)
        return theirs / ours if ours and theirs else None

    return measured


def _least_ratio(results: Results) -> float | None:
    """The search against pykdtree where it does worst."""
    numbers = [
        {key: result[key] for key in ("hits", "k", "d")}
        for result in results
        if result["suite"] == "knn" and result["hits"] >= FEWEST_HITS and result["k"] >= FEWEST_NEIGHBOURS
    ]
    ratios = [_ratio("knn", "pykdtree", number)(results) for number in numbers]
    return min((ratio for ratio in ratios if ratio is not None), default=None)


def _growth(suite: str, name: str, **fixed: int) -> Callable[[Results], float | None]:
    """The exponent with which a figure of our kernels grows with hits."""

    def measured(results: Results) -> float | None:
        wanted = {"suite": suite, "contender": "numba", **fixed}
        points = [
            (float(result["hits"]), float(result[name]))
            for result in results
            if result.get(name) and all(result.get(key) == value for key, value in wanted.items())
        ]
        return fit_exponent(points) if len(points) >= 3 else None

    return measured


def _value(suite: str, contender: str, name: str, factor: float, **numbers: int) -> Callable[[Results], float | None]:
    def measured(results: Results) -> float | None:
        value = _figure(results, suite, contender, name, **numbers)
        return None if value is None else factor * value

    return measured


def _gain_of_fewer_threads(results: Results) -> float | None:
    """How much faster the step is with fewer threads than with all of them."""
    every = _figure(results, "threads", "both", "seconds")
    fewer = [_figure(results, "threads", name, "seconds") for name in ("numba one", "tensorflow one", "both one")]
    known = [seconds for seconds in fewer if seconds is not None]
    return every / min(known) if every and known else None


def _between(contender: str, other: str, name: str, hits: int) -> Callable[[Results], float | None]:
    """How many times as much a training step takes in one way as in another."""

    def measured(results: Results) -> float | None:
        one, two = (_figure(results, "step", way, name, hits=hits, k=64) for way in (contender, other))
        return one / two if one and two else None

    return measured


def _faster(suite: str, slow: str, fast: str, hits: int) -> Callable[[Results], float | None]:
    """How many times as long one contender of a suite takes as another."""

    def measured(results: Results) -> float | None:
        one, two = (_figure(results, suite, way, "seconds", hits=hits) for way in (slow, fast))
        return one / two if one and two else None

    return measured


def _slower(suite: str, one: str, other: str) -> Callable[[Results], float | None]:
    """How many times as long one contender of a suite with a single case takes as another."""

    def measured(results: Results) -> float | None:
        first, second = (_figure(results, suite, way, "seconds") for way in (one, other))
        return first / second if first and second else None

    return measured


def _beside(loader: str, library: str) -> Callable[[Results], float | None]:
    """Hits that a loader reads in a second, in terms of those that its library reads."""

    def measured(results: Results) -> float | None:
        ours = _figure(results, "feeding", loader, "hits_per_second")
        theirs = _figure(results, "feeding", library, "hits_per_second")
        return ours / theirs if ours and theirs else None

    return measured


def _check_of(contender: str, **numbers: int) -> Callable[[Results], float | None]:
    return _value("check", contender, "seconds", 1, **numbers)


LARGE = {"hits": 45_000, "k": 64, "features": 64}
OBJECTS = {"hits": 45_000, "objects": 1000}
STEP = {"hits": 10_000, "k": 64}

TARGETS = (
    *(
        Target(f"check of graphs/gravnet.yaml, {way}: {limit} s", _check_of(way), limit, False, " s")
        for way, limit in (("repeated", 0.4), ("first", 0.4), ("edited", 0.4), ("wrong option", 1))
    ),
    Target("check of a graph of 1,000 nodes: 3 s", _check_of("check", nodes=1_000), 3, False, " s"),
    Target("kernels, compiled: 20 s", _value("first_start", "compiled", "seconds", 1), 20, False, " s"),
    Target("kernels, loaded: 1 s", _value("first_start", "loaded", "seconds", 1), 1, False, " s"),
    Target("search, 45,000 hits, d = 3, K = 64, against pykdtree: 2 x", _ratio("knn", "pykdtree", SMALL), 2, True),
    Target("the same, K = 128: 4 x", _ratio("knn", "pykdtree", {**SMALL, "k": 128}), 4, True),
    Target("the same, d = 6, K = 64: 1.5 x", _ratio("knn", "pykdtree", {**SMALL, "d": 6}), 1.5, True),
    Target("search, worst case from 5,000 hits and K = 8 up, against pykdtree: 1 x", _least_ratio, 1, True),
    Target("search, growth with hits: exponent 1.15 at most", _growth("knn", "seconds", k=64, d=3), 1.15, False),
    Target(
        "aggregation, 45,000 x 64 x 64, both ways, against plain gather: 8 x",
        _ratio("aggregation", "gather", LARGE),
        8,
        True,
    ),
    Target("its extra memory: a tenth", _ratio("aggregation", "gather", LARGE, "extra_mb"), 10, True),
    Target(
        "condensation loss, 45,000 hits, 1,000 objects, against the plain form: 5 x",
        _ratio("condensation", "plain", OBJECTS),
        5,
        True,
    ),
    Target(
        "its memory, growth with hits: exponent 1.1 at most",
        _growth("condensation", "extra_mb", objects=1000),
        1.1,
        False,
    ),
    Target(
        "training step, 10,000 hits, K = 64: 0.7 s", _value("step", "numba", "seconds", 1, **STEP), 0.7, False, " s"
    ),
    *(
        Target(
            f"the same, {hits:,} hits, against what the machine could do at best: 2 x the time",
            _between("numba", "at best", "seconds", hits),
            2,
            False,
        )
        for hits in (10_000, 45_000)
    ),
    Target("the same, against the plain kernels: 6 x", _ratio("step", "plain", STEP), 6, True),
    Target(
        "training step, 120,000 hits, K = 64, whole process: 8 GB",
        _value("step", "numba", "process_mb", 2**20 / 1e9, hits=120_000, k=64),
        8,
        False,
        " GB",
    ),
    Target(
        "the same, 320,000 hits, iterations computed again: 9 GB",
        _value("step", "recompute", "process_mb", 2**20 / 1e9, hits=320_000, k=64),
        9,
        False,
        " GB",
    ),
    Target(
        "the same, four batches accumulated: 9 GB",
        _value("step", "recompute, accumulate", "process_mb", 2**20 / 1e9, hits=320_000, k=64),
        9,
        False,
        " GB",
    ),
    Target(
        "the same, beside one batch a step: no more memory",
        _between("recompute, accumulate", "recompute", "process_mb", 320_000),
        1.02,
        False,
    ),
    *(
        Target(
            f"price of computing again, {hits:,} hits: 1.4 x the time",
            _between("recompute", "numba", "seconds", hits),
            1.4,
            False,
        )
        for hits in (8_000, 45_000, 120_000, 200_000, 320_000)
    ),
    *(
        Target(
            f"two ranks against one process, each with {hits:,} hits a step: 1.7 x",
            _faster("ranks", "one process", "two ranks", hits),
            1.7,
            True,
        )
        for hits in (2_500, 10_000)
    ),
    Target(
        "clusters of 40,000 hits, against the network that predicts them: 4 x",
        _ratio("clustering", "network", {"hits": 40_000}),
        4,
        True,
    ),
    Target("gain of fewer threads (Numba and TensorFlow do not fight): none", _gain_of_fewer_threads, 1.05, False),
    *(
        Target(f"loader `{loader}`{way}, hits/s beside {library}: 0.7 x", _beside(f"{loader}{way}", library), 0.7, True)
        for loader, library in ((use, form.library) for use, form in FORMATS.items())
        for way in WAYS
    ),
    *(
        Target(
            f"mlflow's page over 1,000 runs of the tracker `{tracker}`: opens within 10 s",
            _value("serve", tracker, "seconds", 1, runs=1_000),
            10,
            False,
            " s",
        )
        for tracker in ("mlflow", "folder")
    ),
    *(
        Target(f"epoch, waiting for data, {name}: 5 % at most", _value("feeding", name, "waiting", 100), 5, False, " %")
        for name in WRITTEN
    ),
    Target(
        "share of the README's training that its monitors take, start and end aside: 3 % at most",
        _value("monitors", "with monitors", "monitors", 100),
        3,
        False,
        " %",
    ),
    Target(
        "an epoch of it, with its monitors beside without: 1.03 x at most",
        _slower("monitors", "with monitors", "without"),
        1.03,
        False,
    ),
    Target("epoch, waiting for data: 3 % at most", _value("feeding", "read ahead", "waiting", 100), 3, False, " %"),
)
