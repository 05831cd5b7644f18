"""How the energy of a shower is made where some of its hits are tracks: the rule; `shower_energy` follows it."""

from __future__ import annotations

from typing import Any

from registry.contract.records import record


@record
class TrackEnergy:
    """The energy of a shower whose hits and tracks are two measurements of one particle, which are not added.

    Of a shower, H and T are the sums of the energies of its hits and of its tracks, c_h and c_t the `energy_factor` of
    the hit and of the track of highest beta:

        E = T       without hits
            c_t T   if |H / T - 1| < agreement, and no hit has a higher beta than the tracks
            c_h H   otherwise

    `legacy_tracks_alone`: as in HGCalML, a shower of tracks alone has energy 0, and what is marked by a number below 0
    is neither a hit nor a track. Source: HGCalML, branch phd, modules/process_endcap.py.
    """

    agreement: float = 0.2
    legacy_tracks_alone: bool = False

    def plain(self) -> dict[str, Any]:
        """Return the rule as plain values, as a model's file keeps it."""
        return {"agreement": self.agreement, "legacy_tracks_alone": self.legacy_tracks_alone}
