"""What the `arrays` loader can be told."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Annotated

from pydantic import Field

from registry.contract.block import BlockParams, Complaint, param
from registry.contract.errors import did_you_mean
from registry.contract.ports import TRUTH_PREFIX
from registry.plugins.shared.ports import SAMPLE, TRUTH_PORTS

TRUTH = tuple(port.name for port in (*TRUTH_PORTS, SAMPLE) if port.truth)
"""The outputs that are truth."""

STAND_INS = {"truth_position": "coordinates", "truth_energy": "energy"}
"""Of the truth, what may be made of the hit's own columns where files do not have it."""

Three = Annotated[list[str], Field(min_length=3, max_length=3)]
Six = Annotated[list[str], Field(min_length=6, max_length=6)]


class ColumnOptions(BlockParams):
    """Which column of the file each output is made of; an output without a column is not provided."""

    features: list[str] = param(..., "columns the network sees, in order", min_length=1)
    energy: str = param(..., "energy of the hit, GeV")
    coordinates: Three = param(..., "position of the hit: its x, y and z columns, cm")
    is_track: str | None = param(None, "1 for a track, 0 for a calorimeter hit; null: no hit is a track")
    truth_index: str | None = param(
        None, "id of the hit's shower, unique within its event, a whole number of up to 64 bits; negative for noise"
    )
    truth_energy: str | None = param(None, "true energy of the hit's shower, GeV")
    truth_position: Three | None = param(None, "impact point of the shower: its x, y and z columns, cm")
    truth_time: str | None = param(None, "time of the shower at its impact point, ns")
    truth_pid: Six | None = param(None, "one-hot class of the shower: six columns, muon to ambiguous")
    truth_pdg: str | None = param(None, "PDG code of the shower's particle; 0 for noise")
    truth_spectator: str | None = param(None, "distance from the shower's axis in standard deviations")
    truth_fully_contained: str | None = param(None, "1 if the particle reached the calorimeter's front face")
    truth_rec_energy: str | None = param(None, "energy of the shower as its hits have it, GeV")
    truth_is_unique: str | None = param(None, "1 on the first hit of every shower, and of the noise")
    sample: str | None = param(None, "whole number of the sample the hit's event is from, counted from 0")

    def named(self) -> Iterator[tuple[str, str]]:
        """Yield every named column with the path of the parameter that names it, ("columns.coordinates.0", "x")."""
        for output in type(self).model_fields:
            yield from self.of(output)

    def truth_among_inputs(self) -> Iterator[Complaint]:
        """Yield columns of what the network sees that are truth: by what else they are named for, or by their names."""
        # A column of the hit that stands for one of its shower holds no truth.
        stand_ins = [output for output, own in STAND_INS.items() if self._stands_for(own, output)]
        truth = {name: output for output in TRUTH if output not in stand_ins for _, name in self.of(output)}
        seen = [output for output in type(self).model_fields if output not in TRUTH]
        for path, name in (column for output in seen for column in self.of(output)):
            if name in truth:
                reason = f"it is the column of {truth[name]!r}"
            elif name.startswith(TRUTH_PREFIX):
                reason = "its name says so"
            else:
                continue
            hint = "what is known of simulated events only cannot be predicted from; leave it out"
            yield Complaint(f"column {name!r} is truth: {reason}", path, hint)

    def _stands_for(self, own: str, truth: str) -> bool:
        """Say whether columns of the hit, as their names have it, are named for a truth that the file does not have."""
        names = [name for _, name in self.of(own)]
        return getattr(self, own) == getattr(self, truth) and not any("tru" in name.lower() for name in names)

    def of(self, output: str) -> list[tuple[str, str]]:
        """Return the columns of an output, each with the parameter that names it; an empty list if it has none."""
        value = getattr(self, output)
        if isinstance(value, list):
            return [(f"columns.{output}.{index}", name) for index, name in enumerate(value)]
        return [(f"columns.{output}", value)] if value is not None else []


class TransformOptions(BlockParams):
    """How a feature is scaled: `(f(clip(x)) - offset) / scale`, where f is the natural logarithm or nothing."""

    log: bool = param(False, "take the natural logarithm, after clipping and before offset and scale")
    min: float | None = param(None, "lower values are raised to this one, in the unit of the file")
    max: float | None = param(None, "higher values are lowered to this one, in the unit of the file")
    offset: float = param(0.0, "subtracted from what the logarithm or the clipping gives")
    scale: float = param(1.0, "what the rest is divided by", gt=0)


