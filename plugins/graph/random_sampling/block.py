"""Declares the random thinning of events, the choice of given hits, and the way back."""

from __future__ import annotations

from typing import ClassVar

from registry.contract.axes import AxisMismatch, Bindings, TensorType
from registry.contract.block import Block, BlockParams, InputTypes, Kind, Port, param
from registry.plugins.shared.ports import ROW_SPLITS

KEPT_HITS = Port("kept_hits", "kept 1 -> hits", "where each hit was before", "int32")
KEPT_SPLITS = Port("row_splits", "events+1 -> kept", "where each event starts among the kept hits", "int32")
IS_TRACK = Port("is_track", "hits 1", "1 for a track: always kept", optional=True, bounds=(0, 1))
KEPT_TRACKS = Port("is_track", "kept 1", "of the kept hits; only if wired", bounds=(0, 1))
LIKE = Port("like", "hits width*", "any column of all hits: says how many there are", dtype="any")
REST = Port("rest", "", "columns on the hits axis, of which the kept rows are handed on", rest=True)


def kept_rows(inputs: InputTypes, types: dict[str, TensorType]) -> dict[str, TensorType]:
    """Return the types of a block that keeps some hits: its own outputs, and every column of `rest` by its name.

    Its output is_track is left out where the input of that name is not wired.

    Raises AxisMismatch for a column that has another first axis: its rows cannot be chosen.
    """
    kept = types["kept_hits"].axes[0]
    hits = types["kept_hits"].points_to
    columns: dict[str, TensorType] = {}
    for name, type_ in inputs["rest"].items():
        if type_.axes[0] != hits:
            raise AxisMismatch(
                f"input {name!r}: expected a column on the axis {hits}, received {type_}; only rows of hits can be kept"
            )
        columns[name] = TensorType((kept, *type_.axes[1:]), type_.dtype, type_.points_to)
    own = {name: type_ for name, type_ in types.items() if name != KEPT_TRACKS.name or name in inputs}
    return {**columns, **own}


class SelectHits(Block):
    """The rows of chosen hits, of any number of columns.

    Formula: `out_i = x_kept(i)`. The row splits of a bundle are not handed on: those of the chosen hits are made where
    hits are chosen. Source: HGCalML, modules/GravNetLayersRagged.py, SelectFromIndices.
    """

    name: ClassVar[str] = "select_hits"
    kind: ClassVar[Kind] = "layer"
    layer: ClassVar[str] = "registry.plugins.graph.random_sampling.select_hits:SelectHits"
    inputs = (KEPT_HITS, Port("row_splits", "...", "left out", "int32", optional=True), REST)

    def output_types(self, inputs: InputTypes, bindings: Bindings, node: str) -> dict[str, TensorType]:
        types = kept_rows(inputs, {"kept_hits": inputs["kept_hits"]})
        del types["kept_hits"]
        return types


class RandomSampling(Block):
    """A random part of every event, tracks always kept, and at least one hit of every event that has any.

    Formula: scores `u ~ U(0, 1)`, 0 for tracks; kept where `u <= 1/reduction`, or `u <= min(u of the event) + epsilon`.
    In training scores are drawn anew for every batch; otherwise they follow from `seed` and the hit's place in its
    event, so that predictions can be repeated. Every column of the input bundle is handed on, kept rows only.
    Source: HGCalML (branch future_dev), RandomSampling. There one threshold holds for all events of a batch, raised
    until none is empty; here events do not see each other (`batchwide_threshold` restores it).
    """

    name: ClassVar[str] = "random_sampling"
    kind: ClassVar[Kind] = "layer"
    layer: ClassVar[str] = "registry.plugins.graph.random_sampling.sampling:RandomSampling"
    examples = ({"reduction": 3.0},)
    inputs = (ROW_SPLITS, IS_TRACK, REST)
    outputs = (KEPT_SPLITS, KEPT_HITS, KEPT_TRACKS)

    class Params(BlockParams):
        """How much is left."""

        reduction: float = param(10.0, "how many hits there are for each that is kept", ge=1, schedulable=True)
        epsilon: float = param(1e-7, "added to the smallest score of an event", ge=0)
        seed: int = param(1, "where the random scores start", ge=0, le=2**32 - 1)
        batchwide_threshold: bool = param(False, "one threshold for all events, as the original has it")

    def output_types(self, inputs: InputTypes, bindings: Bindings, node: str) -> dict[str, TensorType]:
        return kept_rows(inputs, super().output_types(inputs, bindings, node))


class BackScatter(Block):
    """Rows of kept hits at the places of all hits; what was dropped gets zeros, or the rows given for it.

    Formula: `out_kept(i) = x_i`, elsewhere 0 or `otherwise`. Source: HGCalML, MultiBackScatter.
    """

    name: ClassVar[str] = "back_scatter"
    kind: ClassVar[Kind] = "layer"
    layer: ClassVar[str] = "registry.plugins.graph.random_sampling.back_scatter:BackScatter"
    inputs = (
        Port("x", "kept features", "rows of the kept hits"),
        KEPT_HITS,
        LIKE,
        Port("otherwise", "hits features", "rows for hits that were dropped", optional=True),
    )
    outputs = (Port("x", "hits features", "one row for every hit"),)

    class Params(BlockParams):
        """What dropped hits get."""

        default: float = param(0.0, "value of dropped hits, without `otherwise`")


class RestoreHits(Block):
    """Every column of a bundle from kept hits to all hits; what was dropped gets zeros.

    Formula: `out_kept(i) = x_i`, elsewhere 0, for each column by its name; `kept` is 1 where a hit was kept, else 0.
    Source: HGCalML, MultiBackScatter.
    """

    name: ClassVar[str] = "restore_hits"
    kind: ClassVar[Kind] = "layer"
    layer: ClassVar[str] = "registry.plugins.graph.random_sampling.restore_hits:RestoreHits"
    inputs = (
        KEPT_HITS,
        LIKE,
        Port("rest", "", "columns of the kept hits, by name", rest=True),
    )
    outputs = (Port("kept", "hits 1", "1 for hits that were kept, 0 for those that were dropped"),)

    def output_types(self, inputs: InputTypes, bindings: Bindings, node: str) -> dict[str, TensorType]:
        kept, hits = inputs["kept_hits"].axes[0], inputs["like"].axes[0]
        columns: dict[str, TensorType] = {}
        for name, type_ in inputs["rest"].items():
            if type_.axes[0] != kept:
                raise AxisMismatch(f"input {name!r}: expected a column on the axis {kept}, received {type_}")
            columns[name] = TensorType((hits, *type_.axes[1:]), type_.dtype, type_.points_to)
        return {**columns, **super().output_types(inputs, bindings, node)}


BLOCKS = (SelectHits, RandomSampling, BackScatter, RestoreHits)
