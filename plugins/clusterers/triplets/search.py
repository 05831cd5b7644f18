"""Doublets of hits, triplets that fit, and the tracks that follow from them: compiled loops."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from registry.plugins.kernels.compiled.runtime import compiled

LAYER = 1.15
"""Hits up to this times as far away as the nearest one that fits are of the same layer."""

HALF = 3.1415
"""rad: the widest window of azimuths, just below pi, so that no hit is found on both sides."""

LONGEST = 128
"""Hits of a track at the most."""


class Limits(NamedTuple):
    """What the search may do; the parameters of the block."""

    resolution: float
    scattering: float
    max_curvature: float
    max_step: float
    max_distance: float
    max_z: float
    max_followers: float
    max_chi: float
    short_chi: float
    min_hits: float
    max_shared: float


def doublets(points: np.ndarray, azimuth: np.ndarray, limits: Limits) -> tuple[np.ndarray, np.ndarray]:
    """Return the hits that may follow each hit, nearest first: `ends[starts[i]:starts[i + 1]]`.

    `points`: float64 [hits, 3], by rising `azimuth` [hits].
    """
    starts, ends = _followers(points, azimuth, limits)
    return starts, ends


@compiled
def _followers(points, azimuth, limits):  # type: ignore[no-untyped-def]
    n = len(points)
    starts = np.zeros(n + 1, np.int64)
    ends = np.empty(max(16, 8 * n), np.int64)
    length = np.empty(max(16, 8 * n), np.float64)
    count = 0
    for i in range(n):
        first = count
        x, y, z = points[i, 0], points[i, 1], points[i, 2]
        radius = np.sqrt(x * x + y * y)
        window = HALF
        if radius > limits.max_distance:
            window = np.arcsin(limits.max_distance / radius)
        window = min(window + limits.max_curvature * limits.max_step, HALF)
        for side in range(-1, 2):
            low = np.searchsorted(azimuth, azimuth[i] - window + 2 * np.pi * side)
            high = np.searchsorted(azimuth, azimuth[i] + window + 2 * np.pi * side)
            for j in range(low, high):
                dx, dy, dz = points[j, 0] - x, points[j, 1] - y, points[j, 2] - z
                square = dx * dx + dy * dy
                step = np.sqrt(square + dz * dz)
                if step > limits.max_step or square <= 0 or points[j, 0] ** 2 + points[j, 1] ** 2 <= radius * radius:
                    continue
                if abs(x * dy - y * dx) > limits.max_distance * np.sqrt(square):
                    continue
                if abs(z - (x * dx + y * dy) / square * dz) > limits.max_z:
                    continue
                if count == len(ends):
                    ends = np.concatenate((ends, np.empty_like(ends)))
                    length = np.concatenate((length, np.empty_like(length)))
                ends[count], length[count] = j, step
                count += 1
        order = np.argsort(length[first:count], kind="mergesort")[: int(limits.max_followers)]
        ends[first : first + len(order)] = ends[first:count][order]
        count = first + len(order)
        starts[i + 1] = count
    return starts, ends[:count].copy()


@compiled
def _misfit(points, i, j, k, curvature, bend, limits):  # type: ignore[no-untyped-def]
    """Return chi squared of hit k behind the doublet (i, j), and the curvature of the three across the beam.

    `curvature` is expected, deviations by up to `bend` cost nothing.
    """
    ux, uy, uz = points[j, 0] - points[i, 0], points[j, 1] - points[i, 1], points[j, 2] - points[i, 2]
    vx, vy, vz = points[k, 0] - points[j, 0], points[k, 1] - points[j, 1], points[k, 2] - points[j, 2]
    first_across, second_across = np.sqrt(ux * ux + uy * uy), np.sqrt(vx * vx + vy * vy)
    first, second = np.sqrt(first_across**2 + uz * uz), np.sqrt(second_across**2 + vz * vz)
    if first_across <= 0 or second_across <= 0:
        return np.inf, 0.0
    across = (ux * vy - uy * vx) / first_across
    lever = second_across * (first_across + second_across) / 2
    along = (uz * second_across - vz * first_across) / first
    miss = max(abs(across - curvature * lever) - bend * lever, 0.0)
    ratio = second / first
    variance = limits.resolution**2 * (1 + (1 + ratio) ** 2 + ratio**2) + (limits.scattering * second) ** 2
    return (miss * miss + along * along) / variance, across / lever


def tracks(
    points: np.ndarray, starts: np.ndarray, ends: np.ndarray, limits: Limits
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return candidates, one from each triplet that fits: splits [candidates + 1], their hits, their mean chi squared.

    Those of `min_hits` hits that do not pass `short_chi` are left out.
    """
    splits, hits, chi = _followed(points, starts, ends, limits)
    return splits, hits, chi


