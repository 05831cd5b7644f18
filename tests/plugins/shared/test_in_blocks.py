"""What is computed a block of hits at a time, against all hits at once."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from registry.plugins.shared import in_blocks as module
from registry.plugins.shared.in_blocks import in_blocks

NEIGHBOURS = 5


def links(near: Any, rows: dict[str, Any], tables: dict[str, Any]) -> Any:
    """Return a sum over links that uses rows, tables that are looked up, and weights."""
    found = rows["own"][:, None] + tf.gather(tables["other"], tf.maximum(near, 0)) + rows["links"] @ tables["kernel"]
    return tf.reduce_sum(tf.where(near[:, :, None] >= 0, tf.tanh(found), 0), axis=1)


def inputs(hits: int) -> tuple[Any, dict[str, Any], dict[str, Any]]:
    """Return neighbours, some of them missing, rows and tables."""
    random = np.random.default_rng(hits)
    near = tf.constant(random.integers(-1, max(hits, 1), (hits, NEIGHBOURS)), tf.int32)
    rows = {"own": random.normal(size=(hits, 4)), "links": random.normal(size=(hits, NEIGHBOURS, 3))}
    tables = {"other": random.normal(size=(hits, 4)), "kernel": random.normal(size=(3, 4))}
    return near, *({name: tf.constant(value) for name, value in part.items()} for part in (rows, tables))


def with_gradients(call: Any, hits: int) -> list[np.ndarray]:
    """Return the result, and the gradients of a sum that weighs its places differently."""
    near, rows, tables = inputs(hits)
    watched = [*rows.values(), *tables.values()]
    with tf.GradientTape() as tape:
        tape.watch(watched)
        found = call(near, rows, tables)
        total = tf.reduce_sum(tf.sin(found + tf.range(4, dtype=found.dtype)))
    return [found.numpy(), *(tf.convert_to_tensor(item).numpy() for item in tape.gradient(total, watched))]


@pytest.mark.parametrize("traced", [True, False])
@pytest.mark.parametrize("hits", [0, 1, 2, 7, 10, 33])
def test_result_and_gradients_are_those_of_all_hits_at_once(
    hits: int, traced: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "LEAST", 4)

    def call(near: Any, rows: dict[str, Any], tables: dict[str, Any]) -> Any:
        return in_blocks(links, near, rows, tables, [4])

    found = with_gradients(tf.function(call) if traced else call, hits)
    for one, expected in zip(found, with_gradients(links, hits), strict=True):
        np.testing.assert_allclose(one, expected, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize(("hits", "blocks", "most"), [(10, 3, 20), (100, 5, 100), (1000, 5, 1000)])
def test_no_more_links_are_computed_at_once_than_there_are_hits_or_a_few(
    hits: int, blocks: int, most: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "LEAST", 20)
    seen: list[int] = []

    def counted(near: Any, rows: dict[str, Any], tables: dict[str, Any]) -> Any:
        seen.append(int(tf.size(near)))
        return links(near, rows, tables)

    with_gradients(lambda near, rows, tables: in_blocks(counted, near, rows, tables, [4]), hits)
    assert max(seen) <= most
    assert len(seen) == 2 * blocks
