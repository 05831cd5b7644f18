"""What two hits may be asked for, by name."""

from __future__ import annotations

from collections.abc import Mapping

OF_A_HIT: Mapping[str, str] = {
    "x": "position of the hit, from the centre",
    "y": "the same along y",
    "z": "the same along z",
    "r": "distance from the axis",
    "phi": "azimuth around the axis, rad",
    "theta": "polar angle, rad",
    "eta": "pseudorapidity, asinh(z / r)",
}
"""Quantities of one hit; of the neighbour they are called `x_n`, `r_n`, ..."""

OF_A_PAIR: Mapping[str, str] = {
    "dx": "neighbour minus hit, along x",
    "dy": "the same along y",
    "dz": "the same along z",
    "dr": "difference of their distances from the axis",
    "dphi": "difference of their azimuths, -pi to pi",
    "deta": "difference of their pseudorapidities",
    "distance": "distance of both",
    "distance_xy": "distance across the axis",
    "sin_dphi": "sine of the difference of their azimuths: (x y_n - y x_n) / (r r_n)",
    "opening": "angle between both as seen from the centre, rad",
    "ux": "direction from the hit to the neighbour: (dx, dy, dz) / distance",
    "uy": "the same along y",
    "uz": "the same along z",
    "line_angle": "angle between that direction and the hit's position, rad",
    "slope_r": "slope of the line along the hit's radius: (x dx + y dy) / (r dz)",
    "slope_t": "slope of the line around the axis: (x dy - y dx) / (r dz)",
    "axis_distance": "closest approach of the line to the axis, signed: (x dy - y dx) / distance_xy",
    "axis_z": "z on the line where it is closest to the axis: z - (x dx + y dy) / distance_xy^2 dz",
    "point_distance": "closest approach of the line to the centre",
}
"""Quantities of a hit and its neighbour."""

QUANTITIES: Mapping[str, str] = {
    **OF_A_HIT,
    **{f"{name}_n": f"{text.replace('the hit', 'the neighbour')} (neighbour)" for name, text in OF_A_HIT.items()},
    **OF_A_PAIR,
}
"""All of them."""
