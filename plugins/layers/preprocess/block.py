"""Declares the preprocessing of graphs without a pre-model."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import ClassVar, Literal

from registry.contract.axes import AxisMismatch, Bindings, TensorType
from registry.contract.block import Block, BlockParams, Complaint, InputTypes, Kind, Port, Weights, param
from registry.contract.ports import is_energy
from registry.plugins.layers.preprocess.hgcal import FEATURES, N_FEATURES
from registry.plugins.shared.ports import ROW_SPLITS


class NoPreModel(Block):
    """Hands on every column of the event, features scaled and coordinates added; no hit is removed.

    Scaling `hgcal`: eta and z are folded to one endcap, theta is computed from eta, then every feature becomes
    `(f - mean) / width` with fixed numbers; coordinates are the scaled x, y, z. `hgcal_old`: likewise for the nine
    features of the old format (no cell size), with lengths in m, |z| from 4 m, and the time in 10 ns, 0 for none.
    `hgcal_2024`: fixed numbers for hits and others for tracks, nothing folded. `standardise`: features by the mean and
    width of each column over all training hits so far, coordinates likewise with one width for all; outside training
    the averages stand still. `none`: as they come. What the event lacks is read from the HGCAL features: energy
    (column 0), is_track (column 2 is not 0), coordinates (columns 5 to 7, cm). Where features are others, or
    `energy_in_features` is false, the detector measures no energy: each hit counts 1 as `energy`. raw_coordinates are
    never scaled.
    Weights of `standardise`: hits seen [], then mean and variance of the features [F] and of the coordinates [D].
    Source: HGCalML, modules/model_blocks.py, condition_input, and modules/GravNetLayersRagged.py, ProcessFeatures, with
    theta's constants mended (docs/faults.md, Q-18).
    """

    name: ClassVar[str] = "preprocess.none"
    kind: ClassVar[Kind] = "preprocessing"
    layer: ClassVar[str] = "registry.plugins.layers.preprocess.layer:Preprocess"
    examples = (
        {"scaling": "standardise"},
        {"scaling": "hgcal"},
        {"scaling": "hgcal_old"},
        {"scaling": "hgcal_2024"},
    )
    inputs = (
        Port("features", "hits features", "what is known of each hit"),
        ROW_SPLITS,
        Port("coordinates", "hits dimensions", "position of each hit", unit="cm", optional=True),
        Port("energy", "hits 1", "energy of each hit", unit="GeV", optional=True, bounds=(0, None)),
        Port("is_track", "hits 1", "1 for a track, 0 for a calorimeter hit", optional=True, bounds=(0, 1)),
        Port("rest", "", "every other column, handed on", rest=True),
    )
    outputs = (
        Port("features", "hits features", "scaled features", default=True),
        ROW_SPLITS,
        Port("coordinates", "hits scaled", "scaled coordinates"),
        Port("raw_coordinates", "hits dimensions", "position of each hit", unit="cm"),
        Port("energy", "hits 1", "energy of each hit", unit="GeV"),
        Port("is_track", "hits 1", "1 for a track, 0 for a calorimeter hit"),
    )

    class Params(BlockParams):
        """How features are scaled."""

        scaling: Literal["hgcal", "hgcal_old", "hgcal_2024", "standardise", "none"] = param(
            "hgcal", "how features and coordinates are scaled"
        )
        legacy_theta: bool = param(
            False, "`hgcal`: scale theta as the original did (docs/faults.md, Q-18), for weights trained with it"
        )
        energy_in_features: bool = param(
            True, "an energy that the event lacks is read from the HGCAL features; false: no energy is measured"
        )

    def check(self) -> Iterator[Complaint]:
        if self.params.legacy_theta and self.params.scaling != "hgcal":
            message = f"legacy_theta has no effect with scaling {self.params.scaling}"
            yield Complaint(message, "legacy_theta", "leave it out: only scaling: hgcal had the fault")

    def output_types(self, inputs: InputTypes, bindings: Bindings, node: str) -> dict[str, TensorType]:
        features: TensorType = inputs["features"]
        scaling = self.params.scaling
        expected = FEATURES.get(scaling, N_FEATURES)
        # Other features are not those of HGCAL: their detector need not measure energies.
        from_features = features.features == expected and self.params.energy_in_features
        asked_for = ("coordinates", "energy") if from_features else ("coordinates",)
        lacking = [name for name in asked_for if name not in inputs]
        if "energy" in lacking and scaling not in FEATURES and not is_energy(features.columns):
            raise AxisMismatch(
                f"input 'energy' is not given, and would be read from column 0 of the {expected} HGCAL features, which "
                f"is {features.columns[0]!r} here; name a column of the loader as 'energy', or, for a detector that "
                "measures none, state `energy_in_features: false` (a graph with pre-models: `PreModels: {none: {with: "
                "{Data: {energy_in_features: false}}}}`)"
            )
        if features.features != expected and (scaling in FEATURES or lacking):
            wanted = f"scaling: {scaling}" if scaling in FEATURES else f"an event without {' and '.join(lacking)}"
            raise AxisMismatch(
                f"input 'features': expected the {expected} HGCAL features for {wanted}, received {features}; "
                "try scaling: standardise, and a loader that gives coordinates and energy"
            )
        bindings.sizes.setdefault("dimensions", 3)
        bindings.sizes["scaled"] = 3 if scaling in FEATURES else bindings.sizes["dimensions"]
        return {**inputs["rest"], **super().output_types(inputs, bindings, node)}

    def weights(self, inputs: InputTypes, outputs: Mapping[str, TensorType]) -> Weights:
        if self.params.scaling != "standardise":
            return Weights()
        return Weights(0, 1 + 2 * inputs["features"].features + 2 * outputs["coordinates"].features)


BLOCKS = (NoPreModel,)
