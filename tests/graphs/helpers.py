"""Compiles the architectures that come with the tool, on a few small events."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from registry.compiling.model import Compiled, compile_graph
from registry.contract.data import Source
from registry.training.events import open_data
from registry.training.feeding import Feed
from registry.training.seeds import seed_everything
from registry.wiring.checked_graph import CheckedGraph
from registry.wiring.opening import open_graph

ROOT = Path(__file__).resolve().parents[2]
GRAPHS = ROOT / "graphs"
NAMES = sorted(str(path.relative_to(GRAPHS).with_suffix("")) for path in GRAPHS.rglob("*.yaml"))
"""Every graph file, by its path without the ending."""

FEW_EVENTS = ("Data.options.showers.train_events=3", "Data.options.showers.validation_events=1")

FEW_TRACKS = (
    "Data.options.tracks.train_events=3",
    "Data.options.tracks.validation_events=1",
    "Data.options.tracks.min_tracks=10",
    "Data.options.tracks.max_tracks=20",
)

TRACKS = ("tracks", "edge_classification", "track_condensation", "track_contrastive")
"""Graphs that train on generated tracks."""

SMALL = ("Architecture.gravnet=[{n: 16}]", "Architecture.message_passing=[{n: 8}]")
"""Settings of graphs/gravnet.yaml with which it has one iteration: for tests of what stands before and behind it."""


def few_events(name: str) -> tuple[str, ...]:
    """Return settings with which a graph has a few small events; none for a graph without options."""
    return () if name.startswith("pre/") else FEW_TRACKS if name in TRACKS else FEW_EVENTS


def opened(name: str, *sets: str) -> CheckedGraph:
    """Open a graph of the tool."""
    return open_graph(str(GRAPHS / f"{name}.yaml"), sets=sets)


@dataclass
class Model:
    """A compiled graph with its events."""

    compiled: Compiled
    source: Source

    @classmethod
    def of(cls, checked: CheckedGraph) -> Model:
        """Compile a graph and open its events."""
        seed_everything(1)
        return cls(compile_graph(checked), open_data(checked.loader, 1))

    def batch(self, count: int = 3) -> dict[str, Any]:
        """Return the columns of the first training events that any of the models reads."""
        loader = self.compiled.checked.loader
        keys = frozenset(f"{loader.written.path}.{port}" for port in loader.types)
        return dict(Feed(self.source, loader.written.path, keys, 1).read("train", np.arange(count)).tensors)

    def predict(self, columns: dict[str, Any]) -> dict[str, np.ndarray]:
        """Return the outputs of the inference model."""
        model = self.compiled.inference
        assert model is not None
        found = model({name: columns[name] for name in model.input}, training=False)
        return {name: np.asarray(value) for name, value in found.items()}
