"""The laws of every layer block: hits may be permuted, events do not see each other, odd events give finite numbers."""

from __future__ import annotations

from functools import cache
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from registry.compiling.keras_internals import takes_training
from tests.plugins import laws
from tests.plugins.block_case import Case

WIDTH, NEIGHBOURS = 4, 3

BLOCKS: dict[str, tuple[str, dict[str, Any]]] = {
    "gravnet": (
        "gravnet:GravNet",
        {"n_neighbours": 3, "n_dimensions": 2, "n_filters": 5, "n_propagate": 3, "coord_initialiser_noise": 0.3},
    ),
    "gravnet, normalised": (
        "gravnet:GravNet",
        {"n_neighbours": 3, "n_dimensions": 2, "n_filters": 5, "n_propagate": 3, "sumwnorm": True},
    ),
    "message passing": ("message_passing:MessagePassing", {"n_feature_transformation": [3, 2]}),
    "message passing, normalised": (
        "message_passing:MessagePassing",
        {"n_feature_transformation": [3], "sumwnorm": True},
    ),
    "message passing, linear": (
        "message_passing:MessagePassing",
        {"n_feature_transformation": [3], "exp_distances": False, "sumwnorm": True},
    ),
    "plain message passing": ("message_passing:PlainMessagePassing", {"n_feature_transformation": [3, 2]}),
    "translation-invariant mean": (
        "translation_invariant:TranslationInvariantMessagePassing",
        {"n_feature_transformation": [3, 2], "layer_norm": True, "sum_weight": True},
    ),
    "translation-invariant maximum": (
        "translation_invariant:TranslationInvariantMessagePassing",
        {"n_feature_transformation": [3, 2], "mean": False},
    ),
    "attention": ("message_passing:AttentionMessagePassing", {"n_feature_transformation": [3, 2]}),
    "gooey batch normalisation": ("gooey_batchnorm:GooeyBatchnorm", {}),
    "batch normalisation": ("batch_normalization:BatchNormalization", {}),
    "layer normalisation": ("layer_normalization:LayerNormalization", {}),
    "sphere": ("sphere_activation:SphereActivation", {}),
    "global exchange": ("ragged_global_exchange:RaggedGlobalExchange", {"skip_min": False}),
    "extended coordinates": ("extend_coordinates:ExtendCoordinates", {"n_coordinates": 5}),
    "mix where": ("mix_where:MixWhere", {}),
    "heads": ("output_heads:OutputHeads", {"fix_distance_scale": False}),
    "preprocessing": ("preprocess:NoPreModel", {"scaling": "standardise"}),
    "accumulation": ("accumulate:Accumulate", {"scale": 10.0}),
    "accumulation, normalised": ("accumulate:Accumulate", {"weighting": "linear", "sumwnorm": True}),
    "knn": ("neighbours:Knn", {"K": NEIGHBOURS}),
    "manhattan knn": ("neighbours:ManhattanKnn", {"K": NEIGHBOURS}),
    "sorted neighbours": ("neighbours:SortNeighbours", {"K": 2}),
    "shifted distances": ("neighbours:ShiftDistances", {}),
    "scaled distances": ("distance_scaling:LocalDistanceScaling", {}),
    "features of neighbours": ("links:NeighbourFeatures", {"difference": True, "distances": True}),
    "weights of links": ("links:LinkWeights", {}),
    "energy of objects": ("truth_rec_energy:TruthRecEnergy", {}),
    "edges": ("pooling:CondensationEdges", {"edge_dense": [5], "pre_nodes": 3}),
    "edge convolution": ("edge_conv:EdgeConv", {"units": [5, 4]}),
    "edge convolution, mean": ("edge_conv:EdgeConv", {"units": [5], "aggregation": "mean"}),
    "garnet": ("garnet:GarNet", {"n_aggregators": 2, "n_filters": 5, "n_propagate": 3}),
    "element scaling": ("element_scaling:ElementScaling", {}),
    "square root": ("square_root:SquareRoot", {}),
    "prime coordinates": ("prime_coordinates:PrimeCoordinates", {}),
    "concatenation": ("concatenate:Concatenate", {}),
    "sum": ("add:Add", {}),
    "dense layers": ("dense_loop:DenseLoop", {"units": [5, 3], "dropout": 0.3}),
    "mask": ("create_mask:CreateMask", {"threshold": 0.1}),
    "where": ("where:Where", {"outputval": -1.0, "condition": "<=0"}),
    "ones": ("ones_like:OnesLike", {}),
    "zeros": ("zeros_like:ZerosLike", {}),
    "factor": ("scalar_multiply:ScalarMultiply", {"factor": -2.0}),
    "scaled gradient": ("scale_gradient:ScaleGradient", {"scale": 0.5}),
    "stopped gradient": ("stop_gradient:StopGradient", {}),
    "selected features": ("select_features:SelectFeatures", {"first": 1, "last": 3}),
    "spectator weight": ("spectator_weight:SpectatorWeight", {"threshold": 0.5}),
    "truth of the noise filter": ("noise_filter:NotNoiseTruth", {}),
    "bundle": ("bundle:Bundle", {}),
    "preprocessing of hits": ("preprocess:NoPreModel", {"scaling": "hgcal"}),
    "preprocessing of hits, old": ("preprocess:NoPreModel", {"scaling": "hgcal_old"}),
    "preprocessing of hits and tracks": ("preprocess:NoPreModel", {"scaling": "hgcal_2024"}),
    "knn, self as padding": ("neighbours:Knn", {"K": NEIGHBOURS, "tf_compatible": True}),
    "gravnet, extra columns": (
        "gravnet:GravNet",
        {"n_neighbours": 3, "n_dimensions": 2, "n_filters": 5, "n_propagate": 3, "return_self": False},
    ),
    "gooey batch normalisation, learned": ("gooey_batchnorm:GooeyBatchnorm", {"learn": True, "no_gaus": False}),
    "gooey batch normalisation, inverted": ("gooey_batchnorm:GooeyBatchnorm", {"invert_condition": True}),
}
WITH_LISTS = ("concatenation", "sum")
FEATURES = {"preprocessing of hits": 10, "preprocessing of hits and tracks": 10, "preprocessing of hits, old": 9}
POINTERS = ("neighbour_indices",)

