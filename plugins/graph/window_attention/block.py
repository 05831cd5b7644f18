"""Declares attention within windows along a space-filling curve."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import ClassVar, Literal

from registry.contract.axes import TensorType
from registry.contract.block import Complaint, InputTypes, param
from registry.plugins.graph.learned_space.declared import LearnedSpaceBlock, LearnedSpaceParams

MAX_WINDOW = 1024


class AttentionParams(LearnedSpaceParams):
    """Widths, neighbours that are listed, and the windows."""

    n_propagate: int = param(..., "width of queries, keys and values, all heads together", ge=1)
    n_heads: int = param(4, "heads, each with its share of the width", ge=1)
    window: int = param(64, "hits of a window at most", ge=2, le=MAX_WINDOW)


class WindowedBlock(LearnedSpaceBlock):
    """Base of blocks whose hits attend to those that share a window with them."""

    n_sent = 3
    n_found = 1

    def n_windows(self) -> int:
        """Return how many windows each hit is in."""
        raise NotImplementedError

    def check(self) -> Iterator[Complaint]:
        p = self.params
        if p.n_propagate % p.n_heads:
            yield Complaint(
                f"expected heads that share {p.n_propagate} columns (`n_propagate`) equally, received {p.n_heads}",
                "n_heads",
            )

    def multiply_adds(self, inputs: InputTypes, outputs: Mapping[str, TensorType]) -> float:
        """Return one per weight, a distance, a product and a weighted value for all in the windows, and a search."""
        p = self.params
        pairs = self.n_windows() * p.window * (p.n_dimensions + 2 * p.n_propagate)
        return super().multiply_adds(inputs, outputs) + pairs

    def inner_values(self, inputs: InputTypes, outputs: Mapping[str, TensorType]) -> int:
        """Return queries, keys, values, what is gathered, with the input beside it, and the hit's places in windows."""
        p = self.params
        return 5 * p.n_propagate + inputs["x"].features + p.n_heads + 2 * self.n_windows()


class WindowAttention(WindowedBlock):
    """Attention among the hits that share a window along a space-filling curve through a learned space.

    Formula: `s = [x_c | x] Ws`; the hits of an event, in the order of the curve through s, are cut into windows of
    equal size; `[q | k | v] = x W + b`, in heads of width D;
    `a_i = sum_j softmax_j(q_i k_j / sqrt(D) - 10 |s_i - s_j|^2) v_j` for each head, over the hits j that share a window
    with i on any of `n_orders` curves, itself included, each once; `features = relu([a | x] Wo + bo)`. Gradients reach
    s through the distances and the output s, not through the order. Neighbours are searched as by `gravnet`, where
    somebody takes them.
    The curves fill a grid of 2^10 cells along each of four axes (2^b of d, b = 40 / d and 24 at most) over the range of
    the event; curve n starts at axis n. Hits of one cell are in the order in which they come.
    Memory: hits x window x heads while it runs, forward and backward. Weights: W [F, 3 n_propagate], b, Ws [F_c + F,
    n_dimensions] (identity plus noise), Wo [n_propagate + F, n_filters], bo.
    Source: the serialised attention of Point Transformer V3, arXiv:2312.10035, with the learned space of GravNet.
    """

    name: ClassVar[str] = "window_attention"
    layer: ClassVar[str] = "registry.plugins.graph.window_attention.layer:WindowAttention"
    examples = (
        {"n_neighbours": 3, "n_dimensions": 2, "n_filters": 5, "n_propagate": 4, "n_heads": 2, "window": 8},
        {
            "n_neighbours": 9,
            "n_dimensions": 3,
            "n_filters": 5,
            "n_propagate": 3,
            "n_heads": 1,
            "window": 4,
            "curve": "z",
        },
        {"n_neighbours": 3, "n_dimensions": 1, "n_filters": 5, "n_propagate": 4, "n_orders": 1, "return_self": False},
    )

    class Params(AttentionParams):
        """Widths, neighbours that are listed, and the windows."""

        n_orders: int = param(2, "curves along which windows are made, `n_dimensions` at most", ge=1)
        curve: Literal["hilbert", "z"] = param("hilbert", "the space-filling curve")

    def n_windows(self) -> int:
        return int(self.params.n_orders)

    def check(self) -> Iterator[Complaint]:
        yield from super().check()
        p = self.params
        if p.n_orders > p.n_dimensions:
            yield Complaint(
                f"expected {p.n_dimensions} at most, a curve for each axis (`n_dimensions`), received {p.n_orders}",
                "n_orders",
            )


BLOCKS = (WindowAttention,)
