"""The support of links against a plain computation, and hits on a line."""

from __future__ import annotations

import numpy as np

from tests.plugins.block_case import Case, assert_close

INDICES = np.array([[1, 2, 3, -1], [0, 2, 4, 3], [-1, -1, -1, -1], [4, 1, -1, 0], [3, 2, 0, 1]])


def supports(places: np.ndarray, indices: np.ndarray, **parameters: object) -> np.ndarray:
    return np.asarray(Case("line_support:LineSupport", **parameters)(coordinates=places, neighbour_indices=indices))


def plain(places: np.ndarray, hit: int, column: int, resolution: float, scattering: float, width: float) -> np.ndarray:
    """Return ln(1 + support) of a link behind, between and beyond."""
    found, way = np.zeros(3), places[INDICES[hit, column]] - places[hit]
    length = np.linalg.norm(way)
    for other, third in enumerate(INDICES[hit]):
        if other == column or third < 0:
            continue
        to = places[third] - places[hit]
        share = to @ way / length**2
        region = 0 if share < 0 else 2 if share > 1 else 1
        lever = length * (-share, share * (1 - share), share - 1)[region]
        variance = resolution**2 * (1 + share**2 + (1 - share) ** 2) + (scattering * lever) ** 2
        found[region] += np.exp(-((to - share * way) ** 2).sum() / (2 * width**2 * variance))
    return np.log1p(found)


def test_third_hits_count_by_their_distance_from_the_line_behind_between_and_beyond() -> None:
    places = np.random.default_rng(2).normal(size=(5, 3))
    found = supports(places, INDICES, resolution=0.7, scattering=0.2, widths=[1.0, 2.0])
    for hit, row in enumerate(INDICES):
        for column, neighbour in enumerate(row):
            expected = np.zeros((3, 2))
            if neighbour >= 0:
                expected = np.stack([plain(places, hit, column, 0.7, 0.2, width) for width in (1.0, 2.0)], axis=1)
            assert_close(found[hit, column], expected.reshape(-1))


def test_a_hit_beside_the_line_counts_for_nothing() -> None:
    places = np.array([[0.0, 0, 0], [0, 0, 1], [0, 0, 2], [0.5, 0, 3]])
    indices = np.array([[1, 2, 3], [0, 2, 3], [0, 1, 3], [0, 1, 2]])
    found = supports(places, indices, resolution=0.01, widths=[1.0])
    one = np.log(2)
    assert_close(found[0], [[0, 0, one], [0, one, 0], [0, 0, 0]])
    assert_close(found[1], [[one, 0, 0], [one, 0, 0], [0, 0, 0]])


def test_hits_at_one_place_give_finite_numbers() -> None:
    assert np.isfinite(supports(np.zeros((5, 3)), INDICES, resolution=0.1)).all()
