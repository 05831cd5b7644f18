"""Declares the parts of the noise filter that other blocks do not offer."""

from __future__ import annotations

from typing import ClassVar

from registry.contract.axes import Bindings, TensorType
from registry.contract.block import Block, BlockParams, InputTypes, Kind, Port, param
from registry.plugins.graph.random_sampling.block import IS_TRACK, KEPT_HITS, KEPT_SPLITS, KEPT_TRACKS, REST, kept_rows
from registry.plugins.shared.ports import ROW_SPLITS, TRUTH_INDEX


class NoiseSelection(Block):
    """Hits that are probably not noise, and all tracks; every column of the input bundle is handed on, kept rows only.

    Formula: kept where `score > noise_threshold`, with score 1 for tracks. Row splits are counted anew (the original
    picks rows of them: docs/faults.md, Q-38); an event may lose all its hits, its row splits then coincide.
    Source: HGCalML, modules/GravNetLayersRagged.py, NoiseFilter (docs/faults.md, Q-39).
    """

    name: ClassVar[str] = "noise_selection"
    kind: ClassVar[Kind] = "layer"
    layer: ClassVar[str] = "registry.plugins.graph.noise_filter.selection:NoiseSelection"
    examples = ({"noise_threshold": 0.4},)
    inputs = (
        Port("score", "hits 1", "probability that the hit is not noise", bounds=(0, 1)),
        ROW_SPLITS,
        IS_TRACK,
        REST,
    )
    outputs = (KEPT_SPLITS, KEPT_HITS, KEPT_TRACKS)

    class Params(BlockParams):
        """The threshold."""

        noise_threshold: float = param(0.1, "scores above are kept", ge=0, le=1, schedulable=True)

    def output_types(self, inputs: InputTypes, bindings: Bindings, node: str) -> dict[str, TensorType]:
        return kept_rows(inputs, super().output_types(inputs, bindings, node))


class NotNoiseTruth(Block):
    """The truth the noise filter is trained on: what must not be removed.

    Formula: the truth index, and 1 for spectators and for tracks; a hit is not noise where this is 0 or more.
    Shapes: [hits, 1] each. Source: HGCalML, modules/noise_filter.py.
    """

    name: ClassVar[str] = "not_noise_truth"
    kind: ClassVar[Kind] = "layer"
    layer: ClassVar[str] = "registry.plugins.graph.noise_filter.truth:NotNoiseTruth"
    inputs = (
        TRUTH_INDEX,
        Port("spectator_weight", "hits 1", "above 0 for spectators", optional=True, bounds=(0, None)),
        Port("is_track", "hits 1", "1 for a track", optional=True, bounds=(0, 1)),
    )
    outputs = (Port("truth_index", "hits 1", "-1 for noise", "int32"),)


BLOCKS = (NoiseSelection, NotNoiseTruth)
