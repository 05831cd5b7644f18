"""What columns are across the beam, as a description declares it, and which others would change with a rotation."""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field

from registry.contract.augmentation import Geometry
from registry.contract.block import BlockParams, param

if TYPE_CHECKING:
    import numpy as np

    from registry.plugins.loaders.description.columns import ColumnOptions

FEWEST, ALIKE = 8, 1e-4
"""Hits that are needed to tell that columns are alike, and how much they may differ, as a share."""

FEW, UNEXPLAINED = 100, 0.05
"""Hits that are needed to tell that a column follows others, and the share of its width that may be unexplained."""

AT_MOST = 20_000
"""Hits that are looked at for that."""

_TURNING = re.compile(
    r"(^|[_.\[])((pos|position|mom|dir|vtx|vertex|p|v|d|t|n|u|hit)_?)?(x|y)\d*$|(^|[_.])(d?phi|azimuth|azimuthal)\d*$"
    r"|(cos|sin)_?(phi|azimuth)|(phi|azimuth)_?(cos|sin)|(phi|azimuth)$",
    re.IGNORECASE,
)
"""Names that surely mean what a rotation changes: x, hit_y, px, object.vx, phi, cos_phi."""


class GeometryOptions(BlockParams):
    """What columns are in the plane across the beam; those of objects are `object.NAME`."""

    vectors: list[Annotated[list[str], Field(min_length=2, max_length=3)]] = param(
        [], "columns of x and y (and z) of positions, directions, momenta; those of coordinates need no entry"
    )
    cosines: list[Annotated[list[str], Field(min_length=2, max_length=2)]] = param(
        [], "columns of the cosine and the sine of an azimuth"
    )
    angles: dict[str, Literal["rad", "deg"]] = param({}, "azimuths with their unit, {phi: rad}")
    handed: list[str] = param([], "columns whose sign a mirror changes, such as a curvature")
    unchanged: list[str] = param([], "columns that no rotation changes, whatever their names say")


def geometry_of(options: GeometryOptions, columns: ColumnOptions) -> Geometry:
    """Return what the columns are, positions of the outputs included."""
    vectors = [tuple(vector) for vector in (*options.vectors, *options.cosines)]
    declared = {name for vector in vectors for name in vector}
    for output in ("coordinates", "truth_position", "truth_momentum"):
        own = tuple(text for _, text in columns.of(output))
        if own and not declared & set(own[:2]) and all(_is_name(text) for text in own) and len(set(own)) == len(own):
            vectors.append(own)
            declared |= set(own)
    turn = {"rad": 1.0, "deg": 180 / math.pi}
    return Geometry(tuple(vectors), {name: turn[unit] for name, unit in options.angles.items()}, tuple(options.handed))


def from_zero(columns: Mapping[str, np.ndarray], geometry: Geometry) -> tuple[str, ...]:
    """Return the azimuths, columns [hits], that are counted from 0 to a full turn."""
    known = {name: columns[name] for name in geometry.angles if name in columns and len(columns[name])}
    half = {name: math.pi * geometry.angles[name] * (1 + ALIKE) for name in known}
    return tuple(name for name, values in known.items() if values.min() >= 0 and values.max() > half[name])


def declared_twice(options: GeometryOptions) -> Iterator[str]:
    """Yield the columns that are said to turn in two ways, or to turn and not to."""
    pairs = [name for vector in (*options.vectors, *options.cosines) for name in vector[:2]]
    named = [*pairs, *options.angles, *options.unchanged]
    yield from sorted({name for name in named if named.count(name) > 1})


def _is_name(text: str) -> bool:
    return re.fullmatch(r"[^()+*/ `]+", text) is not None


def broken(names: Iterable[str], geometry: Geometry, unchanged: Collection[str]) -> Iterator[str]:
    """Yield the columns that a rotation would break: undeclared ones whose names say that they turn with the event."""
    known = geometry.columns | {name for vector in geometry.vectors for name in vector} | {*unchanged}
    yield from (name for name in names if name not in known and _TURNING.search(name))


def turning_with(
    columns: Mapping[str, np.ndarray], geometry: Geometry, known: Collection[str]
) -> Iterator[tuple[str, str]]:
    """Yield columns [hits] that are exactly what a declared one makes them: an azimuth, a coordinate in another unit.

    `known`: columns that need not be looked at.
    """
    import numpy as np

    planes = [vector for vector in geometry.vectors if vector[0] in columns and vector[1] in columns]
    for name, values in columns.items():
        if name in known or values.dtype.kind not in "fiu" or len(values) < FEWEST or np.ptp(values) == 0:
            continue
        for vector in planes:
            x, y = (columns[part].astype(np.float64) for part in vector[:2])
            azimuth = np.arctan2(y, x)
            for unit in (1.0, 180 / math.pi):
                if np.abs(np.sin((values / unit - azimuth) / 2)).max() < ALIKE:
                    yield name, f"arctan2({vector[1]}, {vector[0]})"
            r = np.hypot(x, y)
            for what, given in (
                (vector[0], x),
                (vector[1], y),
                (f"the cosine of arctan2({vector[1]}, {vector[0]})", x / np.maximum(r, 1e-300)),
                (f"the sine of arctan2({vector[1]}, {vector[0]})", y / np.maximum(r, 1e-300)),
            ):
                scale = float(values @ given) / max(float(given @ given), 1e-300)
                if np.abs(values - scale * given).max() < ALIKE * np.abs(values).max():
                    yield name, f"{what}, by {scale:.4g}"
            if part := _follows(values, columns, vector):
                yield name, part


def _follows(values: np.ndarray, columns: Mapping[str, np.ndarray], vector: tuple[str, ...]) -> str:
    """Return which part of a vector a column [hits] goes with, linearly; "" for none, or if what stays says as much.

    That finds sums of components, places in a grid, and numbers of sectors, if there are more than 1 / UNEXPLAINED.
    """
    import numpy as np

    if len(values) < FEW:
        return ""
    some = slice(None, None, -(-len(values) // AT_MOST))
    x, y = (columns[name][some].astype(np.float64) for name in vector[:2])
    wanted, azimuth = values[some].astype(np.float64), np.arctan2(y, x)
    stays = [np.hypot(x, y), *(columns[name][some].astype(np.float64) for name in vector[2:] if name in columns)]
    turning = {f"a sum of {vector[0]} and {vector[1]}": [x, y]}
    turning |= {f"counted along arctan2({vector[1]}, {vector[0]})": [azimuth]}
    turning |= {f"counted along the azimuth of {vector[0]} and {vector[1]}": [azimuth % (2 * np.pi)]}
    limit = min(UNEXPLAINED, _unexplained(wanted, stays) / 5)
    return next((what for what, given in turning.items() if _unexplained(wanted, given) < limit), "")


def _unexplained(values: np.ndarray, given: Sequence[np.ndarray]) -> float:
    """Return the share of a column's standard deviation that no linear combination of others explains."""
    import numpy as np

    width = float(values.std())
    if not width:
        return 1.0
    matrix = np.stack([*given, np.ones(len(values))], axis=1)
    found = matrix @ np.linalg.lstsq(matrix, values, rcond=None)[0]
    return float((values - found).std()) / width
