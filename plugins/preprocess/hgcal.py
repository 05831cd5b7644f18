"""Fixed means and widths of the ten HGCAL features, and which column is what (blocks.md 4.1, 9.1)."""

from __future__ import annotations

N_FEATURES = 10
ENERGY, ETA, IS_TRACK, THETA = 0, 1, 2, 3
X, Z = 5, 7

MEANS = (0.0395022651, 2.46088736, 0.0, 0.167, 354.114793, 0.0, 0.0, 347.267313, -0.373342582, 0.761663214)
"""Of energy (GeV), eta, is_track, theta (rad), R, x, y, z (cm), time (ns), cell size (cm), at one endcap.

theta: the original's constants belong to both endcaps together, and leave the folded angle at -1 (Q-18); these are
those of one endcap, as on the original's future_dev branch."""

WIDTHS = (0.16587503, 0.36627547, 1.0, 0.067, 22.55941696, 50.0, 50.0, 21.75297722, 1.89301789, 0.14808707)

LEGACY_THETA = (1.56797723, 1.39035478)
"""Mean and width of theta in the original: for pre-models whose stored weights were trained with them."""
