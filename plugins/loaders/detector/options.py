"""What the detector generator can be told: its calorimeters, the particles of an event, and how hits are measured."""

from __future__ import annotations

from collections.abc import Iterator

from registry.contract.block import BlockParams, Complaint, param


class SectionOptions(BlockParams):
    """Layers of one kind, one behind the other."""

    layers: int = param(..., "number of layers", ge=1, le=200)
    thickness: float = param(..., "thickness of a layer, cm", gt=0)
    x0: float = param(..., "thickness of a layer in radiation lengths", gt=0)
    interaction_lengths: float = param(..., "thickness of a layer in nuclear interaction lengths", gt=0)
    mip: float = param(..., "calibrated energy of a minimum-ionising particle in a layer, GeV", gt=0)
    cell: float = param(..., "side of a cell, cm", gt=0.05)


EM = SectionOptions(layers=26, thickness=1.4, x0=1.0, interaction_lengths=0.055, mip=0.010, cell=1.5)
HADRONIC = SectionOptions(layers=20, thickness=6.0, x0=3.0, interaction_lengths=0.40, mip=0.050, cell=4.0)


class DetectorOptions(BlockParams):
    """A barrel and two endcaps in a solenoid, and what happens in them."""

    barrel: list[SectionOptions] = param([EM, HADRONIC], "sections of the barrel, inside out; none for no barrel")
    endcap: list[SectionOptions] = param([EM, HADRONIC], "sections of both endcaps, front to back; none for no endcap")
    barrel_radius: float = param(130.0, "inner radius of the barrel, cm", gt=1)
    half_length: float = param(300.0, "half the length of the barrel, cm", gt=1)
    endcap_z: float = param(320.0, "|z| of the front of the endcaps, cm", gt=1)
    endcap_radius: float = param(30.0, "radius of the hole around the beam, cm", gt=0)
    moliere_radius: float = param(2.5, "Moliere radius, cm", gt=0)
    critical_energy: float = param(0.0083, "critical energy of the absorber, GeV", gt=0)
    atomic_number: float = param(74.0, "atomic number Z of the absorber", gt=1)
    interaction_length: float = param(18.0, "nuclear interaction length of the calorimeter's mean material, cm", gt=0)
    field: float = param(3.8, "magnetic field along z, T", ge=0)
    tracker_radii: list[float] = param([], "radii of cylinders around the beam that charged particles hit, cm")
    tracks: bool = param(True, "a charged particle has one hit that is its track, where it enters the calorimeter")
    track_resolution: float = param(0.01, "relative resolution of a track's momentum at 0 GeV", ge=0)
    track_resolution_slope: float = param(1e-4, "what is added to it for each GeV of transverse momentum", ge=0)

    min_particles: int = param(5, "fewest particles of the hard interaction; their number is uniform", ge=0)
    max_particles: int = param(20, "most particles of the hard interaction", ge=0)
    min_energy: float = param(1.0, "lowest energy of those, GeV; ln E is uniform", gt=0)
    max_energy: float = param(100.0, "highest energy of those, GeV", gt=0)
    max_eta: float = param(3.0, "highest |pseudorapidity|, in which particles are uniform", gt=0, le=5)
    min_eta: float = param(0.0, "lowest |pseudorapidity|", ge=0)
    photons: float = param(0.3, "relative frequency of photons", ge=0)
    electrons: float = param(0.1, "relative frequency of electrons and positrons", ge=0)
    charged_hadrons: float = param(0.4, "relative frequency of charged pions", ge=0)
    neutral_hadrons: float = param(0.1, "relative frequency of neutral kaons and neutrons", ge=0)
    muons: float = param(0.1, "relative frequency of muons", ge=0)
    pile_up: float = param(0.0, "mean number of further interactions in an event", ge=0)
    pile_up_particles: float = param(40.0, "mean number of particles of each of them within `max_eta`", ge=0)
    pile_up_pt: float = param(0.6, "mean transverse momentum of those, exponential, GeV", gt=0)
    pile_up_is_noise: bool = param(False, "hits of pile-up count as noise; false: each of its particles is an object")
    beam_spot: float = param(5.0, "standard deviation of the interactions along z, cm", ge=0)
    beam_time: float = param(0.18, "standard deviation of their times, ns", ge=0)

    stochastic: float = param(0.15, "a of the electromagnetic resolution a / sqrt(E / GeV)", gt=0)
    hadronic_stochastic: float = param(0.5, "the same of the hadronic part of a shower", gt=0)
    hadronic_response: float = param(0.8, "response to that part, relative to the electromagnetic one", gt=0, le=1)
    noise: float = param(0.2, "standard deviation of the noise of a cell that has energy, MIPs of its layer", ge=0)
    noise_hits: float = param(50.0, "mean number of hits that are nothing but noise", ge=0)
    threshold: float = param(0.5, "lowest energy of a hit, MIPs of its layer", ge=0)
    time_resolution: float = param(0.05, "of a hit, ns", ge=0)
    timed: float = param(4.0, "energy from which a hit has a time, MIPs of its layer; others have -1", ge=0)

    @property
    def frequencies(self) -> tuple[float, float, float, float, float]:
        """Frequencies in the order of `showers.particles.KINDS`."""
        return self.photons, self.electrons, self.charged_hadrons, self.neutral_hadrons, self.muons

    def conflicts(self) -> Iterator[Complaint]:
        """Yield options that do not fit together."""
        for quantity in ("particles", "energy", "eta"):
            lowest, highest = getattr(self, f"min_{quantity}"), getattr(self, f"max_{quantity}")
            if lowest > highest:
                message = f"'min_{quantity}' {lowest:g} is above 'max_{quantity}' {highest:g}"
                yield Complaint(message, f"min_{quantity}", f"lower it, or raise 'max_{quantity}'")
        if not sum(self.frequencies):
            yield Complaint("all particles have frequency 0", "photons", "give one kind of particle a frequency")
        if not self.barrel and not self.endcap:
            yield Complaint("there is neither a barrel nor an endcap", "barrel", "name sections of one of them")
        for index, radius in enumerate(self.tracker_radii):
            if not 0 < radius < self.barrel_radius:
                message = f"a tracker layer has the radius {radius:g}, the barrel {self.barrel_radius:g}"
                yield Complaint(message, f"tracker_radii.{index}", "expected more than 0, and less than the barrel's")