everything = pytest.mark.parametrize("name", BLOCKS)
quickly = settings(max_examples=6, deadline=None)


@cache
def built(name: str) -> Case:
    use, parameters = BLOCKS[name]
    return Case(use, **parameters)


def events(sizes: list[int], seed: int, spread: float = 1.0) -> laws.Values:
    """Return inputs for any of the blocks: hits of events of these sizes, and neighbours within them."""
    random = np.random.default_rng(seed)
    row_splits = laws.splits(sizes)
    hits = int(row_splits[-1])

    def numbers(width: int) -> np.ndarray:
        return (spread * random.normal(size=(hits, width))).astype("float32")

    indices = np.full((hits, NEIGHBOURS + 1), -1, dtype="int32")
    for first, last in pairwise(row_splits):
        for hit in range(first, last):
            others = random.permutation(np.delete(np.arange(first, last), hit - first))[:NEIGHBOURS]
            indices[hit, : 1 + len(others)] = [hit, *others]
    distances = np.where(indices >= 0, random.uniform(0, 0.3, size=indices.shape), 0).astype("float32")
    distances[:, 0] = 0
    condition = (random.uniform(size=(hits, 1)) < 0.5).astype("float32")
    return {
        "x": numbers(WIDTH),
        "otherwise": numbers(WIDTH),
        "features": numbers(WIDTH),
        "coordinates": numbers(3),
        "energy": np.abs(numbers(1)),
        "condition": condition,
        "is_track": condition,
        "score": random.uniform(size=(hits, 1)).astype("float32"),
        "scale": numbers(1),
        "edges": random.uniform(size=(hits, NEIGHBOURS + 2)).astype("float32"),
        "truth_index": random.integers(-1, 3, (hits, 1)).astype("int32"),
        "truth_spectator": np.abs(numbers(1)),
        "spectator_weight": np.abs(numbers(1)),
        "coordinate_features": numbers(2),
        "neighbour_indices": indices,
        "squared_distances": distances,
        "distances": distances,
        "row_splits": row_splits,
        "rest": {},
    }


def inputs_for(name: str, values: laws.Values) -> laws.Values:
    if name == "square root":
        return {**values, "x": np.abs(values["x"])}
    if name == "bundle":
        return {**values, "tensors": {"beta": values["energy"]}}
    if name in FEATURES:
        return {**values, "features": np.resize(values["x"], (len(values["x"]), FEATURES[name]))}
    if not name.endswith("extra columns"):
        values = {port: value for port, value in values.items() if port != "coordinate_features"}
    return {**values, "x": [values["x"], values["features"]]} if name in WITH_LISTS else values


@everything
@quickly
@given(sizes=laws.event_sizes(), seed=st.integers(0, 1000))
def test_permuting_the_hits_inside_events_permutes_the_output(name: str, sizes: list[int], seed: int) -> None:
    values = inputs_for(name, events(sizes, seed))
    laws.assert_permutable(built(name), values, np.random.default_rng(seed), POINTERS)


@everything
@quickly
@given(sizes=laws.event_sizes(), seed=st.integers(0, 1000))
def test_events_do_not_see_each_other(name: str, sizes: list[int], seed: int) -> None:
    laws.assert_independent(built(name), inputs_for(name, events(sizes, seed)), POINTERS)


@everything
@pytest.mark.parametrize("spread", [0.0, 1e-9, 1.0, 1e4])
def test_odd_events_give_finite_values_and_gradients(name: str, spread: float) -> None:
    for sizes in ([0], [1], [0, 2, 0, 7], [30, 1], [500]):
        values = inputs_for(name, events(sizes, 3, spread))
        for training in (None, True):
            if training and not takes_training(built(name).layer):
                continue
            laws.assert_finite(Case(BLOCKS[name][0], **BLOCKS[name][1]), values, training)
