"""The read-outs that the monitor compares, of the columns that it is given by its ports."""

from __future__ import annotations

from typing import Any

from registry.measuring.choices import KNOWN, TRUE
from registry.measuring.read_out import ReadOut
from registry.plugins.clusterers.condensation.block import Condensation
from registry.plugins.clusterers.local_maxima.block import LocalMaximaClusterer


def network(params: Any) -> ReadOut:
    """Return condensation with the monitor's thresholds."""
    given = {name: getattr(params, name) for name in ("beta_threshold", "distance_threshold", "assign")}
    inputs = {"beta": "beta", "coordinates": "ccoords", "distance": "distance"}
    known = ("beta", "energy_factor", *KNOWN, *TRUE)
    return ReadOut(Condensation(Condensation.Params(**given)), inputs, {name: name for name in known})


def local_maxima(params: Any) -> ReadOut:
    """Return local maxima with the radii of the baseline."""
    rule = LocalMaximaClusterer.Params(seed_radius=params.seed_radius, join_radius=params.join_radius)
    inputs = {"energy": "energy", "coordinates": "coordinates"}
    return ReadOut(LocalMaximaClusterer(rule), inputs, {name: name for name in (*KNOWN, *TRUE)})
