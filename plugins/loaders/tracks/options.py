"""What the generator of tracks can be told: its layers, the particles of an event, and how hits are measured."""

from __future__ import annotations

from collections.abc import Iterator

from registry.contract.block import BlockParams, Complaint, param

VERTEX_LOCATOR = [
    *(-27.7, -25.2, -22.7, -20.2, -13.2, -6.2, -3.7, -1.2, 1.3, 3.8, 6.3, 8.8, 11.3),
    *(13.8, 16.3, 18.8, 21.3, 23.8, 26.3, 32.5, 40.2, 49.7, 61.6, 66.1, 70.6, 75.1),
]
"""z of 26 planes, dense around the collisions and sparse behind them, cm."""


class TrackOptions(BlockParams):
    """Planes across the beam and barrels around it, in a field or none, and what happens in them."""

    planes: list[float] = param(VERTEX_LOCATOR, "z of the planes across the beam, cm; none for no plane")
    plane_inner_radius: float = param(0.51, "radius of the hole around the beam, cm", ge=0)
    plane_outer_radius: float = param(5.0, "outer radius of the planes, cm", gt=0)
    barrels: list[float] = param([], "radii of the cylinders around the beam, cm; none for no barrel")
    barrel_half_length: float = param(50.0, "half the length of the barrels, cm", gt=0)
    field: float = param(0.0, "magnetic field along z, T; 0: tracks are straight but for scattering", ge=0)
    thickness: float = param(0.02, "a layer in radiation lengths, crossed at a right angle", ge=0)
    resolution: float = param(0.0012, "standard deviation of both coordinates in a layer, cm", ge=0)
    inefficiency: float = param(0.03, "share of the crossed layers without a hit", ge=0, lt=1)

    min_tracks: int = param(100, "fewest tracks of an event; their number is uniform", ge=0)
    max_tracks: int = param(400, "most tracks of an event", ge=0)
    min_layers: int = param(3, "a particle that crosses fewer layers is drawn anew", ge=1)
    vertices: float = param(
        5.0, "mean number of interactions of an event, at least 1; tracks are dealt among them", gt=0
    )
    beam_spot: float = param(5.0, "standard deviation of the interactions along the beam, cm", ge=0)
    beam_width: float = param(0.004, "standard deviation of the interactions across the beam, cm", ge=0)
    displaced: float = param(0.3, "share of the tracks that come from a decay in flight", ge=0, le=1)
    flight: float = param(2.0, "mean length of those flights, exponential, cm", gt=0)
    decay_angle: float = param(0.2, "standard deviation of a track's direction around its flight's, rad", ge=0)
    min_eta: float = param(2.0, "lowest |pseudorapidity| of tracks", ge=0)
    max_eta: float = param(5.0, "highest |pseudorapidity|; it is uniform", gt=0, le=8)
    backward: float = param(0.3, "share of the tracks towards negative z", ge=0, le=1)
    min_pt: float = param(0.05, "lowest transverse momentum, GeV", gt=0)
    mean_pt: float = param(0.4, "mean of what is above it, exponential, GeV", gt=0)
    min_noise: float = param(0.05, "lowest share of an event's hits that are noise; it is uniform", ge=0, lt=1)
    max_noise: float = param(0.15, "highest share", ge=0, lt=1)

    def conflicts(self) -> Iterator[Complaint]:
        """Yield options that do not fit together."""
        for quantity in ("tracks", "eta", "noise"):
            lowest, highest = getattr(self, f"min_{quantity}"), getattr(self, f"max_{quantity}")
            if lowest > highest:
                message = f"'min_{quantity}' {lowest:g} is above 'max_{quantity}' {highest:g}"
                yield Complaint(message, f"min_{quantity}", f"lower it, or raise 'max_{quantity}'")
        if self.plane_inner_radius >= self.plane_outer_radius:
            message = f"planes reach from {self.plane_inner_radius:g} cm to {self.plane_outer_radius:g} cm"
            yield Complaint(message, "plane_inner_radius", "lower it, or raise 'plane_outer_radius'")
        for index, radius in enumerate(self.barrels):
            if radius <= 0:
                yield Complaint(f"a barrel has the radius {radius:g} cm", f"barrels.{index}", "expected more than 0")
        layers = len(self.planes) + len(self.barrels)
        if layers < self.min_layers:
            message = f"no particle crosses 'min_layers' {self.min_layers} of {layers} layers"
            yield Complaint(message, "planes" if not self.planes else "barrels", "name more layers, or lower it")
