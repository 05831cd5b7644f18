"""Sums over the rows of a table and its normalisation, column by column, each in one pass over the table.

Threads share the rows in jobs whose number depends on the table alone, so that sums do not depend on how many there
are. Columns beyond the last sixteen are worked on one by one.
"""

from __future__ import annotations

import numba
import numpy as np

from registry.plugins.kernels.compiled.mathematics import absolute
from registry.plugins.kernels.compiled.runtime import compiled
from registry.plugins.kernels.compiled.vectors import LANES, fused, load, store

ROWS_PER_JOB = 512


@compiled(parallel=True)
def column_sums(x: np.ndarray, centre: np.ndarray, squares: bool, sums: np.ndarray) -> None:
    """Write the sums over the rows of each job of x, and of |x - centre| or its square, to `sums` [jobs, 2, F]."""
    rows, width = x.shape
    wide = width // LANES * LANES
    for job in numba.prange(sums.shape[0]):
        first, second = np.int64(job * 2 * width), np.int64((job * 2 + 1) * width)
        sums[job] = 0
        for row in range(job * ROWS_PER_JOB, min(rows, (job + 1) * ROWS_PER_JOB)):
            for block in range(0, wide, LANES):
                value = load(x, row * width + block)
                step = absolute(value - load(centre, block))
                if squares:
                    step = step * step
                store(sums, first + block, load(sums, first + block) + value)
                store(sums, second + block, load(sums, second + block) + step)
            for c in range(wide, width):
                value = x[row, c]
                step = abs(value - centre[0, c])
                if squares:
                    step = step * step
                sums[job, 0, c] += value
                sums[job, 1, c] += step


@compiled(parallel=True)
def normalise(
    x: np.ndarray, mean: np.ndarray, scale: np.ndarray, gamma: np.ndarray, bias: np.ndarray, result: np.ndarray
) -> None:
    """Write (x - mean) / scale * gamma + bias to `result` [rows, F]."""
    rows, width = x.shape
    wide = width // LANES * LANES
    for job in numba.prange((rows + ROWS_PER_JOB - 1) // ROWS_PER_JOB):
        for row in range(job * ROWS_PER_JOB, min(rows, (job + 1) * ROWS_PER_JOB)):
            for block in range(0, wide, LANES):
                value = (load(x, row * width + block) - load(mean, block)) / load(scale, block)
                store(result, row * width + block, value * load(gamma, block) + load(bias, block))
            for c in range(wide, width):
                result[row, c] = (x[row, c] - mean[0, c]) / scale[0, c] * gamma[0, c] + bias[0, c]


@compiled(parallel=True)
def normalise_gradients(
    upstream: np.ndarray,
    x: np.ndarray,
    mean: np.ndarray,
    scale: np.ndarray,
    gamma: np.ndarray,
    result: np.ndarray,
    sums: np.ndarray,
) -> None:
    """Write the gradient for x, `upstream` gamma / scale, to `result` [rows, F].

    Writes the sums over the rows of each job of `upstream` and of `upstream` (x - mean) to `sums` [jobs, 2, F].
    """
    rows, width = x.shape
    wide = width // LANES * LANES
    for job in numba.prange(sums.shape[0]):
        first, second = np.int64(job * 2 * width), np.int64((job * 2 + 1) * width)
        sums[job] = 0
        for row in range(job * ROWS_PER_JOB, min(rows, (job + 1) * ROWS_PER_JOB)):
            for block in range(0, wide, LANES):
                given = load(upstream, row * width + block)
                step = load(x, row * width + block) - load(mean, block)
                store(result, row * width + block, given * load(gamma, block) / load(scale, block))
                store(sums, first + block, load(sums, first + block) + given)
                store(sums, second + block, fused(given, step, load(sums, second + block)))
            for c in range(wide, width):
                given = upstream[row, c]
                result[row, c] = given * gamma[0, c] / scale[0, c]
                sums[job, 0, c] += given
                sums[job, 1, c] += given * (x[row, c] - mean[0, c])
