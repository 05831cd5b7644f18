"""Which column of a file, or which expression of columns, each output of a loader is made of."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Annotated

from pydantic import Field

from registry.contract.block import BlockParams, Complaint, param
from registry.contract.ports import TRUTH_PREFIX
from registry.plugins.shared.expression_grammar import OBJECT, ExpressionError
from registry.plugins.shared.expressions import parse
from registry.plugins.shared.ports import INPUT_PORTS, MOMENTUM, SAMPLE, TRUTH_PORTS, WEIGHT_PORTS

TRUTH = tuple(port.name for port in (*TRUTH_PORTS, MOMENTUM, *WEIGHT_PORTS, SAMPLE) if port.truth)
"""The outputs that are truth."""

WEIGHTS = tuple(port.name for port in WEIGHT_PORTS)
"""The outputs that say how much something counts in losses."""

DTYPES = {
    port.name: port.dtype
    for port in (*INPUT_PORTS, *TRUTH_PORTS, MOMENTUM, *WEIGHT_PORTS, SAMPLE)
    if port.name != "row_splits"
}
"""The dtype of every output that is made of columns."""

WHOLE = frozenset({"columns.hit_id", *(f"columns.{name}" for name, dtype in DTYPES.items() if dtype == "int32")})
"""The parameters that name columns of whole numbers."""

STAND_INS = {"truth_position": "coordinates", "truth_energy": "energy"}
"""Of the truth, what may be made of the hit's own columns where files do not have it."""

Three = Annotated[list[str], Field(min_length=3, max_length=3)]
Six = Annotated[list[str], Field(min_length=6, max_length=6)]


class ColumnOptions(BlockParams):
    """Which column of the file each output is made of; an output without a column is not provided.

    A column may be an expression, `log1p(energy)`, and `object.NAME` is a column of the object that a hit belongs to.
    """

    features: list[str] = param(..., "columns the network sees, in order", min_length=1)
    energy: str | None = param(None, "energy of the hit, GeV; null for a detector without energies")
    coordinates: Three | None = param(None, "position of the hit: its x, y and z columns, cm")
    is_track: str | None = param(None, "1 for a track, 0 for a calorimeter hit; null: no hit is a track")
    hit_id: str | None = param(
        None,
        "id of the hit, a whole number of up to 64 bits: `original_id` of predictions; null: its number in the event",
    )
    truth_index: str | None = param(
        None,
        "id of the hit's object, unique within its event, a whole number of up to 64 bits or a text; negative or empty "
        "for noise",
    )
    truth_energy: str | None = param(None, "true energy of the hit's shower, GeV")
    truth_position: Three | None = param(None, "impact point of the shower: its x, y and z columns, cm")
    truth_momentum: Three | None = param(None, "momentum of the hit's object: its x, y and z columns, GeV")
    truth_time: str | None = param(None, "time of the shower at its impact point, ns")
    truth_pid: Six | None = param(None, "one-hot class of the shower: six columns, muon to ambiguous")
    truth_pdg: str | None = param(None, "PDG code of the shower's particle; 0 for noise")
    truth_spectator: str | None = param(None, "distance from the shower's axis in standard deviations")
    truth_fully_contained: str | None = param(None, "1 if the particle reached the calorimeter's front face")
    truth_rec_energy: str | None = param(None, "energy of the shower as its hits have it, GeV")
    truth_is_unique: str | None = param(None, "1 on the first hit of every shower, and of the noise")
    hit_weight: str | None = param(None, "how much the hit counts in losses, 0 or more")
    object_weight: str | None = param(None, "how much the hit's object counts in losses, 0 or more: object.weight")
    event_weight: str | None = param(
        None, "how much the hit's event counts in losses, 0 or more, the same for its hits"
    )
    sample: str | None = param(None, "whole number of the sample the hit's event is from, counted from 0")

    def without_truth(self) -> ColumnOptions:
        """Return the columns of data of which the truth is not known."""
        return self.model_copy(update=dict.fromkeys(TRUTH))

    def named(self) -> Iterator[tuple[str, str]]:
        """Yield every named column with the path of the parameter that names it, ("columns.coordinates.0", "x")."""
        for output in type(self).model_fields:
            yield from self.of(output)

    def truth_among_inputs(self) -> Iterator[Complaint]:
        """Yield columns of what the network sees that are truth: by what else they are named for, or by their names."""
        # A column of the hit that stands for one of its shower holds no truth.
        stand_ins = [output for output, own in STAND_INS.items() if self._stands_for(own, output)]
        # What says how much a hit counts may be of the hit itself.
        known = [output for output in TRUTH if output not in (*stand_ins, *WEIGHTS)]
        truth = {name: output for output in known for _, name in self.of(output)}
        seen = [output for output in type(self).model_fields if output not in TRUTH]
        for path, text in (column for output in seen for column in self.of(output)):
            for name in columns_of(text):
                if name in truth:
                    reason = f"it is the column of {truth[name]!r}"
                elif name.startswith((TRUTH_PREFIX, OBJECT + ".")):
                    reason = "its name says so" if name.startswith(TRUTH_PREFIX) else "objects are known by simulation"
                else:
                    continue
                hint = "what is known of simulated events only cannot be predicted from; leave it out"
                yield Complaint(f"column {name!r} is truth: {reason}", path, hint)
                break

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


def columns_of(text: str, known: Collection[str] | None = None) -> list[str]:
    """Return the columns that an expression reads, those of objects with "object." before them.

    `known`: names of columns there are, among which may be `e` and `pi`; None if that is not known.
    """
    try:
        found = parse(text, known)
    except ExpressionError:
        return [text]
    return [*found.hits, *(f"{OBJECT}.{name}" for name in found.objects)]
