"""What the configurable network of HGCalML wired wrongly, or computed and threw away, is wired here."""

from __future__ import annotations

import pytest

from registry.contract.axes import Axis
from registry.wiring.checked_graph import Ref
from tests.graphs.helpers import FEW_EVENTS, opened

NOISE_FILTER = ("General.pre-model-type=noise-filter", "General.pre-model-path=model.keras", *FEW_EVENTS)


def test_tracks_get_the_embedding_that_is_named_after_them() -> None:
    inputs = opened("gravnet", *FEW_EVENTS).nodes["embed"].inputs
    condition = inputs["condition"]
    assert isinstance(condition, Ref)
    assert condition.port == "is_track"
    assert (inputs["x"], inputs["otherwise"]) == (Ref("embed_tracks", "x"), Ref("embed_hits", "x"))


def test_the_normalised_seed_enters_every_iteration() -> None:
    nodes = opened("gravnet", *FEW_EVENTS).nodes
    users = [path for path, node in nodes.items() if any(ref.node == "norm_seed" for ref in node.sources())]
    assert users == [f"iterations.{number}.with_seed" for number in range(3)]


def test_clusters_are_made_of_the_hits_that_the_pre_model_keeps() -> None:
    types = opened("gravnet", *NOISE_FILTER).nodes["clusters"].input_types
    axes = {type_.axes[0] for name, type_ in types.items() if name != "row_splits"}
    assert len(axes) == 1
    (hits,) = axes
    assert isinstance(hits, Axis)
    assert hits.name == "kept"
    assert types["row_splits"].points_to == hits


@pytest.mark.parametrize("normalisation", ["gooey_batchnorm", "batch_normalization", "layer_normalization"])
@pytest.mark.parametrize("name", ["gravnet", "random_sampling_unit"])
def test_every_normalisation_can_be_chosen(name: str, normalisation: str) -> None:
    chosen = opened(name, f"General.normalization={normalisation}", *FEW_EVENTS).nodes["norm_final"]
    assert chosen.block.name == normalisation
