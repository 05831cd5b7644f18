"""How well two ways of grouping hits agree, without energy: V-measure and adjusted Rand index."""

from __future__ import annotations

import math

import numpy as np

MEASURES = ("homogeneity", "v_completeness", "v_measure", "adjusted_rand")


def agreement(truth: np.ndarray, found: np.ndarray) -> dict[str, float]:
    """Return homogeneity, completeness, V-measure and adjusted Rand index of one event; nan for an event without hits.

    `truth`, `found`: labels [hits]; hits of no object (below 0) are one group, and so are hits in no cluster. With the
    entropies H of the groups: homogeneity `1 - H(truth|found) / H(truth)`, completeness `1 - H(found|truth) /
    H(found)` (1 where there is only one group), V-measure their harmonic mean. Source: A. Rosenberg and J. Hirschberg,
    EMNLP 2007; L. Hubert and P. Arabie, J. Classif. 2 (1985) 193.
    """
    if not len(truth):
        return dict.fromkeys(MEASURES, math.nan)
    true, true_of = np.unique(np.maximum(truth, -1), return_inverse=True)
    own, own_of = np.unique(np.maximum(found, -1), return_inverse=True)
    _, shared = np.unique(true_of * len(own) + own_of, return_counts=True)
    rows, columns = np.bincount(true_of), np.bincount(own_of)
    both, of_truth, of_found = (_entropy(counts) for counts in (shared, rows, columns))
    homogeneity = 1 - (both - of_found) / of_truth if len(true) > 1 else 1.0
    completeness = 1 - (both - of_truth) / of_found if len(own) > 1 else 1.0
    homogeneity, completeness = max(homogeneity, 0.0), max(completeness, 0.0)
    together = homogeneity + completeness
    v_measure = 2 * homogeneity * completeness / together if together else 0.0
    return dict(zip(MEASURES, (homogeneity, completeness, v_measure, _rand(shared, rows, columns)), strict=True))


def _entropy(counts: np.ndarray) -> float:
    share = counts / counts.sum()
    return float(-(share * np.log(share)).sum())


def _rand(shared: np.ndarray, rows: np.ndarray, columns: np.ndarray) -> float:
    """Return the adjusted Rand index; pairs of hits are counted as whole numbers of any size."""
    pairs, of_truth, of_found = (sum(n * (n - 1) // 2 for n in counts.tolist()) for counts in (shared, rows, columns))
    hits = int(rows.sum())
    every = hits * (hits - 1) // 2
    if pairs == of_truth == of_found:
        return 1.0
    expected = of_truth * of_found / every
    return float((pairs - expected) / ((of_truth + of_found) / 2 - expected))
