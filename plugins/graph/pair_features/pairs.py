"""The quantities of a hit and its neighbours, and expressions of them."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import tensorflow as tf

from registry.plugins.shared.in_blocks import Tensors
from registry.plugins.shared.tensor_expressions import azimuth, evaluated, square_root


class Pairs:
    """The quantities of pairs by name; each is computed when it is first asked for.

    `own` [hits, 1] three times, `other` [hits, neighbours] three times: x, y, z from the centre.
    """

    def __init__(self, own: tuple[Any, Any, Any], other: tuple[Any, Any, Any]) -> None:
        self._shape = tf.shape(other[0])
        self._known: dict[str, Any] = dict(zip(("x", "y", "z"), own, strict=True))
        self._known |= dict(zip(("x_n", "y_n", "z_n"), other, strict=True))

    def __getitem__(self, name: str) -> Any:
        if name not in self._known:
            base, of_neighbour, _ = name.partition("_n")
            made: Callable[..., Any] = getattr(self, f"_{base if of_neighbour and base in OF_HITS else name}")
            self._known[name] = made(of_neighbour) if base in OF_HITS else made()
        return self._known[name]

    def wide(self, name: str) -> Any:
        """Return a quantity for every link, [hits, neighbours]."""
        return tf.broadcast_to(self[name], self._shape)

    def _r(self, of: str) -> Any:
        return square_root(self["x" + of] ** 2 + self["y" + of] ** 2)

    def _phi(self, of: str) -> Any:
        return azimuth(self["y" + of], self["x" + of])

    def _theta(self, of: str) -> Any:
        return azimuth(self["r" + of], self["z" + of])

    def _eta(self, of: str) -> Any:
        return tf.asinh(tf.math.divide_no_nan(self["z" + of], self["r" + of]))

    def _difference(self, name: str) -> Any:
        return self[name + "_n"] - self[name]

    def _dx(self) -> Any:
        return self._difference("x")

    def _dy(self) -> Any:
        return self._difference("y")

    def _dz(self) -> Any:
        return self._difference("z")

    def _dr(self) -> Any:
        return self._difference("r")

    def _deta(self) -> Any:
        return self._difference("eta")

    def _dphi(self) -> Any:
        difference = self._difference("phi")
        return difference - 2 * math.pi * tf.round(tf.stop_gradient(difference) / (2 * math.pi))

    def _square_xy(self) -> Any:
        return self["dx"] ** 2 + self["dy"] ** 2

    def _distance(self) -> Any:
        return square_root(self["square_xy"] + self["dz"] ** 2)

    def _distance_xy(self) -> Any:
        return square_root(self["square_xy"])

    def _turn(self) -> Any:
        return self["x"] * self["dy"] - self["y"] * self["dx"]

    def _along(self) -> Any:
        return self["x"] * self["dx"] + self["y"] * self["dy"]

    def _sin_dphi(self) -> Any:
        # x y_n - y x_n is x dy - y dx.
        return tf.math.divide_no_nan(self["turn"], self["r"] * self["r_n"])

    def _opening(self) -> Any:
        own, other = ([self[axis + of] for axis in "xyz"] for of in ("", "_n"))
        return _angle(own, other)

    def _line_angle(self) -> Any:
        return _angle([self[axis] for axis in "xyz"], [self["d" + axis] for axis in "xyz"])

    def _ux(self) -> Any:
        return tf.math.divide_no_nan(self["dx"], self["distance"])

    def _uy(self) -> Any:
        return tf.math.divide_no_nan(self["dy"], self["distance"])

    def _uz(self) -> Any:
        return tf.math.divide_no_nan(self["dz"], self["distance"])

    def _slope_r(self) -> Any:
        return tf.math.divide_no_nan(self["along"], self["r"] * self["dz"])

    def _slope_t(self) -> Any:
        return tf.math.divide_no_nan(self["turn"], self["r"] * self["dz"])

    def _axis_distance(self) -> Any:
        return tf.math.divide_no_nan(self["turn"], self["distance_xy"])

    def _axis_z(self) -> Any:
        return self["z"] - tf.math.divide_no_nan(self["along"], self["square_xy"]) * self["dz"]

    def _point_distance(self) -> Any:
        own, line = [self[axis] for axis in "xyz"], [self["d" + axis] for axis in "xyz"]
        return tf.math.divide_no_nan(square_root(sum(part**2 for part in _cross(own, line))), self["distance"])


OF_HITS = ("r", "phi", "theta", "eta")
"""Quantities of one hit that are computed of its position."""


def _cross(first: list[Any], second: list[Any]) -> list[Any]:
    return [first[(k + 1) % 3] * second[(k + 2) % 3] - first[(k + 2) % 3] * second[(k + 1) % 3] for k in range(3)]


def _angle(first: list[Any], second: list[Any]) -> Any:
    """Return the angle between two vectors, exact for small ones."""
    across = square_root(sum(part**2 for part in _cross(first, second)))
    return azimuth(across, sum(a * b for a, b in zip(first, second, strict=True)))


def places(coordinates: Any, centre: Sequence[float]) -> tuple[Tensors, Tensors]:
    """Return what `pair_values` uses of each hit and of all hits: positions from the centre."""
    found = coordinates - tf.constant(list(centre), coordinates.dtype)
    return {"place": found}, dict(zip("xyz", tf.unstack(found, axis=1), strict=True))


def pair_values(expressions: Sequence[str], near: Any, rows: Tensors, tables: Tensors) -> Any:
    """Return expressions of the links of some hits, 0 where there is no neighbour.

    near: neighbour indices [some, K]; rows, tables: those of `places`. Returns [some, K, expressions].
    """
    x, y, z = tf.unstack(rows["place"][:, None], axis=2)
    at = tf.maximum(near, 0)
    pairs = Pairs((x, y, z), (tf.gather(tables["x"], at), tf.gather(tables["y"], at), tf.gather(tables["z"], at)))
    found = tf.stack([tf.cast(evaluated(text, pairs.wide), x.dtype) for text in expressions], axis=2)
    return tf.where(near[:, :, None] >= 0, found, tf.zeros_like(found))
