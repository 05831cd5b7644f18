"""The branches of NanoML that features and truth are made of."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Names:
    """The branches of a collection, all of which begin with `before`."""

    before: str
    names: tuple[str, ...]

    @property
    def branches(self) -> list[str]:
        """The whole names."""
        return [f"{self.before}{name}" for name in self.names]


@dataclass(frozen=True)
class ObjectNames:
    """The branches of objects: what each property is called, and the branch that matches hits to them."""

    match: str
    before: str
    pdg: str
    charge: str
    energy: str
    deposited: str
    x: str
    y: str
    z: str
    time: str
    trainable: str | None = None

    def branch(self, name: str) -> str:
        """Return the whole name of a property's branch."""
        return f"{self.before}{getattr(self, name)}"

    @property
    def objects(self) -> list[str]:
        """The branches of all properties."""
        names = ("pdg", "charge", "energy", "deposited", "x", "y", "z", "time")
        return [self.branch(name) for name in (*names, *(("trainable",) if self.trainable else ()))]


HITS = Names("RecHitHGC_", ("energy", "x", "y", "z", "time", "hitr"))
TRACKS = Names("Track_", ("p", "charge", "HGCFront_eta", "HGCFront_x", "HGCFront_y", "HGCFront_z", "DecayVtx_z"))
MERGED = ObjectNames(
    "RecHitHGC_MergedSimClusterBestMatchIdx",
    "MergedSimCluster_",
    "pdgId",
    "charge",
    "boundaryEnergy",
    "recEnergy",
    "impactPoint_x",
    "impactPoint_y",
    "impactPoint_z",
    "impactPoint_t",
    "isTrainable",
)
PARTICLE_FLOW = ObjectNames(
    "RecHitHGC_BestPFTruthPartIdx",
    "PFTruthPart_",
    "pdgId",
    "charge",
    "p",
    "calo_rec_energy",
    "calo_x",
    "calo_y",
    "calo_z",
    "calo_t",
)
