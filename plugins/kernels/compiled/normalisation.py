"""Sums over the rows of a table and its normalisation, column by column, each in one pass over the table.

A table may come in parts, side by side, with the columns from `first` on of what the whole table has. Threads share the
rows in jobs whose number depends on the table alone, so that sums do not depend on how many there are. Columns beyond
the last sixteen of a part are worked on one by one.
"""

from __future__ import annotations

import numba
import numpy as np

from registry.plugins.kernels.compiled.mathematics import absolute
from registry.plugins.kernels.compiled.runtime import compiled
from registry.plugins.kernels.compiled.vectors import LANES, fused, load, store

ROWS_PER_JOB = 512


@compiled(parallel=True)
def column_sums(x: np.ndarray, first: int, centre: np.ndarray, squares: bool, sums: np.ndarray) -> None:
    """Write the sums over the rows of each job of x, and of |x - centre| or its square, to `sums` [jobs, 2, F]."""
    rows, width = x.shape
    wide, columns = width // LANES * LANES, np.int64(sums.shape[2])
    for job in numba.prange(sums.shape[0]):
        one, other = np.int64(job * 2 * columns + first), np.int64((job * 2 + 1) * columns + first)
        sums[job, :, first : first + width] = 0
        for row in range(job * ROWS_PER_JOB, min(rows, (job + 1) * ROWS_PER_JOB)):
            for block in range(0, wide, LANES):
                value = load(x, row * width + block)
                step = absolute(value - load(centre, first + block))
                if squares:
                    step = step * step
                store(sums, one + block, load(sums, one + block) + value)
                store(sums, other + block, load(sums, other + block) + step)
            for c in range(wide, width):
                value = x[row, c]
                step = abs(value - centre[0, first + c])
                if squares:
                    step = step * step
                sums[job, 0, first + c] += value
                sums[job, 1, first + c] += step


@compiled(parallel=True)
def normalise(
    x: np.ndarray,
    first: int,
    mean: np.ndarray,
    scale: np.ndarray,
    gamma: np.ndarray,
    bias: np.ndarray,
    result: np.ndarray,
) -> None:
    """Write (x - mean) / scale * gamma + bias to `result` [rows, F]."""
    rows, width = x.shape
    wide, columns = width // LANES * LANES, np.int64(result.shape[1])
    for job in numba.prange((rows + ROWS_PER_JOB - 1) // ROWS_PER_JOB):
        for row in range(job * ROWS_PER_JOB, min(rows, (job + 1) * ROWS_PER_JOB)):
            for block in range(0, wide, LANES):
                at = first + block
                value = (load(x, row * width + block) - load(mean, at)) / load(scale, at)
                store(result, row * columns + at, value * load(gamma, at) + load(bias, at))
            for c in range(wide, width):
                at = first + c
                result[row, at] = (x[row, c] - mean[0, at]) / scale[0, at] * gamma[0, at] + bias[0, at]


@compiled(parallel=True)
def normalise_gradients(
    upstream: np.ndarray,
    added: np.ndarray,
    first: int,
    x: np.ndarray,
    mean: np.ndarray,
    scale: np.ndarray,
    gamma: np.ndarray,
    result: np.ndarray,
    sums: np.ndarray,
) -> None:
    """Write the gradient for x, `upstream` gamma / scale, to `result`, which has the columns of x.

    Writes the sums over the rows of each job of `upstream` and of `upstream` (x - mean) to `sums` [jobs, 2, F].
    `added`: what is added to `upstream` before, without rows if nothing is.
    """
    rows, width = x.shape
    both = added.shape[0] > 0
    wide, columns = width // LANES * LANES, np.int64(upstream.shape[1])
    for job in numba.prange(sums.shape[0]):
        one, other = np.int64(job * 2 * columns + first), np.int64((job * 2 + 1) * columns + first)
        sums[job, :, first : first + width] = 0
        for row in range(job * ROWS_PER_JOB, min(rows, (job + 1) * ROWS_PER_JOB)):
            for block in range(0, wide, LANES):
                at = first + block
                given = load(upstream, row * columns + at)
                if both:
                    given = given + load(added, row * columns + at)
                step = load(x, row * width + block) - load(mean, at)
                store(result, row * width + block, given * load(gamma, at) / load(scale, at))
                store(sums, one + block, load(sums, one + block) + given)
                store(sums, other + block, fused(given, step, load(sums, other + block)))
            for c in range(wide, width):
                at = first + c
                given = upstream[row, at] + added[row, at] if both else upstream[row, at]
                result[row, c] = given * gamma[0, at] / scale[0, at]
                sums[job, 0, at] += given
                sums[job, 1, at] += given * (x[row, c] - mean[0, at])
