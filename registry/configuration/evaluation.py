"""The options of `Evaluation`: how clusters are made of predictions, and how they are judged."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

from pydantic import Field, ValidationInfo, field_validator

from registry.contract.block import BlockParams, param
from registry.measuring.choices import (
    ALL,
    DENSITY_RADIUS,
    NETWORK,
    Column,
    Interval,
    Objective,
    ShowerEnergy,
    Variable,
    word_of,
)
from registry.measuring.track_energy import TrackEnergy


class BlockUse(BlockParams):
    """A read-out with its parameters and inputs, as a node of a graph is written."""

    use: str = param(..., "name of the block: python -m registry.blocks --kind clusterer")
    parameters: dict[str, Any] = param({}, "its parameters", alias="with")
    inputs: dict[str, str] = param(
        {}, "its inputs, by port: an output of the network, or a column of the loader", alias="in"
    )


class ClustererUse(BlockUse):
    """A read-out with its parameters and inputs."""

    use: str = param("condensation", "name of the block: python -m registry.blocks --kind clusterer")


class MatcherUse(BlockUse):
    """A matcher with its parameters."""

    use: str = param("iou", "name of the block: python -m registry.blocks --kind matcher")


class ShowerEnergyOptions(BlockParams):
    """How the energy of a shower is made of those of its hits."""

    rule: ShowerEnergy = param(
        "sum",
        "sum: of the hits' energies, each times its energy_factor; tracks: hits and tracks apart, which the column "
        "is_track tells",
    )
    agreement: float = param(
        0.2, "a track's energy is taken if that of the hits differs from it by less than this share", gt=0
    )
    legacy_tracks_alone: bool = param(
        False, "as in HGCalML, a shower of tracks alone has energy 0, and marks of tracks below 0 are left out"
    )

    @property
    def apart(self) -> TrackEnergy | None:
        """How energies are made of hits and tracks; None where all are added."""
        return TrackEnergy(self.agreement, self.legacy_tracks_alone) if self.rule == "tracks" else None


class EvaluationOptions(BlockParams):
    """How clusters are made of predictions, and how they are judged."""

    clusterer: ClustererUse = param(ClustererUse.model_construct(), "what makes clusters of the hits")
    matcher: MatcherUse = param(MatcherUse.model_construct(), "what says which cluster found which object")
    tune: bool = param(True, "choose the thresholds of the clusterer on the validation events")
    objective: Objective = param("f1", "what thresholds are chosen by")
    columns: dict[Column, str | None] = param(
        {},
        "what is known of the hits beside the inputs of the clusterer: an output of the network, or a column of the "
        "loader; those of the same name need no entry, null leaves one out",
    )
    energy: ShowerEnergyOptions = param(
        ShowerEnergyOptions.model_construct(), "how the energy of a shower is made of those of its hits"
    )
    samples: list[Annotated[str, Field(min_length=1)]] = param([], "names of the samples 0, 1, ...", remark=True)
    bins: dict[Variable, list[float]] = param({}, "edges of bins, rising, by variable; the others have their own")
    interval: Interval = param("wilson", "error of a share, one standard deviation")
    bootstrap: int = param(200, "replicas of the bootstrap over events", ge=2)
    seed: int = param(1, "seed of the bootstrap", ge=0)
    split_share: float = param(0.1, "a fragment holds more than this of the object's hit energy", gt=0, lt=1)
    merge_share: float = param(0.5, "a part has more than this of its hit energy in the shower", gt=0, lt=1)
    density_radius: float = param(DENSITY_RADIUS, "neighbours are counted within this distance in eta and phi", gt=0)
    baselines: dict[str, BlockUse] = param({}, "other read-outs of the same events, by the name that figures give them")

    @field_validator("samples")
    @classmethod
    def _differ(cls, samples: list[str]) -> list[str]:
        _check_names(samples, ALL)
        return samples

    @field_validator("baselines")
    @classmethod
    def _have_names(cls, baselines: dict[str, BlockUse], info: ValidationInfo) -> dict[str, BlockUse]:
        # Metrics of a sample and of a baseline stand in one place: "evaluation/test/NAME/efficiency".
        _check_names(list(baselines), ALL, NETWORK, *info.data.get("samples", ()))
        return baselines

    @field_validator("bins")
    @classmethod
    def _rise(cls, bins: dict[Variable, list[float]]) -> dict[Variable, list[float]]:
        for variable, edges in bins.items():
            if len(edges) < 2 or edges != sorted(set(edges)):
                raise ValueError(f"two edges or more, rising, for {variable!r}")
        return bins


def _check_names(names: Sequence[str], *taken: str) -> None:
    """Raise ValueError for names that metrics and tables could not tell apart, or not write."""
    known = [word_of(name) for name in taken]
    for name in names:
        if not name.strip() or "/" in name:
            raise ValueError(f"names of letters without '/', not {name!r}")
        if word_of(name) in known:
            raise ValueError(f"names of which each is used once, and not {', '.join(map(repr, taken))}; {name!r} is")
        known.append(word_of(name))
