"""Declares attention within buckets of locality-sensitive hashing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from registry.contract.axes import TensorType
from registry.contract.block import InputTypes, Weights, param
from registry.plugins.graph.window_attention.block import AttentionParams, WindowedBlock


class HashedAttention(WindowedBlock):
    """Attention among the hits that share a bucket of locality-sensitive hashing in a learned space.

    Formula: `s = [x_c | x] Ws`; in each of `n_tables` tables, `n_hashes` random directions r cut an event: along the
    first `s r` into ceil((hits / window)^(1 / n_hashes)) slabs of equal numbers of hits, each of them along the next,
    the last into buckets of `window` hits at most; `[q | k | v] = x W + b`, in heads of width D;
    `a_i = sum_j softmax_j(q_i k_j / sqrt(D) - 10 |s_i - s_j|^2) v_j` for each head, over the hits j that share a bucket
    with i in any table, itself included, each once; `features = relu([a | x] Wo + bo)`. Gradients reach s through the
    distances and the output s, not through the buckets. Neighbours are searched as by `gravnet`, where
    somebody takes them.
    Memory: hits x window x heads while it runs, forward and backward. Weights: W [F, 3 n_propagate], b, Ws [F_c + F,
    n_dimensions] (identity plus noise), Wo [n_propagate + F, n_filters], bo; not trained: the directions
    [n_tables, n_hashes, n_dimensions], drawn from a normal distribution by the seed when the layer is made.
    Source: HEPT, arXiv:2402.12535 (OR of AND hashes with equally full buckets), with the learned space of GravNet.
    """

    name: ClassVar[str] = "hashed_attention"
    layer: ClassVar[str] = "registry.plugins.graph.hashed_attention.layer:HashedAttention"
    examples = (
        {"n_neighbours": 3, "n_dimensions": 2, "n_filters": 5, "n_propagate": 4, "n_heads": 2, "window": 8},
        {
            "n_neighbours": 9,
            "n_dimensions": 3,
            "n_filters": 5,
            "n_propagate": 3,
            "n_heads": 1,
            "window": 4,
            "n_hashes": 3,
        },
        {"n_neighbours": 3, "n_dimensions": 1, "n_filters": 5, "n_propagate": 4, "n_tables": 1, "return_self": False},
    )

    class Params(AttentionParams):
        """Widths, neighbours that are listed, and the buckets."""

        n_tables: int = param(2, "tables of buckets; a hit attends to all that share one of them", ge=1, le=16)
        n_hashes: int = param(2, "random directions of each table, along which a bucket is narrow", ge=1, le=8)

    def n_windows(self) -> int:
        return int(self.params.n_tables)

    def weights(self, inputs: InputTypes, outputs: Mapping[str, TensorType]) -> Weights:
        p = self.params
        return Weights(super().weights(inputs, outputs).trainable, p.n_tables * p.n_hashes * p.n_dimensions)


BLOCKS = (HashedAttention,)
