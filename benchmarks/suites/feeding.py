"""Hits that loaders read, beside the bare libraries, and the share of an epoch of training spent waiting for data"""

from __future__ import annotations

import json
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from benchmarks.case import Case, every
from benchmarks.data_files import FORMATS, write_files
from benchmarks.network import GRAPH, ready
from benchmarks.target import Target, ratio, value

WAYS: dict[str, dict[str, Any]] = {"": {}, ", from its files": {"memory": 8.0}, ", cache": {"memory": 8.0}}
"""Ways to read: as by default; with next to nothing kept in memory; mapped into memory from the cache."""

HITS = 1_000_000
"""Hits of each format; csv has a fifth of them."""

BATCH = 50_000
WRITTEN = {f"read ahead, {ending}": ending for ending in (".parquet", ".root", ".h5", ".npz", ".djctd", ".jsonl")}
"""Epochs of training on events in a file, little of which is kept in memory."""

PACKAGES_OF_WRITTEN = ("pyarrow", "uproot", "h5py", "numpy", "djcdata", "pyarrow")
PACKAGES = dict.fromkeys(("read ahead", "read in turn"), "tensorflow")


def cases() -> Iterator[Case]:
    """Yield every format and its library, and reading ahead in a thread, as training does, and between the steps."""
    contenders = {
        name: form.package for use, form in FORMATS.items() for name in (form.library, *(f"{use}{way}" for way in WAYS))
    }
    text = [name for name in contenders if name.startswith("trackml") or name == FORMATS["trackml"].library]
    yield from every("feeding", {name: contenders[name] for name in contenders if name not in text}, [{"hits": HITS}])
    yield from every("feeding", {name: contenders[name] for name in text}, [{"hits": HITS // 5}])
    yield from every("feeding", PACKAGES, [{"hits": 2_500, "events": 60}])
    yield from every("feeding", dict(zip(WRITTEN, PACKAGES_OF_WRITTEN, strict=True)), [{"hits": 2_500, "events": 30}])


def _bare(use: str) -> Callable[..., Callable[[], dict[str, float]]]:
    """The library alone, and what a user makes of it to cut batches from (benchmarks/bare.py)."""

    def prepare(hits: int) -> Callable[[], dict[str, float]]:
        form = FORMATS[use]
        paths, _ = write_files(use, Path(tempfile.mkdtemp()), hits)

        def read() -> None:
            for path in paths:
                form.read(path, form.wanted)

        return lambda: _rate(hits, read)

    return prepare


def _loader(use: str, way: str) -> Callable[..., Callable[[], dict[str, float]]]:
    """An epoch of batches, shuffled, as training reads it."""

    def prepare(hits: int) -> Callable[[], dict[str, float]]:
        from registry.loading.blocks import load_registry
        from registry.training.packing import pack

        folder = Path(tempfile.mkdtemp())
        _, given = write_files(use, folder, hits)
        kind: Any = load_registry().blocks[use]
        options = {"file": given, "split": {"train": 1.0, "validation": 0.0, "test": 0.0}, **FORMATS[use].options}
        options |= WAYS[way] | ({"cache": str(folder / "cache")} if "cache" in way else {})
        source = kind(kind.Params(**options)).open(1)
        sizes = source.sizes("train")
        epoch = iter(range(1_000_000))

        def read() -> None:
            for batch in pack(sizes, source.shuffled("train", np.random.default_rng(next(epoch))), BATCH):
                source.read("train", batch, 0)

        return lambda: _rate(hits, read)

    return prepare


def _rate(hits: int, read: Callable[[], Any]) -> dict[str, float]:
    started = time.perf_counter()
    read()
    return {"hits_per_second": hits / (time.perf_counter() - started)}


def _epoch(ahead: bool, written: str = "") -> Callable[..., Callable[[], dict[str, float]]]:
    """An epoch of training; `written`: the ending of the file that the events are read from, batch by batch."""

    def prepare(hits: int, events: int) -> Callable[[], dict[str, float]]:
        sets = [f"Data.options.showers.train_events={events}"]
        if written:
            import registry

            file = Path(tempfile.mkdtemp()) / f"showers{written}"
            of_parts = {f"Data.options.showers.{part}_events": 1 for part in ("validation", "test")}
            made = registry.convert(str(GRAPH), file, set={"Data.options.showers.train_events": events, **of_parts})
            options = yaml.safe_load(made.description.read_text())["Data"]
            ((use, parameters),) = options["options"].items()
            parameters |= {"file": str(file), "memory": 1.0}
            sets = [f"Data.loader={use}", f"Data.options.{use}={json.dumps(parameters)}"]
            sets += ["Data.scaling=none"] if options.get("scaling") else []
        steps, feed = ready(sets)
        number = iter(range(1_000_000))

        def batches() -> Iterable[Any]:
            chosen = feed.batches("train", hits, 0)
            return feed.stream("train", chosen, 0) if ahead else (feed.read("train", own, 0) for own in chosen)

        def epoch() -> dict[str, float]:
            started = ended = time.perf_counter()
            waited = 0.0
            for batch in batches():
                waited += time.perf_counter() - ended
                steps.train(steps.inputs(batch), next(number))
                ended = time.perf_counter()
            steps.train_sums.take()
            return {"waiting": waited / (time.perf_counter() - started)}

        return epoch

    return prepare


CONTENDERS = {
    **{form.library: _bare(use) for use, form in FORMATS.items()},
    **{f"{use}{way}": _loader(use, way) for use in FORMATS for way in WAYS},
    "read ahead": _epoch(True),
    "read in turn": _epoch(False),
    **{name: _epoch(True, ending) for name, ending in WRITTEN.items()},
}

TARGETS = (
    *(
        Target(
            f"loader `{loader}`{way}, hits/s beside {form.library}: 0.7 x",
            ratio("feeding", f"{loader}{way}", form.library, "hits_per_second"),
            0.7,
            at_least=True,
        )
        for loader, form in FORMATS.items()
        for way in WAYS
    ),
    *(
        Target(f"epoch, waiting for data, {name}: 5 % at most", value("feeding", name, "waiting", 100), 5, unit=" %")
        for name in WRITTEN
    ),
    Target("epoch, waiting for data: 3 % at most", value("feeding", "read ahead", "waiting", 100), 3, unit=" %"),
)
