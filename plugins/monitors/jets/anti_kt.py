"""Joins particles to jets by anti-kt (arXiv:0802.1189), and matches jets."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Jets:
    """Jets of one event, by falling transverse momentum: pt [GeV], rapidity, azimuth, each float64 [jets]."""

    pt: np.ndarray
    rapidity: np.ndarray
    phi: np.ndarray

    def above(self, pt: float) -> Jets:
        """Return those with more transverse momentum than this."""
        keep = self.pt > pt
        return Jets(self.pt[keep], self.rapidity[keep], self.phi[keep])


def anti_kt(pt: np.ndarray, eta: np.ndarray, phi: np.ndarray, radius: float) -> Jets:
    """Return the jets of massless particles, `pt` [GeV], `eta`, `phi`, each [particles]; without pt they are none."""
    known = np.isfinite(pt) & np.isfinite(eta) & np.isfinite(phi) & (np.nan_to_num(pt) > 0)
    pt, eta, phi = (np.asarray(item, np.float64)[known] for item in (pt, eta, phi))
    # Energy and momentum [particles, 4]; the sum of two is the particle that they make.
    left = np.stack([pt * np.cosh(eta), pt * np.cos(phi), pt * np.sin(phi), pt * np.sinh(eta)], axis=1)
    jets: list[np.ndarray] = []
    while len(left):
        own, places, azimuths = _kinematics(left)
        weights = own**-2.0
        apart = _distances(places, azimuths, places, azimuths) ** 2 / radius**2
        pairs = np.minimum(weights[:, None], weights[None]) * apart
        np.fill_diagonal(pairs, weights)
        one, other = np.unravel_index(np.argmin(pairs), pairs.shape)
        if one == other:
            jets.append(left[one])
        else:
            left = np.concatenate([left, (left[one] + left[other])[None]])
        left = np.delete(left, [one, other], axis=0)
    found = _kinematics(np.array(jets).reshape(-1, 4))
    order = np.argsort(-found[0], kind="stable")
    return Jets(*(item[order] for item in found))


def matches(true: Jets, predicted: Jets, reach: float, min_share: float) -> np.ndarray:
    """Return the predicted jet of each true one, int64 [true jets], -1 for none; each is taken once."""
    apart = _distances(true.rapidity, true.phi, predicted.rapidity, predicted.phi)
    allowed = (apart < reach) & (predicted.pt[None] > min_share * true.pt[:, None])
    found = np.full(len(true.pt), -1, np.int64)
    for jet in range(len(found)):
        if allowed[jet].any():
            found[jet] = np.argmin(np.where(allowed[jet], apart[jet], np.inf))
            allowed[:, found[jet]] = False
    return found


def _kinematics(momenta: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return pt, rapidity and azimuth of energies and momenta [particles, 4]."""
    energy, x, y, z = momenta.T
    return np.hypot(x, y), np.arctanh(np.clip(z / np.maximum(energy, 1e-300), -1 + 1e-15, 1 - 1e-15)), np.arctan2(y, x)


def _distances(one: np.ndarray, phi: np.ndarray, other: np.ndarray, other_phi: np.ndarray) -> np.ndarray:
    """Return the distances in rapidity and azimuth, [one, other]; the azimuth is a circle."""
    turn = np.abs(phi[:, None] - other_phi[None])
    found: np.ndarray = np.hypot(one[:, None] - other[None], np.minimum(turn, 2 * np.pi - turn))
    return found
