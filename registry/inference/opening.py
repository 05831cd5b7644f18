"""Opens a trained model with what it keeps of its graph: the loader that its events are read by, and its network."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from registry.compiling.carried import carried
from registry.compiling.carried_graph import CarriedGraph, carried_graph
from registry.compiling.carried_plugins import with_plugins
from registry.compiling.carried_read_out import read_out_of, untuned
from registry.compiling.model_file import require_model_file
from registry.configuration.options import GeneralOptions, Options
from registry.contract.errors import InputError, Problem
from registry.inference.data import Events, open_events
from registry.inference.loaded import identity, loaded
from registry.inference.model_files import find_model, is_own
from registry.inference.tables import tabulate
from registry.loading.blocks import Registry, load_registry
from registry.loading.kept import KEPT
from registry.training.starting import prepare_tensorflow

if TYPE_CHECKING:
    from registry.contract.data import Part
    from registry.inference.predicting import Network
    from registry.inference.writing import Tabulate
    from registry.measuring.read_out import ReadOut


@dataclass(frozen=True)
class TrainedModel:
    """A trained model: its file, what a user calls it, and the plugins to load it with."""

    file: Path
    name: str
    graph: CarriedGraph
    registry: Registry
    plugins: Sequence[str]

    def events(self, data: str, truth: bool = False, part: Part | None = None, further: Sequence[str] = ()) -> Events:
        """Open events for it (see `open_events`)."""
        return open_events(self.graph, self.registry, data, truth, part, further)

    def network(self) -> Network:
        """Return the network, for which TensorFlow is imported; raises InputError for a model that cannot be used.

        Within a process a model is loaded once, by the contents of its file and of its plugins.
        """
        return loaded(identity(self.digest(), self.plugins, self.registry), self._load)

    def _load(self) -> Network:
        prepare_tensorflow(Options(GeneralOptions()))
        from registry.compiling.saved_model import load_model
        from registry.inference.predicting import Network

        return Network(load_model(self.file, self.plugins), self.graph.of_hits)

    def tabulate(self, clusters: bool) -> Tabulate:
        """Return what makes tables of predicted events; `clusters`: with the clusters of the model's read-out.

        Raises InputError if the model has none, or needs a plugin for it that is not there.
        """
        return partial(tabulate, read_out=self.read_out() if clusters else None)

    def read_out(self) -> ReadOut:
        """Return what makes clusters of predictions; raises InputError if there is nothing, or a plugin is missing."""
        found = read_out_of(self.file, self.registry)
        if found is None:
            message = f"{self.name} does not say how clusters are made of its predictions"
            hint = "its graph has no output for the clusterer of its section `Evaluation`, or for condensation: `beta`"
            raise InputError([Problem(message, hint=hint)])
        return found

    def doubts(self, clusters: bool) -> list[Problem]:
        """Return warnings about what the model was saved with; `clusters`: it is to make some."""
        doubt = untuned(self.file, self.read_out().clusterer) if clusters else ""
        hint = "`train --resume RUN` ends the training; `evaluate` chooses thresholds of its own, and prints them"
        return [Problem(doubt, hint=hint, severity="warning")] if doubt else []

    def made_of(self, clusters: bool) -> dict[str, tuple[str, str]]:
        """Return what predictions depend on beside the data: by its kind a hash, and what it is called."""
        read_out = json.dumps(self.read_out().plain()) if clusters else "none"
        return {"model": (self.digest(), self.name), "read-out": (read_out, read_out)}

    def digest(self) -> str:
        """Return the SHA-256 of the model's file."""
        with self.file.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()


@contextmanager
def opened_model(named: str, plugins: Sequence[str] = ()) -> Iterator[TrainedModel]:
    """Open the model that a user names (see `find_model`); TensorFlow is not imported for it.

    `plugins`: files or modules; "kept" allows the copies that a `.keras` file carries, as those of a run are. Raises
    InputError for a model that is not there, or keeps nothing of its graph, and for plugins that are missing.
    """
    names = [name for name in plugins if name != KEPT]
    allowed = [*plugins, *([KEPT] if is_own(named) and KEPT not in plugins else [])]
    with TemporaryDirectory() as folder:
        trackings = load_registry((name, None) for name in names).trackings.values()
        yield trained_model(find_model(named, trackings, Path(folder)), named, allowed)


def trained_model(file: Path, name: str, plugins: Sequence[str]) -> TrainedModel:
    """Open the model in a `.keras` file, which a user calls `name`; raises InputError as `opened_model` does."""
    require_model_file(file)
    graph = carried_graph(file)
    if graph is None:
        message = f"{name} does not say by which loader its events are read"
        hint = "it was not saved by a training of this program, or its graph has no loader, or several;\n"
        raise InputError([Problem(message, hint=f"{hint}in Python, load_model(...) takes columns of events")])
    inside = carried(file)
    registry = with_plugins(file, inside, [*inside.plugins, *inside.around], plugins)
    return TrainedModel(file, name, graph, registry, plugins)
