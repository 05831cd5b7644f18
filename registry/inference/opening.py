"""Opens a trained model with what it keeps of its graph: the loader that its events are read by, and its network."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from registry.compiling.carried import carried
from registry.compiling.carried_graph import CarriedGraph, carried_graph
from registry.compiling.carried_plugins import with_plugins
from registry.compiling.model_file import require_model_file
from registry.configuration.options import GeneralOptions, Options
from registry.contract.errors import InputError, Problem
from registry.inference.data import Events, open_events
from registry.inference.model_files import find_model, is_own
from registry.loading.blocks import Registry, load_registry
from registry.loading.kept import KEPT
from registry.training.starting import prepare_tensorflow

if TYPE_CHECKING:
    from registry.inference.predicting import Network


@dataclass(frozen=True)
class TrainedModel:
    """A trained model: its file, what a user calls it, and the plugins to load it with."""

    file: Path
    name: str
    graph: CarriedGraph
    registry: Registry
    plugins: Sequence[str]

    def events(self, data: str, truth: bool = False) -> Events:
        """Open events for it (see `open_events`)."""
        return open_events(self.graph, self.registry, data, truth)

    def network(self) -> Network:
        """Load the model, for which TensorFlow is imported; raises InputError for one that cannot be used."""
        prepare_tensorflow(Options(GeneralOptions()))
        from registry.compiling.saved_model import load_model
        from registry.inference.predicting import Network

        return Network(load_model(self.file, self.plugins), self.graph.of_hits)

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
        file = find_model(named, trackings, Path(folder))
        require_model_file(file)
        graph = carried_graph(file)
        if graph is None:
            message = f"{named} does not say by which loader its events are read"
            hint = "it was not saved by a training of this program, or its graph has no loader, or several;\n"
            raise InputError([Problem(message, hint=f"{hint}in Python, load_model(...) takes columns of events")])
        inside = carried(file)
        registry = with_plugins(file, inside, [*inside.plugins, *inside.loader], allowed)
        yield TrainedModel(file, named, graph, registry, allowed)
