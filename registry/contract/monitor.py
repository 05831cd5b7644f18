"""What a monitor sees and returns: values of its inputs, outside the training step."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import field
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Protocol, runtime_checkable

from registry.contract.data import Part
from registry.contract.figures import Figure
from registry.contract.records import record

if TYPE_CHECKING:
    import numpy as np

Moment = Literal["start", "record", "epoch", "end"]
"""Before the first step; every `plot_frequency` records; after each epoch; after the last step."""

VALIDATION = "validation"


def of_validation(metric: str) -> str:
    """Return the name of the same figure of the validation events, which is what a monitor finds after an epoch.

    "clusters/validation/efficiency" for "clusters/efficiency", which is that of the test events at start and end.
    """
    family, _, name = metric.rpartition("/")
    return f"{family}/{VALIDATION}/{name}"


@record
class Observation:
    """The values of a monitor's inputs for one batch of events, as NumPy arrays by port name."""

    values: Mapping[str, Any]
    part: Part


@record
class NetworkView:
    """The network as it is now, by node; each is computed when it is called, and changes nothing.

    `weights()`: the trained weights of every node that has some; `gradients()`: in the same order, the gradient of the
    loss by them on the fixed event, as in training; `outputs()`: the default output of these nodes on the fixed event,
    [rows, units], where they have one of this form.
    """

    weights: Callable[[], Mapping[str, Sequence[np.ndarray]]] = dict
    gradients: Callable[[], Mapping[str, Sequence[np.ndarray]]] = dict
    outputs: Callable[[], Mapping[str, np.ndarray]] = dict


@record
class MonitorContext:
    """When and on what a monitor looks: the moment, step and epoch so far, a folder for files, and the batches.

    `batches(part)` runs the current model over a part and yields its observations; `fixed_event` is one validation
    event (without any, one training event) that stays the same during a run; `network` shows weights and gradients;
    `units`: of the columns of the data, by the loader's ports.
    """

    moment: Moment
    step: int
    epoch: int
    folder: Path
    batches: Callable[[Part], Iterable[Observation]]
    fixed_event: Callable[[], Observation]
    network: NetworkView = field(default_factory=NetworkView)
    units: Mapping[str, str] = field(default_factory=dict)

    def observe(self, part: Part) -> Iterator[Observation]:
        """Yield the observations of every batch of a part."""
        return iter(self.batches(part))

    def observe_fixed_event(self) -> Observation:
        """Return the observation of the fixed event."""
        return self.fixed_event()


@record(frozen=False)
class Findings:
    """What a monitor found: metrics by name, files it drew, text for the terminal and the log, figures by their title.

    Figures are kept as numbers, those of the last look only, and the page of the run draws them.
    """

    metrics: dict[str, float] = field(default_factory=dict)
    files: list[Path] = field(default_factory=list)
    text: str = ""
    figures: dict[str, Figure] = field(default_factory=dict)


class Monitor(Protocol):
    """An opened monitor."""

    moments: tuple[Moment, ...]
    """The moments at which it wants to look."""

    def look(self, context: MonitorContext) -> Findings:
        """Look at the model, and return what was found."""
        ...


@runtime_checkable
class Remembering(Protocol):
    """A monitor that compares its looks: checkpoints keep what it remembers, and give it back to a run that goes on."""

    def memory(self) -> Mapping[str, np.ndarray]:
        """Return what it remembers of its looks until now, by name."""
        ...

    def remember(self, memory: Mapping[str, np.ndarray]) -> None:
        """Take back what `memory` has returned; it may be of another monitor that had this node's name."""
        ...


def by_event(values: np.ndarray, row_splits: np.ndarray) -> list[np.ndarray]:
    """Cut a flat array [hits, ...] into one array per event."""
    return [values[start:stop] for start, stop in pairwise(row_splits)]
