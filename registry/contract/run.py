"""What hooks and callbacks see of a run, of the graph it trains, and of the models that are compiled from it."""

from __future__ import annotations

from collections.abc import Mapping, MutableMapping
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import keras


class WrittenParameters(Protocol):
    """Parameters as they were written, before the block's own defaults."""

    def plain(self) -> dict[str, object]:
        """Return them as ordinary lists, dicts and scalars."""
        ...


class ExpandedNode(Protocol):
    """A block to be built; `dataclasses.replace` makes a changed one."""

    @property
    def path(self) -> str:
        """The full path, "iterations.0.gravnet"."""
        ...

    @property
    def use(self) -> str:
        """The name of the block."""
        ...

    @property
    def params(self) -> WrittenParameters:
        """The parameters."""
        ...

    @property
    def trainable(self) -> bool:
        """Say whether the weights are trained."""
        ...


class ExpandedGraph(Protocol):
    """A graph after loops and sub-graphs were expanded, before it is checked; hooks may change its nodes."""

    name: str
    description: str
    file: str

    @property
    def nodes(self) -> MutableMapping[str, ExpandedNode]:
        """The nodes by their full path."""
        ...


class CompiledModels(Protocol):
    """The Keras models of one graph; they share their layers and weights."""

    training: keras.Model | None
    """Maps the loader's columns, "node.port", to the scalars of every loss: {node: {term: scalar}}."""
    inference: keras.Model | None
    """Maps the columns it needs to the `outputs` of the graph."""

    @property
    def layers(self) -> Mapping[str, keras.layers.Layer]:
        """The Keras layer of every node that has one, by the node's path."""
        ...


class Run(Protocol):
    """A run while it goes on."""

    folder: Path
    """Where checkpoints and plots go before they are logged."""
    step: int
    """Training steps done."""
    epochs_done: int
    """Epochs done, over all stages."""

    @property
    def compiled(self) -> CompiledModels:
        """The models that are trained."""
        ...

    def end_stage(self, reason: str) -> None:
        """End the current stage after this epoch, as if it had had no more; the next stage follows."""
        ...

    def end_training(self, reason: str) -> None:
        """End the training after this epoch: the run is FINISHED, and the reason is kept with it."""
        ...

    def log_metrics(self, metrics: dict[str, float]) -> None:
        """Hand metrics to every tracker, at the current step."""
        ...

    def log_file(self, path: Path, folder: str) -> None:
        """Hand a file to every tracker, for a folder of the run."""
        ...

    def log_text(self, text: str, path: str) -> None:
        """Hand a text to every tracker, as a file of that name."""
        ...
