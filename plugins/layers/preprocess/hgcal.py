"""Fixed means and widths of the HGCAL features, and which column is what (HGCalML, ProcessFeatures)."""

from __future__ import annotations

N_FEATURES, N_OLD_FEATURES = 10, 9
ENERGY, ETA, IS_TRACK, THETA, R, X, Y, Z, TIME = range(9)

FEATURES = {"hgcal": N_FEATURES, "hgcal_old": N_OLD_FEATURES, "hgcal_2024": N_FEATURES}
"""How many features each fixed scaling takes."""

MEANS = (0.0395022651, 2.46088736, 0.0, 0.167, 354.114793, 0.0, 0.0, 347.267313, -0.373342582, 0.761663214)
"""Of energy (GeV), eta, is_track, theta (rad), R, x, y, z (cm), time (ns), cell size (cm), at one endcap.

theta: the original's constants belong to both endcaps together, and leave the folded angle at -1 (docs/faults.md,
Q-18); these are those of one endcap, as on the original's future_dev branch."""

WIDTHS = (0.16587503, 0.36627547, 1.0, 0.067, 22.55941696, 50.0, 50.0, 21.75297722, 1.89301789, 0.14808707)

LEGACY_THETA = (1.56797723, 1.39035478)
"""Mean and width of theta in the original: for pre-models whose stored weights were trained with them."""

OLD_MEANS = (
    0.0740814656, 2.46156192, 0.0, 0.207392946, 3.55599976, 0.0609507263, -0.00401970092, -0.515379727, 0.0874295086,
)  # fmt: skip
"""Of energy (GeV), |eta|, is_track, folded theta (rad), R, x, y (m), |z| - 4 m (m), time (10 ns, 0 for none)."""

OLD_WIDTHS = (
    0.299679846, 0.382687777, 1.0, 0.0841238275, 0.250777304, 0.485394388, 0.518072903, 0.240222782, 0.194716245,
)  # fmt: skip

HIT_MEANS = (0.0475, 2.55, 0.0, 0.167, 341.4, 0.0, 0.0, 336.0, 0.0, 0.95)
"""Of the ten features of hits, on the original's future_dev branch; units as for MEANS."""

HIT_WIDTHS = (0.1991, 0.35, 1.0, 0.067, 15.1, 42.0, 42.0, 14.5, 1.0, 0.39)

TRACK_MEANS = (3.04, *HIT_MEANS[1:9], 0.0)
"""Of the ten features of tracks: position as for hits, momentum (GeV), no cell."""

TRACK_WIDTHS = (3.63, *HIT_WIDTHS[1:9], 1.0)