class FilterOptions(BlockParams):
    """Which hits are kept: those whose column is within the bounds (inclusive) and among the values."""

    min: int | float | None = param(None, "lowest value kept")
    max: int | float | None = param(None, "highest value kept")
    values: list[int | float] | None = param(None, "the only values kept", min_length=1)


class SplitOptions(BlockParams):
    """Which fraction of the events each part gets; what is left over is not used."""

    train: float = param(0.7, "fraction of the events to train on", ge=0, le=1)
    validation: float = param(0.1, "fraction looked at after every epoch", ge=0, le=1)
    test: float = param(0.2, "fraction of held-out events, for the final figures", ge=0, le=1)
    seed: int | None = param(0, "seed of the order in which events are dealt out; null: the order of the file", ge=0)


class AugmentationOptions(BlockParams):
    """Symmetries of the detector that training events are moved by, differently in every epoch."""

    rotate_phi: bool = param(False, "turn every event around the z axis by an angle of its own, uniform in 0 to 2 pi")
    mirror: bool = param(False, "reflect every other event, at random: y becomes -y, and phi -phi")
    phi_columns: list[str] = param([], "features that are azimuthal angles, rad, and have to turn with the event")


class ArraysParams(BlockParams):
    """File, columns, scaling, selection, split and augmentation."""

    file: str = param(..., "npz file of 1-d arrays, one per column, one value per hit, hits sorted by event", path=True)
    published: str = param("", "where the file can be had: shown if it is missing", remark=True)
    row_splits: str = param("row_splits", "array of where each event starts and the last one ends, whole [events+1]")
    columns: ColumnOptions = param(..., "which column of the file each output is made of")
    transforms: dict[str, TransformOptions] = param(
        {}, "scaling by feature, {energy: {log: true}}; others stay as they are"
    )
    filter: dict[str, FilterOptions] = param(
        {}, "hits to keep, by column, {energy: {min: 0.05}, sample: {values: [0]}}"
    )
    noise_ids: list[int] | None = param(
        None, "values of truth_index that are noise, beside negative ones: [0] for TrackML and ACTS; null: not known"
    )
    min_hits: int = param(1, "events with fewer hits, after the filter, are left out", ge=0)
    max_hits: int | None = param(None, "events with more hits, after the filter, are left out; null: no limit", ge=1)
    min_object_hits: int = param(1, "hits of smaller objects, after the filter, count as noise: truth_index -1", ge=1)
    split: SplitOptions = param(SplitOptions(), "fractions of the events to train on, to validate on and to test on")
    augmentation: AugmentationOptions = param(AugmentationOptions(), "how training events vary from epoch to epoch")

    def conflicts(self) -> Iterator[Complaint]:
        """Yield options that do not fit together; the file is not looked at."""
        features = self.columns.features
        for name in sorted({name for name in features if features.count(name) > 1}):
            yield Complaint(f"feature {name!r} is listed twice", "columns.features", "remove one of the two")
        yield from self.columns.truth_among_inputs()
        yield from self._unknown("transforms", self.transforms)
        yield from self._unknown("augmentation.phi_columns", self.augmentation.phi_columns)
        bounded: dict[str, Mapping[str, TransformOptions | FilterOptions]]
        bounded = {"transforms": self.transforms, "filter": self.filter}
        for path, options in bounded.items():
            for name, bounds in options.items():
                if bounds.min is not None and bounds.max is not None and bounds.min > bounds.max:
                    message = f"{name}: 'min' {bounds.min:g} is above 'max' {bounds.max:g}"
                    yield Complaint(message, f"{path}.{name}.min", "exchange the two")
        if self.min_object_hits > 1 and self.columns.truth_index is None:
            message = "'min_object_hits' needs to know which object a hit belongs to"
            yield Complaint(message, "min_object_hits", "name the column as 'columns.truth_index'")
        if self.noise_ids is not None and self.columns.truth_index is None:
            yield Complaint("'noise_ids' says nothing: there are no ids", "noise_ids", "name 'columns.truth_index'")
        total = self.split.train + self.split.validation + self.split.test
        if total > 1 + 1e-9:
            yield Complaint(f"the fractions of the split add up to {total:g}", "split", "they may add up to 1 at most")

    def _unknown(self, path: str, names: Iterable[str]) -> Iterator[Complaint]:
        features = self.columns.features
        for index, name in enumerate(names):
            if name not in features:
                hint = did_you_mean(name, features) or f"features: {', '.join(features)}"
                key = str(index) if isinstance(names, list) else name
                yield Complaint(f"{name!r} is not one of the features", f"{path}.{key}", hint)
