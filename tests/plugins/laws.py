"""What every block must do with whatever events it gets: hypothesis strategies and the laws themselves."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import pairwise
from typing import Any

import numpy as np
import tensorflow as tf
from hypothesis import strategies as st

from tests.plugins.block_case import Case

Values = dict[str, Any]
Build = Callable[[np.random.Generator, np.ndarray], Values]
"""Makes the inputs of a block for events of the given sizes."""


@st.composite
def event_sizes(draw: st.DrawFn) -> list[int]:
    """Sizes of one to four events: empty ones, single hits, fewer hits than neighbours, and more."""
    return draw(st.lists(st.sampled_from([0, 1, 2, 3, 5, 12, 30]), min_size=1, max_size=4))


def splits(sizes: list[int]) -> np.ndarray:
    """Return the row splits of events of these sizes."""
    return np.concatenate([[0], np.cumsum(sizes)]).astype("int32")


def take(inputs: Values, rows: np.ndarray, row_splits: np.ndarray, pointers: tuple[str, ...] = ()) -> Values:
    """Return the inputs of the chosen rows, with new row splits; `pointers` are renumbered, what is left out is -1."""
    hits = next(len(value) for name, value in inputs.items() if name != "row_splits" and isinstance(value, np.ndarray))
    place = np.full(hits + 1, -1, dtype="int32")
    place[rows] = np.arange(len(rows))

    def one(name: str, value: Any) -> Any:
        if name == "row_splits":
            return row_splits
        if isinstance(value, list):
            return [one(name, item) for item in value]
        if isinstance(value, Mapping):
            return {key: one(key, item) for key, item in value.items()}
        return place[value[rows]] if name in pointers else value[rows]

    return {name: one(name, value) for name, value in inputs.items()}


def shuffled(random: np.random.Generator, row_splits: np.ndarray) -> np.ndarray:
    """Return an order of all hits that permutes them inside their events."""
    pairs = pairwise(row_splits)
    return np.concatenate([first + random.permutation(last - first) for first, last in pairs]).astype(int)


def arrays(result: Any) -> dict[str, np.ndarray]:
    """Return a layer's result as arrays by name, without row splits, which have no row for each hit."""
    named = result if isinstance(result, dict) else {"x": result}
    return {name: np.asarray(value) for name, value in named.items() if name != "row_splits"}


def assert_same(found: dict[str, np.ndarray], expected: dict[str, np.ndarray]) -> None:
    """Assert that two results agree within float32 round-off."""
    assert set(found) == set(expected)
    for name in found:
        assert found[name].shape == expected[name].shape, name
        scale = max(1.0, float(np.abs(expected[name]).max(initial=0)))
        np.testing.assert_allclose(found[name], expected[name], rtol=1e-4, atol=2e-5 * scale, err_msg=name)


def assert_permutable(case: Case, inputs: Values, random: np.random.Generator, pointers: tuple[str, ...] = ()) -> None:
    """Permuting the hits inside their events permutes the outputs of one row a hit, and renumbers neighbours."""
    order = shuffled(random, inputs["row_splits"])
    place = np.empty(len(order) + 1, dtype=int)
    place[order], place[-1] = np.arange(len(order)), -1
    expected = arrays(case(**relevant(case, inputs)))
    found = arrays(case(**relevant(case, take(inputs, order, inputs["row_splits"], pointers))))
    wanted = {}
    for name, value in expected.items():
        rows = value[order]
        wanted[name] = place[rows] if name in pointers else rows
    assert_same(found, wanted)


def assert_independent(case: Case, inputs: Values, pointers: tuple[str, ...] = ()) -> None:
    """An event alone gives what it gives in a batch."""
    row_splits = inputs["row_splits"]
    together = arrays(case(**relevant(case, inputs)))
    for first, last in pairwise(row_splits):
        rows = np.arange(first, last)
        one = take(inputs, rows, np.array([0, last - first], dtype="int32"), pointers)
        alone = arrays(case(**relevant(case, one)))
        wanted = {}
        for name, value in together.items():
            part = value[first:last]
            wanted[name] = np.where(part < 0, part, part - first) if name in pointers else part
        assert_same(alone, wanted)


def assert_finite(case: Case, inputs: Values, training: bool | None = None) -> None:
    """Values and gradients are finite."""
    inputs = relevant(case, inputs)
    wanted = tuple(name for name, value in inputs.items() if isinstance(value, np.ndarray) and value.dtype.kind == "f")

    def loss(result: Any) -> tf.Tensor:
        named = result if isinstance(result, dict) else {"x": result}
        floats = [value for value in named.values() if value.dtype.is_floating]
        return tf.add_n([tf.constant(0.0), *(tf.reduce_sum(tf.sin(value)) for value in floats)])

    case(**inputs)
    value, to_inputs, to_weights = case.gradients(loss, wanted, training, **inputs)
    assert np.isfinite(value), "the value is not finite"
    for name, gradient in zip([*wanted, *case.layer.trainable_weights], [*to_inputs, *to_weights], strict=True):
        assert gradient is None or np.isfinite(np.asarray(tf.convert_to_tensor(gradient))).all(), name


def relevant(case: Case, inputs: Values) -> Values:
    """Return the inputs the block has a port for."""
    return {port.name: inputs[port.name] for port in case.block.inputs if port.name in inputs}
