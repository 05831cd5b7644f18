"""The forms of HGCalML's pooling that options of graphs/pooling.yaml choose."""

from __future__ import annotations

from registry.wiring.opening import open_graph
from tests.graphs.helpers import FEW_EVENTS, GRAPHS, ROOT, opened

EMBEDDING = {"embed_tracks", "embed_hits", "embed", "norm_embed"}


def test_pooled_hits_are_pooled_again_without_embedding_and_with_wider_messages() -> None:
    second = str(ROOT / "configs" / "pooling_second.yaml")
    checked = open_graph(str(GRAPHS / "pooling.yaml"), [second], FEW_EVENTS)
    assert not EMBEDDING & set(checked.nodes)
    # Compressed messages, and the ten features once as what stands for the embedding and once as they are.
    kept_features = 64 + 10 + 10
    assert checked.nodes["features"].types["x"].features == 3 + 3 * kept_features
    assert checked.nodes["edge_score"].types["x"].features == 9
    messages = checked.nodes["steps.0.messages"].block.params
    assert (messages.activation, messages.n_feature_transformation) == ("tanh", [32])


def test_the_old_format_takes_the_rating_of_the_links_as_it_is() -> None:
    checked = opened("pooling", "Pooling.new_format=false", *FEW_EVENTS)
    assert not {"edge_dense", "edge_score"} & set(checked.nodes)
    assert [ref.node for ref in checked.nodes["weights"].sources()] == ["edges"]
