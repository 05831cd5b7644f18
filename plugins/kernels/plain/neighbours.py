"""Exact neighbour search in pure TensorFlow: brute force in blocks of fixed size."""

from __future__ import annotations

import tensorflow as tf

from registry.plugins.shared.events import event_numbers

QUERY_BLOCK = 512
CANDIDATE_BLOCK = 4096


def search(
    coordinates: tf.Tensor, row_splits: tf.Tensor, n_neighbours: int, direction: tf.Tensor | None
) -> tuple[tf.Tensor, tf.Tensor]:
    """Return indices and squared distances, both [hits, n_neighbours + 1], as `nearest_neighbours` defines them.

    Blocks of queries meet blocks of candidates, limited to the events of the queries, and keep a running list of the
    nearest. Memory: 512 x 4096 numbers a block, whatever the number of hits. All shapes inside the loops are static, so
    XLA compiles it where the number of hits is known.
    """
    hits = tf.shape(coordinates)[0]
    # One block at least: loops without a pass have results without a shape in some formats of networks.
    queries = tf.maximum(_blocks(hits, QUERY_BLOCK), 1)
    padded = tf.maximum(queries * QUERY_BLOCK, _blocks(hits, CANDIDATE_BLOCK) * CANDIDATE_BLOCK)
    events = tf.shape(row_splits)[0] - 1
    event, is_query, is_candidate = _roles(coordinates, row_splits, direction)
    table = tf.pad(tf.where(tf.math.is_finite(coordinates), coordinates, 0), [[0, padded - hits], [0, 0]])
    event = tf.pad(event, [[0, padded - hits]], constant_values=-1)
    candidate_event = tf.where(tf.pad(is_candidate, [[0, padded - hits]]), event, -2)

    def one_block(block: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        first, last = block * QUERY_BLOCK, tf.minimum((block + 1) * QUERY_BLOCK, hits)
        begin = tf.gather(row_splits, tf.maximum(event[first], 0))
        end = tf.gather(row_splits, tf.minimum(tf.maximum(event[tf.maximum(last - 1, 0)], 0) + 1, events))
        return _search_block(table, event, candidate_event, first, begin, end, n_neighbours)

    indices, distances = tf.map_fn(
        one_block, tf.range(queries), fn_output_signature=(tf.int32, coordinates.dtype), parallel_iterations=1
    )
    width = n_neighbours + 1
    indices = tf.reshape(indices, [-1, width])[:hits]
    distances = tf.reshape(distances, [-1, width])[:hits]
    keep = tf.logical_and(indices >= 0, tf.logical_or(is_query[:, None], tf.range(width)[None] == 0))
    return tf.where(keep, indices, -1), tf.where(keep, distances, tf.zeros_like(distances))


def _blocks(hits: tf.Tensor, size: int) -> tf.Tensor:
    return (hits + size - 1) // size


def _roles(
    coordinates: tf.Tensor, row_splits: tf.Tensor, direction: tf.Tensor | None
) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
    """Event number of each hit, and whether it looks for neighbours and may be one (all [hits])."""
    event = event_numbers(row_splits, tf.shape(coordinates)[0])
    finite = tf.reduce_all(tf.math.is_finite(coordinates), axis=1)
    if direction is None:
        return event, finite, finite
    code = tf.reshape(direction, [-1])
    is_query = tf.logical_and(finite, tf.logical_and(code != 0, code != 2))
    return event, is_query, tf.logical_and(finite, tf.logical_and(code != 1, code != 2))


def _search_block(
    table: tf.Tensor,
    event: tf.Tensor,
    candidate_event: tf.Tensor,
    first: tf.Tensor,
    begin: tf.Tensor,
    end: tf.Tensor,
    n_neighbours: int,
) -> tuple[tf.Tensor, tf.Tensor]:
    """Nearest neighbours of the queries from `first` on among the candidates between `begin` and `end`."""
    infinity = tf.constant(float("inf"), table.dtype)
    query = tf.slice(table, [first, 0], [QUERY_BLOCK, table.shape[1]])
    query_event = tf.slice(event, [first], [QUERY_BLOCK])
    query_number = first + tf.range(QUERY_BLOCK)

    def merge(block: tf.Tensor, nearest: tf.Tensor, index: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
        start = block * CANDIDATE_BLOCK
        candidate = tf.slice(table, [start, 0], [CANDIDATE_BLOCK, table.shape[1]])
        number = start + tf.range(CANDIDATE_BLOCK)
        squared = _squared_distances(query, candidate)
        same = query_event[:, None] == tf.slice(candidate_event, [start], [CANDIDATE_BLOCK])[None]
        allowed = tf.logical_and(same, query_number[:, None] != number[None])
        both = tf.concat([nearest, tf.where(allowed, squared, infinity)], axis=1)
        # top_k prefers the lower position among equals, and positions are in order of the hits.
        negative, position = tf.math.top_k(-both, k=n_neighbours)
        numbers = tf.concat([index, tf.broadcast_to(number[None], tf.shape(squared))], axis=1)
        return block + 1, -negative, tf.gather(numbers, position, batch_dims=1)

    start = (
        begin // CANDIDATE_BLOCK,
        tf.fill([QUERY_BLOCK, n_neighbours], infinity),
        tf.fill([QUERY_BLOCK, n_neighbours], -1),
    )
    shapes = (tf.TensorShape([]), start[1].shape, start[2].shape)
    _, nearest, index = tf.while_loop(
        lambda block, *_: block * CANDIDATE_BLOCK < end, merge, start, shape_invariants=shapes, parallel_iterations=1
    )
    found = tf.math.is_finite(nearest)
    indices = tf.concat([query_number[:, None], tf.where(found, index, -1)], axis=1)
    distances = tf.concat([tf.zeros([QUERY_BLOCK, 1], table.dtype), tf.where(found, nearest, 0)], axis=1)
    return indices, distances


def _squared_distances(query: tf.Tensor, candidate: tf.Tensor) -> tf.Tensor:
    """[queries, candidates], one coordinate at a time: no [queries, candidates, coordinates] tensor."""
    total = tf.zeros([QUERY_BLOCK, CANDIDATE_BLOCK], query.dtype)
    for coordinate in range(query.shape[1]):
        total += tf.square(query[:, coordinate, None] - candidate[None, :, coordinate])
    return total


def distance_gradient(coordinates: tf.Tensor, indices: tf.Tensor, upstream: tf.Tensor) -> tf.Tensor:
    """Gradient of the squared distances: 2 g (s_i - s_j) to the hit and its negative to the neighbour.

    One neighbour column at a time: memory is [hits, coordinates], whatever the number of neighbours.
    """
    hits = tf.shape(coordinates)[0]

    def add_column(column: tf.Tensor, total: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        neighbour = tf.gather(indices, column, axis=1)
        known = neighbour >= 0
        factor = tf.where(known, 2 * tf.gather(upstream, column, axis=1), 0)[:, None]
        neighbour = tf.maximum(neighbour, 0)
        part = factor * (coordinates - tf.gather(coordinates, neighbour))
        part = tf.where(known[:, None], part, 0)
        return column + 1, total + part - tf.math.unsorted_segment_sum(part, neighbour, hits)

    _, total = tf.while_loop(
        lambda column, _: column < tf.shape(indices)[1],
        add_column,
        (tf.constant(0), tf.zeros_like(coordinates)),
        parallel_iterations=1,
    )
    return total


def squared_distances(coordinates: tf.Tensor, indices: tf.Tensor) -> tf.Tensor:
    """Squared distance of every hit to its listed neighbours [hits, columns]; 0 where the index is -1."""
    neighbour = tf.maximum(indices, 0)
    total = tf.zeros(tf.shape(indices), coordinates.dtype)
    for coordinate in range(coordinates.shape[1]):
        values = coordinates[:, coordinate]
        total += tf.square(values[:, None] - tf.gather(values, neighbour))
    return tf.where(indices >= 0, total, 0)
