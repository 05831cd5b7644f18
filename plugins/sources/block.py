"""Declares the loaders: a seeded shower generator, and arrays in a file."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from plugins.sources.arrays_options import ArraysParams
from plugins.sources.ports import INPUT_PORTS, SAMPLE, TRUTH_PORTS
from plugins.sources.shower_options import ShowerOptions
from registry.axes import Bindings, TensorType
from registry.block import Complaint, InputTypes, Loader, param
from registry.data import Part, Source

N_SHOWER_FEATURES = 10


class Showers(Loader):
    """Generates calorimeter events: showers that overlap, noise hits, and the truth; nothing is read from disk.

    An endcap of 50 layers; longitudinal gamma profiles and radial profiles that depend on energy and depth, hadrons
    with a random first interaction; electronic noise and zero suppression. Hits of an event fall in energy. Events
    depend on `seed` (not on the seed of the training) and the options alone, and are kept in memory.
    Outputs: ten features as in blocks.md 9.1, the truth as in 9.2. Source: hep-ex/0001020; NIM 186 (1981) 533.
    """

    name: ClassVar[str] = "showers"
    outputs = (*INPUT_PORTS, *TRUTH_PORTS)

    class Params(ShowerOptions):
        """Numbers of events, the seed of the data, and what the events are like."""

        train_events: int = param(400, "number of events to train on", ge=1)
        validation_events: int = param(50, "number of events looked at after every epoch", ge=0)
        test_events: int = param(100, "number of held-out events, for the final figures", ge=0)
        seed: int = param(0, "seed of the data; runs with another `General.seed` see the same events", ge=0)

    def output_types(self, inputs: InputTypes, bindings: Bindings, node: str) -> dict[str, TensorType]:
        bindings.sizes["features"] = N_SHOWER_FEATURES
        return super().output_types(inputs, bindings, node)

    def check(self) -> Iterator[Complaint]:
        return self.params.conflicts()

    def open(self, seed: int) -> Source:
        """Return the generated events; `seed` plays no part."""
        from plugins.sources.shower_source import ShowerSource

        params = self.params
        counts: dict[Part, int] = {
            "train": params.train_events,
            "validation": params.validation_events,
            "test": params.test_events,
        }
        return ShowerSource(counts, params.seed, params)


class Arrays(Loader):
    """Reads events from an npz file of flat columns, one value per hit, and row splits.

    `features` are scaled as `transforms` says, `(f(clip(x)) - offset) / scale`; the other columns are left alone.
    Training events can be rotated and mirrored, differently in every epoch.
    Outputs: what `columns` names; without `is_track`, no hit is a track.
    Errors: a file that is missing or not npz, a column that is missing, not flat, not finite or of another length, and
    row splits that do not fit stop the run before training starts.
    """

    name: ClassVar[str] = "arrays"
    outputs = (*INPUT_PORTS, *TRUTH_PORTS, SAMPLE)

    class Params(ArraysParams):
        """File, columns, scaling, selection, split and augmentation."""

    def output_types(self, inputs: InputTypes, bindings: Bindings, node: str) -> dict[str, TensorType]:
        columns = self.params.columns
        bindings.sizes["features"] = len(columns.features)
        types = super().output_types(inputs, bindings, node)
        return {name: type_ for name, type_ in types.items() if name in ("row_splits", "is_track") or columns.of(name)}

    def check(self) -> Iterator[Complaint]:
        from plugins.sources.arrays import inspect

        return inspect(self.params)

    def open(self, seed: int) -> Source:
        """Return the events of the file; `seed` is that of the augmentation."""
        from plugins.sources.arrays import ArraysSource

        return ArraysSource(self.params, seed)


BLOCKS = (Showers, Arrays)