@compiled
def _followed(points, starts, ends, limits):  # type: ignore[no-untyped-def]
    splits, chis = np.zeros(1024, np.int64), np.empty(1024, np.float64)
    hits = np.empty(8192, np.int64)
    own, count, filled = np.empty(LONGEST, np.int64), 0, 0
    steps, within = np.empty(LONGEST, np.int64), np.zeros(len(ends), np.bool_)
    most = limits.max_chi**2
    for i in np.argsort(points[:, 0] ** 2 + points[:, 1] ** 2, kind="mergesort"):
        for first in range(starts[i], starts[i + 1]):
            if within[first]:
                continue
            j = ends[first]
            for second in range(starts[j], starts[j + 1]):
                k = ends[second]
                total, curvature = _misfit(points, i, j, k, 0.0, limits.max_curvature, limits)
                if total > most:
                    continue
                own[0], own[1], own[2], steps[2] = i, j, k, second
                size = 3
                while size < LONGEST:
                    place, best, bent = _next(points, starts, ends, own, size, curvature, limits)
                    if place < 0:
                        break
                    own[size], steps[size], curvature = ends[place], place, bent
                    size, total = size + 1, total + best
                mean = total / (size - 2)
                if size < limits.min_hits or (size <= limits.min_hits and mean > limits.short_chi**2):
                    continue
                # What begins further out on a long track would only be a part of it.
                if size > limits.min_hits:
                    for number in range(2, size):
                        within[steps[number]] = True
                if count + 2 > len(splits):
                    splits = np.concatenate((splits, np.zeros_like(splits)))
                    chis = np.concatenate((chis, np.empty_like(chis)))
                if filled + size > len(hits):
                    hits = np.concatenate((hits, np.empty_like(hits)))
                hits[filled : filled + size] = own[:size]
                filled, chis[count] = filled + size, mean
                count += 1
                splits[count] = filled
    return splits[: count + 1].copy(), hits[:filled].copy(), chis[:count].copy()


@compiled
def _next(points, starts, ends, own, size, curvature, limits):  # type: ignore[no-untyped-def]
    """Return the place of the doublet that a track goes on with, -1 for none, its chi squared, and the curvature."""
    i, j = own[size - 2], own[size - 1]
    expected, bend, following, best, bent = 0.0, 0.0, -1, limits.max_chi**2, 0.0
    if limits.max_curvature > 0:
        expected = curvature
        # What three hits know of their curvature.
        x, y = points[j, 0] - points[own[size - 3], 0], points[j, 1] - points[own[size - 3], 1]
        bend = 8 * limits.max_chi * limits.resolution / max(x * x + y * y, 1e-12)
    reach = np.inf
    for place in range(starts[j], starts[j + 1]):
        k = ends[place]
        dx, dy, dz = points[k, 0] - points[j, 0], points[k, 1] - points[j, 1], points[k, 2] - points[j, 2]
        step = np.sqrt(dx * dx + dy * dy + dz * dz)
        if step > reach:
            break
        chi, curved = _misfit(points, i, j, k, expected, bend, limits)
        if chi > limits.max_chi**2 or (limits.max_curvature > 0 and abs(curved) > limits.max_curvature):
            continue
        reach = min(reach, LAYER * step)
        if chi < best:
            following, best, bent = place, chi, curved
    return following, best, bent
