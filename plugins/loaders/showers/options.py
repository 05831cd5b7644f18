"""What the shower generator can be told."""

from __future__ import annotations

from collections.abc import Iterator

from registry.contract.block import BlockParams, Complaint, param


class ShowerOptions(BlockParams):
    """Options of one kind of event: how many showers of what energy, and what the detector adds and drops."""

    min_showers: int = param(3, "fewest particles in an event; their number is uniform", ge=0)
    max_showers: int = param(10, "most particles in an event", ge=0)
    min_energy: float = param(2.0, "lowest energy of a particle, GeV; ln E is uniform", gt=0)
    max_energy: float = param(30.0, "highest energy of a particle, GeV", gt=0)
    photons: float = param(0.4, "relative frequency of photons", ge=0)
    electrons: float = param(0.1, "relative frequency of electrons", ge=0)
    charged_hadrons: float = param(0.3, "relative frequency of charged hadrons", ge=0)
    neutral_hadrons: float = param(0.1, "relative frequency of neutral hadrons", ge=0)
    muons: float = param(0.1, "relative frequency of muons", ge=0)
    min_eta: float = param(1.6, "lowest |pseudorapidity| of an impact point", gt=1.3, lt=3.3)
    max_eta: float = param(2.9, "highest |pseudorapidity| of an impact point", gt=1.3, lt=3.3)
    overlap: float = param(0.35, "probability that a particle hits near an earlier one of its event", ge=0, le=1)
    overlap_distance: float = param(6.0, "width of the Gauss around that one, cm", ge=0)
    both_endcaps: bool = param(True, "an event lies at z > 0 or at z < 0, as likely; false: always at z > 0")
    cell_size: float = param(2.2, "side of a cell, cm; half of it near the beam, twice in the rear", ge=0.1, le=20)
    noise_hits: float = param(50.0, "mean number of noise hits in an event", ge=0)
    noise: float = param(0.2, "standard deviation of the electronic noise of a fired cell, MIPs of its layer", ge=0)
    threshold: float = param(1.0, "zero suppression, MIPs of the cell's layer", gt=0)

    @property
    def frequencies(self) -> tuple[float, float, float, float, float]:
        """Frequencies in the order of `particles.KINDS`."""
        return self.photons, self.electrons, self.charged_hadrons, self.neutral_hadrons, self.muons

    def conflicts(self) -> Iterator[Complaint]:
        """Yield options that do not fit together."""
        for quantity in ("showers", "energy", "eta"):
            lowest, highest = getattr(self, f"min_{quantity}"), getattr(self, f"max_{quantity}")
            if lowest > highest:
                message = f"'min_{quantity}' {lowest:g} is above 'max_{quantity}' {highest:g}"
                yield Complaint(message, f"min_{quantity}", f"lower it, or raise 'max_{quantity}'")
        if not sum(self.frequencies):
            yield Complaint(
                "all particles have frequency 0", "photons", "give at least one kind of particle a frequency"
            )
